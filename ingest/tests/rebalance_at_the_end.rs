//! A rebalance while a partition is read to its end: the next message is still the next one.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests are not seen as tests"
)]

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use ingest::decode::DecodeOptions;
use ingest::dedup::DedupLimits;
use ingest::kafka::client_config::KafkaSettings;
use ingest::kafka::embedded_broker::EmbeddedBroker;
use ingest::kafka::topic_reader::{AssignedStart, Read, ReaderSettings, TopicReader};
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use schemas::position::PartitionSpan;

const TOPIC: &str = "usage-events";
const PATIENCE: Duration = Duration::from_secs(60);

fn join(broker: &EmbeddedBroker) -> TopicReader {
    let quick = [
        ("heartbeat.interval.ms", "50"),
        ("session.timeout.ms", "6000"),
    ];
    let quick = quick.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = ReaderSettings {
        kafka: KafkaSettings {
            bootstrap_servers: broker.bootstrap_servers(),
            properties: BTreeMap::from(quick),
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

fn send(producer: &BaseProducer) {
    producer
        .send(BaseRecord::<(), _>::to(TOPIC).payload("no event"))
        .unwrap_or_else(|(error, _)| panic!("{error}"));
    producer.flush(PATIENCE).unwrap();
}

/// What one reading brought that matters here.
#[derive(Debug, PartialEq)]
enum News {
    Read { span: PartitionSpan, at_end: bool },
    Ended,
    Assigned(Vec<i32>),
}

/// Reads until there is news, and takes what the group gives.
fn news(reader: &mut TopicReader) -> Option<News> {
    match reader.read(Duration::from_millis(20)).unwrap() {
        Read::Batch { batch, ended, .. } => {
            let at_end = !ended.is_empty();
            let span = batch.spans.into_iter().next();
            span.map(|span| News::Read { span, at_end })
        }
        Read::Idle { ended } => (!ended.is_empty()).then_some(News::Ended),
        Read::Assigned(partitions) => {
            let start = |&partition: &i32| AssignedStart {
                partition,
                offset: 0,
                rejected_before: HashSet::new(),
            };
            let starts: Vec<_> = partitions.iter().map(start).collect();
            reader.assign(&starts).unwrap();
            Some(News::Assigned(partitions))
        }
        other => panic!("{other:?}"),
    }
}

fn await_news(
    what: &str,
    readers: &mut [TopicReader],
    wanted: impl Fn(usize, &News) -> bool,
) -> News {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        for (at, reader) in readers.iter_mut().enumerate() {
            match news(reader) {
                Some(news) if wanted(at, &news) => return news,
                _ => {}
            }
        }
    }
    panic!("{what} did not come");
}

#[test]
fn the_message_behind_a_rebalance_at_the_end_is_read() {
    let broker = EmbeddedBroker::start(TOPIC, 1).unwrap();
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", broker.bootstrap_servers())
        .create()
        .unwrap();
    send(&producer);
    let mut readers = vec![join(&broker)];
    await_news("the end", &mut readers, |_, news| {
        matches!(news, News::Ended | News::Read { at_end: true, .. })
    });
    // The newcomer gets nothing, as there is one partition; but the group is asked anew, and
    // librdkafka pauses what its members read.
    readers.push(join(&broker));
    await_news("a rebalance", &mut readers, |at, news| {
        at == 0 && matches!(news, News::Assigned(_))
    });
    send(&producer);
    send(&producer);
    let mut next = 1;
    while next < 3 {
        let is_read = |_, news: &News| matches!(news, News::Read { .. });
        let News::Read { span, .. } = await_news("the next message", &mut readers, is_read) else {
            panic!("no batch");
        };
        assert_eq!((span.start, span.gaps), (next, 0));
        next = span.next;
    }
}
