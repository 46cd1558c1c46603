//! Readers, producers, and where partitions are entered.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use ingest::decode::DecodeOptions;
use ingest::dedup::DedupLimits;
use ingest::kafka::client_config::KafkaSettings;
use ingest::kafka::embedded_broker::EmbeddedBroker;
use ingest::kafka::topic_reader::{AssignedStart, ReaderSettings, TopicReader};
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

pub(crate) const TOPIC: &str = "usage-events";
/// How long anything is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A member of the group that hears of rebalances soon.
pub(crate) fn join(broker: &EmbeddedBroker, strategy: &str) -> TopicReader {
    let properties = [
        ("partition.assignment.strategy", strategy),
        ("heartbeat.interval.ms", "50"),
        ("session.timeout.ms", "6000"),
    ];
    let properties = properties.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = ReaderSettings {
        kafka: KafkaSettings {
            bootstrap_servers: broker.bootstrap_servers(),
            properties: BTreeMap::from(properties),
        },
        topic: TOPIC.to_owned(),
        topic_id: "id".to_owned(),
        group: "group".to_owned(),
        batch_rows_max: 100,
        batch_wait_max: Duration::from_millis(10),
        decode: DecodeOptions::default(),
        dedup: DedupLimits {
            horizon_s: 60,
            entries_max: 100,
        },
    };
    TopicReader::join(&settings).unwrap()
}

/// Enters what the group gave, each partition at its offset.
pub(crate) fn enter(reader: &mut TopicReader, partitions: &[i32], offset_of: impl Fn(i32) -> i64) {
    let start = |&partition: &i32| AssignedStart {
        partition,
        offset: offset_of(partition),
        rejected_before: HashSet::new(),
    };
    let starts: Vec<_> = partitions.iter().map(start).collect();
    reader.assign(&starts).unwrap();
}

pub(crate) fn producer(broker: &EmbeddedBroker) -> BaseProducer {
    ClientConfig::new()
        .set("bootstrap.servers", broker.bootstrap_servers())
        .create()
        .unwrap()
}

/// Sends messages that are no events, and waits until the broker has them.
pub(crate) fn send(producer: &BaseProducer, partition: i32, messages: usize) {
    for _ in 0..messages {
        let record = BaseRecord::<(), _>::to(TOPIC)
            .partition(partition)
            .payload("no event");
        producer
            .send(record)
            .unwrap_or_else(|(error, _)| panic!("{error}"));
    }
    producer.flush(PATIENCE).unwrap();
}
