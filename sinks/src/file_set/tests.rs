//! Tests of what a log adds up to in files.

use bytes::Bytes;

use super::FileSet;
use crate::raw_log::RawLog;

fn raw(checkpoint: &'static str, commits: &[&'static str]) -> RawLog {
    RawLog {
        checkpoint: Some(3),
        checkpoint_lines: vec![Bytes::from_static(checkpoint.as_bytes())],
        commits: (4..)
            .zip(commits)
            .map(|(version, text)| (version, Bytes::from_static(text.as_bytes())))
            .collect(),
        listed_at_us: 0,
    }
}

#[test]
fn files_come_and_go_in_the_order_of_the_log() {
    let checkpoint = r#"
        {"add":{"path":"a","partitionValues":{"date":"2026-11-23"},"size":5,"modificationTime":1}}
        {"add":{"path":"b","partitionValues":{"date":null},"size":6}}
        {"remove":{"path":"z","deletionTimestamp":9}}
        {"txn":{"appId":"x","version":1}}
    "#;
    let merge = r#"{"remove":{"path":"a","deletionTimestamp":11,"size":5}}
        {"add":{"path":"c","partitionValues":{"date":"2026-11-23"},"size":4,"stats":"{}"}}"#;
    let files = FileSet::of(&raw(checkpoint, &[merge])).unwrap();
    assert_eq!(files.active.keys().collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(files.active["b"].partition_values["date"], None);
    assert_eq!(files.removed_at_ms["a"], 11);
    assert_eq!(files.removed_at_ms["z"], 9);
}
