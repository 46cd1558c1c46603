//! A reader that ends leaves its group, whatever the group asked it last.

use std::thread;
use std::time::{Duration, Instant};

use ingest::kafka::embedded_broker::EmbeddedBroker;
use ingest::kafka::topic_reader::{Read, TopicReader};

use crate::rig::{PATIENCE, TOPIC, enter, join};

/// Answers what the group asks, but for one question: a reader that has no partition and is given
/// none is left without an answer, and `true` is returned.
fn is_given_nothing(reader: &mut TopicReader) -> bool {
    match reader.read(Duration::from_millis(20)).unwrap() {
        Read::Assigned(partitions) if partitions.is_empty() && reader.assigned().is_empty() => true,
        Read::Assigned(partitions) => {
            enter(reader, &partitions, |_| 0);
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
