//! Tests of [`super::CommittedMessages`].

use std::sync::Arc;

use schemas::position::{PartitionSpan, SourcePartition};

use super::{Became, CommittedMessages};

#[test]
fn each_message_of_each_span_counts_once_under_what_it_became() {
    let source = SourcePartition {
        topic: Arc::from("usage"),
        topic_id: Arc::from("id"),
        partition: 0,
    };
    let span = PartitionSpan {
        next: 110,
        events: 6,
        rejects: 3,
        duplicates: 1,
        ..PartitionSpan::empty(source, 100)
    };
    let committed = CommittedMessages::default();
    committed.add(&[span.clone(), span]);
    let counts = [
        ("event", 12),
        ("reject", 6),
        ("duplicate", 2),
        ("tombstone", 0),
    ];
    for (became, expected) in counts {
        let counted = committed.family().get_or_create(&Became { became }).get();
        assert_eq!(counted, expected, "{became}");
    }
}
