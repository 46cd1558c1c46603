//! A reader that ends leaves its group, whatever the group asked it last.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests are not seen as tests"
)]

use std::collections::{BTreeMap, HashSet};
use std::thread;
use std::time::{Duration, Instant};

use ingest::decode::DecodeOptions;
use ingest::dedup::DedupLimits;
use ingest::kafka::client_config::KafkaSettings;
use ingest::kafka::embedded_broker::EmbeddedBroker;
use ingest::kafka::topic_reader::{AssignedStart, Read, ReaderSettings, TopicReader};

const TOPIC: &str = "usage-events";
const PATIENCE: Duration = Duration::from_secs(60);

fn join(broker: &EmbeddedBroker, strategy: &str) -> TopicReader {
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

/// Answers what the group asks, but for one question: a reader that has no partition and is given
/// none is left without an answer, and `true` is returned.
fn is_given_nothing(reader: &mut TopicReader) -> bool {
    match reader.read(Duration::from_millis(20)).unwrap() {
        Read::Assigned(partitions) if partitions.is_empty() && reader.assigned().is_empty() => true,
        Read::Assigned(partitions) => {
            let start = |&partition: &i32| AssignedStart {
                partition,
                offset: 0,
                rejected_before: HashSet::new(),
            };
            let starts: Vec<_> = partitions.iter().map(start).collect();
            reader.assign(&starts).unwrap();
            false
        }
        Read::Revoked { partitions, .. } => {
            reader.revoke(&partitions).unwrap();
            false
        }
        _ => false,
    }
}

fn assert_ends(reader: TopicReader) {
    let end = thread::spawn(move || drop(reader));
    let begun = Instant::now();
    while !end.is_finished() {
        assert!(begun.elapsed() < PATIENCE, "the reader does not end");
        thread::sleep(Duration::from_millis(10));
    }
}

/// With one partition for two readers, one of them is given nothing: librdkafka waits for its
/// answer all the same, and takes nothing back from it that would be another question.
#[test]
fn an_assignment_that_was_not_answered_holds_nobody_up() {
    for strategy in ["cooperative-sticky", "range"] {
        let broker = EmbeddedBroker::start(TOPIC, 1).unwrap();
        let mut readers = vec![join(&broker, strategy), join(&broker, strategy)];
        let begun = Instant::now();
        let unanswered = loop {
            assert!(
                begun.elapsed() < PATIENCE,
                "{strategy}: nobody is given nothing"
            );
            if let Some(at) = readers.iter_mut().position(is_given_nothing) {
                break readers.swap_remove(at);
            }
        };
        assert_ends(unanswered);
    }
}
