//! Watermarks never claim more than what the windows hold.

use crate::completeness::{Lag, complete_until_us, lags};
use crate::partitions::{PartitionState, states_of};
use crate::test_lake::source;
use crate::txn_log::Txns;

fn txns(of: &[(&str, i64)]) -> Txns {
    Txns {
        table_version: 1,
        by_app_id: of
            .iter()
            .map(|&(id, version)| (id.to_owned(), version))
            .collect(),
    }
}

fn states() -> Vec<PartitionState> {
    states_of(&txns(&[
        ("main/usage@T1/0", 100),
        ("main/usage@T1/1", 50),
        ("seed/usage@T1/0", 10),
        ("seed/usage@T1/1", 20),
        ("wm/usage@T1/0", 7_000),
        ("wm/usage@T1/1", 5_000),
    ]))
}

#[test]
fn windows_lag_where_their_offset_is_smaller_or_missing() {
    let lag = |partition, from, to| Lag {
        source: source(partition),
        from,
        to,
    };
    let even = txns(&[("main/usage@T1/0", 100), ("main/usage@T1/1", 50)]);
    assert_eq!(lags(&states(), &even), vec![]);
    let ahead = txns(&[("main/usage@T1/0", 101), ("main/usage@T1/1", 50)]);
    assert_eq!(lags(&states(), &ahead), vec![]);
    let behind = txns(&[("main/usage@T1/0", 60)]);
    assert_eq!(
        lags(&states(), &behind),
        vec![lag(0, 60, 100), lag(1, 20, 50)]
    );
    let of_another_pipeline = txns(&[("other/usage@T1/0", 100), ("main/usage@T1/1", 50)]);
    assert_eq!(lags(&states(), &of_another_pipeline), vec![lag(0, 10, 100)]);
}

#[test]
fn the_lowest_watermark_decides_unless_an_earlier_event_is_pending() {
    assert_eq!(complete_until_us(&states(), None), Some(5_000_000));
    assert_eq!(
        complete_until_us(&states(), Some(6_000_000)),
        Some(5_000_000)
    );
    assert_eq!(
        complete_until_us(&states(), Some(4_999_999)),
        Some(4_999_999)
    );
}

#[test]
fn without_partitions_or_without_a_watermark_nothing_is_complete() {
    assert_eq!(complete_until_us(&[], None), None);
    let mut states = states();
    states[1].watermark_ms = None;
    assert_eq!(complete_until_us(&states, None), None);
}
