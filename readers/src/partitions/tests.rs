//! Transactions become states; strangers' transactions are left alone.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::TimestampMicrosecondType;

use crate::partitions::{PartitionState, partitions_batch, states_of};
use crate::test_lake::source;
use crate::txn_log::Txns;

fn states(of: &[(&str, i64)]) -> Vec<PartitionState> {
    states_of(&Txns {
        table_version: 3,
        by_app_id: of
            .iter()
            .map(|&(id, version)| (id.to_owned(), version))
            .collect(),
    })
}

#[test]
fn every_fact_of_a_partition_is_read() {
    let states = states(&[
        ("main/usage@T1/0", 42),
        ("seed/usage@T1/0", 2),
        ("counts/events/usage@T1/0", 30),
        ("counts/rejects/usage@T1/0", 4),
        ("counts/duplicates/usage@T1/0", 3),
        ("counts/tombstones/usage@T1/0", 2),
        ("counts/gaps/usage@T1/0", 1),
        ("counts/of_the_future/usage@T1/0", 9),
        ("wm/usage@T1/0", 1_000),
        ("maintenance/events", 5),
        ("reprice/events", 2),
        ("somebody else", 6),
        ("spark/stream", 7),
    ]);
    let expected = PartitionState {
        pipeline: Some("main".to_owned()),
        source: source(0),
        seed_offset: Some(2),
        next_offset: Some(42),
        events: 30,
        rejects: 4,
        duplicates: 3,
        tombstones: 2,
        gaps: 1,
        expired: 0,
        watermark_ms: Some(1_000),
    };
    assert_eq!(states, vec![expected]);
}

#[test]
fn a_file_name_may_hold_slashes_and_at_signs() {
    let states = states(&[
        ("main/file:/a@b/c.ndjson@f00/0", 42),
        ("seed/file:/a@b/c.ndjson@f00/0", 0),
    ]);
    assert_eq!(states.len(), 1);
    assert_eq!(&*states[0].source.topic, "file:/a@b/c.ndjson");
    assert_eq!(&*states[0].source.topic_id, "f00");
    assert_eq!(states[0].next_offset, Some(42));
    assert_eq!(states[0].seed_offset, Some(0));
}

#[test]
fn states_are_ordered_and_a_partition_begun_but_not_read_has_no_offset() {
    let states = states(&[
        ("main/usage@T1/10", 1),
        ("main/usage@T1/2", 1),
        ("seed/usage@T0/0", 1),
        ("b/usage@T1/2", 5),
    ]);
    let seen: Vec<_> = states
        .iter()
        .map(|state| {
            (
                &*state.source.topic_id,
                state.source.partition,
                state.pipeline.as_deref(),
                state.next_offset,
            )
        })
        .collect();
    let expected = [
        ("T0", 0, None, None),
        ("T1", 2, Some("b"), Some(5)),
        ("T1", 2, Some("main"), Some(1)),
        ("T1", 10, Some("main"), Some(1)),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn the_table_has_a_row_for_each_state() {
    let batch = partitions_batch(&states(&[
        ("main/usage@T1/0", 42),
        ("wm/usage@T1/0", -5),
        ("main/usage@T1/1", 1),
    ]))
    .unwrap();
    assert_eq!(batch.num_rows(), 2);
    let watermarks = batch.column_by_name("watermark").unwrap();
    let watermarks = watermarks.as_primitive::<TimestampMicrosecondType>();
    assert_eq!(
        watermarks.iter().collect::<Vec<_>>(),
        vec![Some(-5_000), None]
    );
    let empty = partitions_batch(&[]).unwrap();
    assert_eq!(empty.schema(), Arc::clone(&batch.schema()));
}
