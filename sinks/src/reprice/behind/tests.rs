//! Tests of how `cost_windows` is held against `events`.

use super::partitions_behind;
use crate::log_entry::LogEntry;
use crate::log_state::LogState;

fn state(txns: &[(&str, i64)]) -> LogState {
    let mut state = LogState::new(0, 0);
    let txns = txns.iter().map(|(app_id, at)| ((*app_id).to_owned(), *at));
    let entry = LogEntry {
        txns: txns.collect(),
        ..LogEntry::default()
    };
    state.apply(1, &entry, 0);
    state
}

fn behind(events: &[(&str, i64)], windows: &[(&str, i64)]) -> Vec<String> {
    let behind = partitions_behind(&state(events), &state(windows));
    let names = behind.iter();
    names
        .map(|one| {
            let (from, to) = (one.windows_next, one.events_next);
            format!("{}/{} {from:?} {to}", one.pipeline, one.source)
        })
        .collect()
}

#[test]
fn a_partition_is_behind_until_its_windows_have_every_offset() {
    let events = [("p/t@i/0", 9), ("seed/t@i/0", 2), ("wm/t@i/0", 77)];
    assert_eq!(behind(&events, &[("p/t@i/0", 9)]), [""; 0]);
    assert_eq!(behind(&events, &[("p/t@i/0", 12)]), [""; 0]);
    assert_eq!(behind(&events, &[("p/t@i/0", 8)]), ["p/t@i/0 Some(8) 9"]);
    assert_eq!(behind(&events, &[]), ["p/t@i/0 None 9"]);
}

#[test]
fn each_pipeline_and_each_partition_counts() {
    let events = [
        ("q/t@i/1", 5),
        ("p/t@i/1", 5),
        ("p/t@i/0", 5),
        ("maintenance/events", 70),
        ("reprice/events", 3),
        ("reprice/manifest", 99),
    ];
    let windows = [("p/t@i/1", 5), ("q/t@i/1", 1), ("p/t@i/0", 4)];
    assert_eq!(
        behind(&events, &windows),
        ["p/t@i/0 Some(4) 5", "q/t@i/1 Some(1) 5"]
    );
}

#[test]
fn a_partition_that_was_only_begun_lacks_nothing() {
    assert_eq!(behind(&[("p/t@i/0", 4), ("seed/t@i/0", 4)], &[]), [""; 0]);
}
