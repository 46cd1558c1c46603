//! What our tables are created with, and whether an existing table is one that we can write to.
//!
//! Reader version 1 and writer version 2, no table features: every Delta reader takes them.

use arrow::datatypes::{DataType, Field};
use schemas::column::DESCRIPTION_KEY;
use schemas::table::Table;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::log_entry::{Metadata, Protocol};
use crate::settings::LakeSettings;

const READER_VERSION: i32 = 1;
const WRITER_VERSION: i32 = 2;
/// Features that change nothing for a writer that only adds files, or replaces them with the
/// same rows.
const HARMLESS_FEATURES: &[&str] = &["appendOnly", "invariants"];

/// The columns by whose statistics readers skip files.
pub(crate) const fn statistics_columns(table: Table) -> &'static [&'static str] {
    match table {
        Table::Events => &[
            "event_time",
            "provider",
            "model",
            "tenant",
            "user_id",
            "feature",
            "workflow",
            "kafka_topic",
            "kafka_partition",
            "kafka_offset",
            "kafka_time",
        ],
        Table::CostWindows => &[
            "window_start",
            "window_seconds",
            "tenant",
            "user_id",
            "feature",
            "workflow",
            "provider",
            "model",
        ],
        Table::Rejects => &[
            "reason",
            "kafka_topic",
            "kafka_partition",
            "kafka_offset",
            "kafka_time",
            "ingested_at",
        ],
        Table::Alerts => &[
            "number",
            "alert_id",
            "rule_group",
            "rule",
            "state",
            "started_at",
            "changed_at",
        ],
    }
}

/// The actions of a new table's first commit, besides `commitInfo`.
///
/// # Units
/// `now_ms`: milliseconds since the Unix epoch.
pub(crate) fn first_actions(
    table: Table,
    settings: &LakeSettings,
    id: Uuid,
    now_ms: i64,
) -> Vec<String> {
    let protocol = json!({"protocol": {
        "minReaderVersion": READER_VERSION,
        "minWriterVersion": WRITER_VERSION,
    }});
    let metadata = json!({"metaData": {
        "id": id.hyphenated().to_string(),
        "name": table.name(),
        "description": table.description(),
        "format": {"provider": "parquet", "options": {}},
        "schemaString": schema_json(table).to_string(),
        "partitionColumns": table.partition_columns(),
        "configuration": configuration(table, settings),
        "createdTime": now_ms,
    }});
    vec![protocol.to_string(), metadata.to_string()]
}

fn configuration(table: Table, settings: &LakeSettings) -> Value {
    let seconds = |seconds: i64| format!("interval {seconds} seconds");
    json!({
        // Checkpoints and clearing are maintenance's work; the numbers are for other engines.
        "delta.checkpointInterval": "100",
        "delta.logRetentionDuration": seconds(settings.log_retention_s),
        "delta.deletedFileRetentionDuration": seconds(settings.deleted_file_retention_s),
        "delta.dataSkippingStatsColumns": statistics_columns(table).join(","),
    })
}

fn schema_json(table: Table) -> Value {
    let schema = table.schema();
    let fields: Vec<Value> = schema
        .fields()
        .iter()
        .map(|field| field_json(field))
        .collect();
    json!({"type": "struct", "fields": fields})
}

fn field_json(field: &Field) -> Value {
    let description = field.metadata().get(DESCRIPTION_KEY);
    let metadata: Map<String, Value> = description
        .map(|text| (DESCRIPTION_KEY.to_owned(), Value::String(text.clone())))
        .into_iter()
        .collect();
    json!({
        "name": field.name(),
        "type": type_json(field.data_type()),
        "nullable": field.is_nullable(),
        "metadata": metadata,
    })
}

fn type_json(data_type: &DataType) -> Value {
    match data_type {
        DataType::Utf8 => json!("string"),
        DataType::Binary => json!("binary"),
        DataType::Int32 => json!("integer"),
        DataType::Int64 => json!("long"),
        DataType::Date32 => json!("date"),
        DataType::Timestamp(..) => json!("timestamp"),
        DataType::Decimal128(precision, scale) => json!(format!("decimal({precision},{scale})")),
        DataType::Map(entry, _) => map_json(entry),
        // `ColumnType::table_type` yields no other; a test goes through every table.
        other => json!(other.to_string()),
    }
}

