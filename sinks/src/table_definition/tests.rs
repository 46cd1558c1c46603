//! Tests of what tables are created with and checked against.

use schemas::table::Table;
use serde_json::Value;
use uuid::Uuid;

use super::{difference, first_actions, statistics_columns};
use crate::log_entry::{LogEntry, parse_log_entry};
use crate::settings::LakeSettings;

fn created(table: Table) -> (LogEntry, String) {
    let settings = LakeSettings::standard("tokenmeter", "w");
    let text = first_actions(table, &settings, Uuid::from_u128(1), 0).join("\n");
    (parse_log_entry(text.as_bytes()).unwrap(), text)
}

fn difference_after(change: impl Fn(&mut LogEntry)) -> Option<String> {
    let (mut entry, _) = created(Table::Events);
    change(&mut entry);
    difference(
        Table::Events,
        &entry.metadata.unwrap(),
        &entry.protocol.unwrap(),
    )
}

fn replace_in_schema(entry: &mut LogEntry, from: &str, to: &str) {
    let schema = &mut entry.metadata.as_mut().unwrap().schema_string;
    assert!(schema.contains(from), "{schema}");
    *schema = schema.replace(from, to);
}

#[test]
fn a_new_table_fits_and_names_only_types_of_the_protocol() {
    for table in Table::ALL {
        let (entry, _) = created(table);
        let metadata = entry.metadata.unwrap();
        assert_eq!(difference(table, &metadata, &entry.protocol.unwrap()), None);
        let schema: Value = serde_json::from_str(&metadata.schema_string).unwrap();
        for field in schema["fields"].as_array().unwrap() {
            let name = &field["name"];
            let comment = field["metadata"]["comment"].as_str().unwrap();
            assert!(comment.len() > 5, "{name} has no description");
            let type_name = match &field["type"] {
                Value::String(name) => name.as_str(),
                other => other["type"].as_str().unwrap(),
            };
            let known = [
                "string",
                "binary",
                "integer",
                "long",
                "date",
                "timestamp",
                "map",
            ];
            assert!(
                known.contains(&type_name) || type_name.starts_with("decimal("),
                "{name}: {type_name}"
            );
        }
        for column in statistics_columns(table) {
            assert!(table.file_schema().field_with_name(column).is_ok());
        }
    }
}

#[test]
fn tables_that_lose_our_columns_do_not_fit() {
    let renamed = difference_after(|entry| replace_in_schema(entry, "\"cost_usd\"", "\"c\""));
    assert_eq!(renamed.unwrap(), "column \"cost_usd\" is missing");
    let retyped =
        difference_after(|entry| replace_in_schema(entry, "decimal(38,12)", "decimal(20,2)"));
    assert!(retyped.unwrap().contains("decimal(20,2)"));
    let repartitioned = difference_after(|entry| {
        entry.metadata.as_mut().unwrap().partition_columns.clear();
    });
    assert!(repartitioned.is_some());
}

#[test]
fn protocols_that_we_do_not_speak_do_not_fit() {
    let features = difference_after(|entry| {
        let protocol = entry.protocol.as_mut().unwrap();
        protocol.min_writer_version = 7;
        protocol.writer_features = Some(vec!["columnMapping".to_owned()]);
    });
    assert_eq!(features.unwrap(), "it has table features columnMapping");
    let harmless = difference_after(|entry| {
        let protocol = entry.protocol.as_mut().unwrap();
        protocol.min_writer_version = 7;
        protocol.writer_features = Some(vec!["appendOnly".to_owned()]);
    });
    assert_eq!(harmless, None);
    let newer = difference_after(|entry| {
        entry.protocol.as_mut().unwrap().min_writer_version = 4;
    });
    assert!(newer.is_some());
}

#[test]
fn transactions_that_expire_do_not_fit() {
    let expiring = difference_after(|entry| {
        let configuration = &mut entry.metadata.as_mut().unwrap().configuration;
        let key = "delta.setTransactionRetentionDuration".to_owned();
        configuration.insert(key, Some("interval 1 day".to_owned()));
    });
    assert!(expiring.is_some());
}

#[test]
fn a_nullable_column_more_still_fits() {
    let more = difference_after(|entry| {
        replace_in_schema(
            entry,
            "\"fields\":[",
            "\"fields\":[{\"name\":\"note\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}},",
        );
    });
    assert_eq!(more, None);
}
