//! A partition whose next offset the broker does not have: told until somebody goes on, then read.

use std::time::{Duration, Instant};

use ingest::kafka::embedded_broker::EmbeddedBroker;
use ingest::kafka::topic_reader::{Read, TopicReader};

use crate::rig::{PATIENCE, TOPIC, enter, join, producer, send};

/// Where partition 0 is to be entered, behind its end.
const BEYOND: i64 = 5;

/// Reads until partitions are told to be out of range; takes what the group gives.
fn await_out_of_range(reader: &mut TopicReader) -> Vec<i32> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        match reader.read(Duration::from_millis(20)).unwrap() {
            Read::OutOfRange(partitions) => return partitions,
            Read::Assigned(partitions) => {
                let offset_of = |partition| if partition == 0 { BEYOND } else { 0 };
                enter(reader, &partitions, offset_of);
            }
            Read::Batch { .. } | Read::Idle { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    panic!("nothing is out of range");
}

/// Reads until each partition stands at an offset; every message counts as read or as a gap.
fn await_offsets(reader: &mut TopicReader, wanted: &[(i32, i64)]) -> i64 {
    let begun = Instant::now();
    let mut gaps = 0;
    while wanted
        .iter()
        .any(|&(partition, next)| reader.next_offset(partition) != Some(next))
    {
        assert!(begun.elapsed() < PATIENCE, "not all is read");
        if let Read::Batch { batch, .. } = reader.read(Duration::from_millis(20)).unwrap() {
            gaps += batch.spans.iter().map(|span| span.gaps).sum::<i64>();
        }
    }
    gaps
}

#[test]
fn what_is_out_of_range_is_read_again_after_somebody_went_on() {
    for strategy in ["cooperative-sticky", "range"] {
        let broker = EmbeddedBroker::start(TOPIC, 2).unwrap();
        let producer = producer(&broker);
        send(&producer, 0, 3);
        send(&producer, 1, 2);
        let mut reader = join(&broker, strategy);
        assert_eq!(await_out_of_range(&mut reader), [0], "{strategy}");
        assert_eq!(
            await_out_of_range(&mut reader),
            [0],
            "{strategy}: it is told again"
        );
        send(&producer, 0, 4);
        assert_eq!(reader.skip_expired(0).unwrap(), None, "nothing has expired");
        send(&producer, 1, 5);
        let gaps = await_offsets(&mut reader, &[(0, 7), (1, 7)]);
        assert_eq!(gaps, 0, "{strategy}");
    }
}
