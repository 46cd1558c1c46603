//! Tests of reading and writing log entries.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    AddedFile, CommitInfo, RemovedFile, add_line, commit_info_line, parse_log_entry, remove_line,
    txn_line,
};

#[test]
fn our_own_commit_reads_back() {
    let info = CommitInfo {
        batch_id: Uuid::from_u128(7),
        worker: "w1".to_owned(),
        operation: "STREAMING UPDATE",
        parameters: json!({"outputMode": "Append"}),
        is_blind_append: true,
        accounting: vec![json!({"start": 0, "next": 5})],
    };
    let add = add_line(&AddedFile {
        path: "date=2026-11-23/part-1.parquet",
        partition_values: vec![("date", Some("2026-11-23"))],
        size: 10,
        modified_ms: 1,
        data_change: true,
        stats: "{\"numRecords\":3}",
    });
    let remove = remove_line(&RemovedFile {
        path: "old.parquet",
        partition_values: vec![("date", None)],
        size: 4,
        removed_at_ms: 9,
        data_change: false,
    });
    let lines = [
        commit_info_line(&info, 3),
        txn_line("tokenmeter/t@i/0", 5),
        txn_line("wm/t@i/0", -4),
        add,
        remove,
    ];
    let entry = parse_log_entry(lines.join("\n").as_bytes()).unwrap();
    assert_eq!(entry.batch_id, Some(Uuid::from_u128(7)));
    assert_eq!(
        entry.txns,
        vec![
            ("tokenmeter/t@i/0".to_owned(), 5),
            ("wm/t@i/0".to_owned(), -4)
        ]
    );
    assert_eq!(entry.removes, vec!["old.parquet".to_owned()]);
    assert_eq!(entry.metadata, None);
}

#[test]
fn entries_of_other_writers_are_read_leniently() {
    let text = r#"
        {"commitInfo":{"operation":"WRITE","operationParameters":{"a":1},"newField":[1]}}
        {"add":{"path":"x","size":1e3,"tags":null}}
        {"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]}}
        {"metaData":{"id":"a","format":{"provider":"parquet","options":{}},"schemaString":"{}","partitionColumns":["date"],"configuration":{"k":"v"}}}
        {"domainMetadata":{"domain":"x"}}
    "#;
    let entry = parse_log_entry(text.as_bytes()).unwrap();
    assert_eq!(entry.batch_id, None);
    assert_eq!(
        entry.protocol.unwrap().reader_features,
        Some(vec!["deletionVectors".to_owned()])
    );
    assert_eq!(entry.metadata.unwrap().partition_columns, ["date"]);
}

#[test]
fn a_torn_entry_is_an_error() {
    assert!(parse_log_entry(br#"{"txn":{"appId":"a","ver"#).is_err());
}

#[test]
fn statistics_stay_a_text() {
    let line = add_line(&AddedFile {
        path: "p",
        partition_values: vec![("rollup", Some("user")), ("date", None)],
        size: 1,
        modified_ms: 2,
        data_change: false,
        stats: "{}",
    });
    let value: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(value["add"]["stats"], Value::String("{}".to_owned()));
    assert_eq!(value["add"]["partitionValues"]["date"], Value::Null);
    assert_eq!(value["add"]["dataChange"], Value::Bool(false));
}
