//! A reader that ends leaves its group, whatever the group asked it last.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests are not seen as tests"
)]

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use ingest::decode::DecodeOptions;
use ingest::dedup::DedupLimits;
use ingest::kafka::client_config::KafkaSettings;
use ingest::kafka::embedded_broker::EmbeddedBroker;
use ingest::kafka::topic_reader::{Read, ReaderSettings, TopicReader};

const TOPIC: &str = "usage-events";
const PATIENCE: Duration = Duration::from_secs(20);

fn join(broker: &EmbeddedBroker, strategy: &str) -> TopicReader {
    let strategy = ("partition.assignment.strategy", strategy);
    let properties = [strategy].map(|(name, value)| (name.to_owned(), value.to_owned()));
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

/// The first partitions that a reader is given.
fn assignment(reader: &mut TopicReader) -> Option<Vec<i32>> {
    match reader.read(Duration::from_millis(50)).unwrap() {
        Read::Assigned(partitions) => Some(partitions),
        Read::Idle { .. } => None,
        news => panic!("no assignment, but {news:?}"),
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
        let mut unanswered = Vec::new();
        let mut waiting = vec![join(&broker, strategy), join(&broker, strategy)];
        let begun = Instant::now();
        while unanswered.len() < 2 && begun.elapsed() < PATIENCE {
            for mut reader in std::mem::take(&mut waiting) {
                match assignment(&mut reader) {
                    Some(partitions) => unanswered.push((partitions, reader)),
                    None => waiting.push(reader),
                }
            }
        }
        unanswered.sort_by_key(|(partitions, _)| partitions.len());
        let sizes: Vec<usize> = unanswered
            .iter()
            .map(|(partitions, _)| partitions.len())
            .collect();
        assert_eq!(sizes, [0, 1], "{strategy}");
        for (_, reader) in unanswered {
            assert_ends(reader);
        }
    }
}
