//! Offsets are explained to the last one.

use std::sync::Arc;

use schemas::position::SourcePartition;
use schemas::reject::RejectReason;

use super::{Arrival, SpanTracker};
use crate::decode::Decoded;

fn source(partition: i32) -> SourcePartition {
    SourcePartition {
        topic: Arc::from("usage"),
        topic_id: Arc::from("id"),
        partition,
    }
}

#[test]
fn every_offset_is_explained() {
    let mut tracker = SpanTracker::default();
    tracker.assign(source(3), 10);
    tracker.record(3, 10, 1, Decoded::Event { event_time_us: 5 }, Some(100));
    tracker.record(3, 11, 1, Decoded::Duplicate, Some(100));
    tracker.record(3, 14, 1, Decoded::Tombstone, None);
    tracker.record(3, 15, 1, Decoded::Rejected(RejectReason::NotJson), None);
    assert_eq!(tracker.expire(3, 20), 4);
    let spans = tracker.take();
    assert_eq!(spans.len(), 1);
    let span = &spans[0];
    assert_eq!((span.start, span.next), (10, 20));
    assert_eq!(
        (span.events, span.duplicates, span.tombstones, span.rejects),
        (1, 1, 1, 1)
    );
    assert_eq!((span.gaps, span.expired), (2, 4));
    assert_eq!(span.accounted(), span.next - span.start);
    assert!(tracker.take().is_empty());
    assert_eq!(tracker.next_offset(3), Some(20));
}

#[test]
fn messages_met_again_and_foreign_ones_are_stale() {
    let mut tracker = SpanTracker::default();
    tracker.assign(source(0), 10);
    assert_eq!(tracker.arrival(0, 9), Arrival::Stale);
    assert_eq!(tracker.arrival(0, 10), Arrival::Next);
    assert_eq!(tracker.arrival(1, 10), Arrival::Stale);
    tracker.forget(0);
    assert_eq!(tracker.arrival(0, 10), Arrival::Stale);
}

#[test]
fn a_wrong_clock_moves_the_watermark_five_minutes_at_most() {
    let mut tracker = SpanTracker::default();
    tracker.assign(source(0), 0);
    tracker.record(
        0,
        0,
        1,
        Decoded::Event {
            event_time_us: i64::MAX,
        },
        Some(1_000),
    );
    assert_eq!(tracker.take()[0].event_time_max_us, Some(300_001_000));
}
