//! When a partition's watermark moves and when it stands.

use std::sync::Arc;

use schemas::position::{PartitionSpan, SourcePartition};

use super::Watermarks;

fn span(partition: i32, event_time_max_us: i64) -> PartitionSpan {
    let source = SourcePartition {
        topic: Arc::from("usage"),
        topic_id: Arc::from("id"),
        partition,
    };
    PartitionSpan {
        event_time_max_us: Some(event_time_max_us),
        ..PartitionSpan::empty(source, 0)
    }
}

#[test]
fn a_watermark_follows_the_largest_event_time_less_the_lateness() {
    let mut watermarks = Watermarks::new(60);
    watermarks.assign(0, None);
    assert_eq!(watermarks.current_ms(0), None);
    watermarks.observe(&span(0, 100_000_000));
    watermarks.observe(&span(0, 90_000_000));
    assert_eq!(watermarks.current_ms(0), Some(40_000));
    assert_eq!(watermarks.unclaimed(15_000).collect::<Vec<_>>(), [0]);
    watermarks.claimed(0, 40_000);
    assert_eq!(watermarks.unclaimed(15_000).count(), 0);
}

#[test]
fn an_idle_partition_moves_only_when_it_was_read_to_its_end() {
    let mut watermarks = Watermarks::new(60);
    watermarks.assign(0, Some(10_000));
    assert_eq!(watermarks.current_ms(0), Some(10_000));
    watermarks.caught_up(0, 200_000_000);
    assert_eq!(watermarks.current_ms(0), Some(140_000));
    watermarks.observe(&span(0, 150_000_000));
    assert_eq!(watermarks.current_ms(0), Some(140_000));
}

#[test]
fn a_claim_is_never_taken_back() {
    let mut watermarks = Watermarks::new(60);
    watermarks.assign(0, Some(500_000));
    watermarks.observe(&span(0, 100_000_000));
    assert_eq!(watermarks.current_ms(0), Some(500_000));
    assert_eq!(watermarks.unclaimed(1).count(), 0);
}