fn map_json(entry: &Field) -> Value {
    let DataType::Struct(pair) = entry.data_type() else {
        return Value::Null;
    };
    let part = |at: usize| pair.get(at).map(|field| type_json(field.data_type()));
    json!({
        "type": "map",
        "keyType": part(0),
        "valueType": part(1),
        "valueContainsNull": pair.get(1).is_some_and(|value| value.is_nullable()),
    })
}

/// Says why a table of this metadata and protocol is not one that we can write to.
pub(crate) fn difference(table: Table, metadata: &Metadata, protocol: &Protocol) -> Option<String> {
    protocol_difference(protocol).or_else(|| metadata_difference(table, metadata))
}

/// Says why we cannot write to a table of this metadata.
pub(crate) fn metadata_difference(table: Table, metadata: &Metadata) -> Option<String> {
    partition_difference(table, metadata)
        .or_else(|| schema_difference(table, metadata))
        .or_else(|| configuration_difference(metadata))
}

/// Says why we cannot write to a table of this protocol.
pub(crate) fn protocol_difference(protocol: &Protocol) -> Option<String> {
    let features = protocol.writer_features.iter().flatten();
    let features = features.chain(protocol.reader_features.iter().flatten());
    let unknown: Vec<&str> = features
        .map(String::as_str)
        .filter(|feature| !HARMLESS_FEATURES.contains(feature))
        .collect();
    if !unknown.is_empty() {
        return Some(format!("it has table features {}", unknown.join(", ")));
    }
    let by_features = protocol.min_writer_version == 7 && protocol.writer_features.is_some();
    let is_old = protocol.min_writer_version <= WRITER_VERSION;
    if by_features || is_old {
        None
    } else {
        Some(format!(
            "its writer version is {}",
            protocol.min_writer_version
        ))
    }
}

fn partition_difference(table: Table, metadata: &Metadata) -> Option<String> {
    let is_same = metadata.partition_columns == table.partition_columns();
    (!is_same).then(|| format!("it is partitioned by {:?}", metadata.partition_columns))
}

fn configuration_difference(metadata: &Metadata) -> Option<String> {
    // Transactions that expire would let a zombie commit again what they remember.
    let key = "delta.setTransactionRetentionDuration";
    let is_set = metadata.configuration.get(key).is_some_and(Option::is_some);
    is_set.then(|| format!("{key} is set, so its transactions expire"))
}

fn schema_difference(table: Table, metadata: &Metadata) -> Option<String> {
    let Ok(theirs) = serde_json::from_str::<Value>(&metadata.schema_string) else {
        return Some("its schema is not JSON".to_owned());
    };
    let their_fields: Vec<&Value> = theirs["fields"].as_array().into_iter().flatten().collect();
    let ours = schema_json(table);
    let our_fields: Vec<&Value> = ours["fields"].as_array().into_iter().flatten().collect();
    let find = |fields: &[&Value], name: &Value| {
        let field = fields.iter().find(|field| field["name"] == *name);
        field.map(|field| (field["type"].clone(), field["nullable"] == json!(true)))
    };
    for field in &our_fields {
        let name = &field["name"];
        match find(&their_fields, name) {
            None => return Some(format!("column {name} is missing")),
            Some((their_type, their_nullable)) => {
                let we_write_nulls = field["nullable"] == json!(true);
                if their_type != field["type"] || (we_write_nulls && !their_nullable) {
                    return Some(format!("column {name} is {their_type} there"));
                }
            }
        }
    }
    let foreign_required = their_fields.iter().find(|field| {
        field["nullable"] == json!(false) && find(&our_fields, &field["name"]).is_none()
    });
    foreign_required.map(|field| format!("column {} is required there", field["name"]))
}

#[cfg(test)]
mod tests;
