//! What one commit says, as far as writers need to know, and how our own commits are written.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// One commit, or one checkpoint, reduced to what decides about appends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LogEntry {
    /// `txn` actions: app id and version.
    pub(crate) txns: Vec<(String, i64)>,
    /// Our name for the commit, if it is one of tokenmeter's.
    pub(crate) batch_id: Option<Uuid>,
    /// The table's new metadata, if it changed.
    pub(crate) metadata: Option<Metadata>,
    /// The table's new protocol, if it changed.
    pub(crate) protocol: Option<Protocol>,
    /// Files that left the table.
    pub(crate) removes: Vec<String>,
}

/// The `metaData` action.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    pub(crate) schema_string: String,
    #[serde(default)]
    pub(crate) partition_columns: Vec<String>,
    #[serde(default)]
    pub(crate) configuration: HashMap<String, Option<String>>,
}

/// The `protocol` action.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Protocol {
    pub(crate) min_reader_version: i32,
    pub(crate) min_writer_version: i32,
    #[serde(default)]
    pub(crate) reader_features: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) writer_features: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    txn: Option<TxnLine>,
    commit_info: Option<CommitInfoLine>,
    meta_data: Option<Metadata>,
    protocol: Option<Protocol>,
    remove: Option<RemoveLine>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TxnLine {
    app_id: String,
    version: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CommitInfoLine {
    batch_id: Option<String>,
}

#[derive(Deserialize)]
struct RemoveLine {
    path: String,
}

/// Reads the newline-delimited actions of a commit, or of a checkpoint in the same form.
pub(crate) fn parse_log_entry(bytes: &[u8]) -> Result<LogEntry, serde_json::Error> {
    let mut entry = LogEntry::default();
    for line in serde_json::Deserializer::from_slice(bytes).into_iter::<Line>() {
        let line = line?;
        if let Some(txn) = line.txn {
            entry.txns.push((txn.app_id, txn.version));
        }
        if let Some(info) = line.commit_info {
            let id = info.batch_id.as_deref();
            entry.batch_id = id.and_then(|id| Uuid::try_parse(id).ok());
        }
        entry.metadata = line.meta_data.or(entry.metadata);
        entry.protocol = line.protocol.or(entry.protocol);
        entry.removes.extend(line.remove.map(|remove| remove.path));
    }
    Ok(entry)
}

/// A `txn` action.
pub(crate) fn txn_line(app_id: &str, version: i64) -> String {
    json!({"txn": {"appId": app_id, "version": version}}).to_string()
}

/// A file of a table, as an `add` action says it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AddedFile<'a> {
    /// Relative to the table.
    pub(crate) path: &'a str,
    /// Column and value; the value `None` is null.
    pub(crate) partition_values: Vec<(&'a str, Option<&'a str>)>,
    /// Bytes.
    pub(crate) size: u64,
    /// Milliseconds since the Unix epoch.
    pub(crate) modified_ms: i64,
    /// Whether the rows are new to the table.
    pub(crate) data_change: bool,
    /// The statistics, a JSON object as text.
    pub(crate) stats: &'a str,
}

/// An `add` action.
pub(crate) fn add_line(file: &AddedFile<'_>) -> String {
    json!({"add": {
        "path": file.path,
        "partitionValues": partition_map(&file.partition_values),
        "size": file.size,
        "modificationTime": file.modified_ms,
        "dataChange": file.data_change,
        "stats": file.stats,
    }})
    .to_string()
}

/// A file that leaves a table because its rows were written anew.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RemovedFile<'a> {
    /// Relative to the table.
    pub(crate) path: &'a str,
    /// Column and value; the value `None` is null.
    pub(crate) partition_values: Vec<(&'a str, Option<&'a str>)>,
    /// Bytes.
    pub(crate) size: u64,
    /// Milliseconds since the Unix epoch.
    pub(crate) removed_at_ms: i64,
    /// Whether the rows that were written anew differ.
    pub(crate) data_change: bool,
}

/// A `remove` action.
pub(crate) fn remove_line(file: &RemovedFile<'_>) -> String {
    json!({"remove": {
        "path": file.path,
        "deletionTimestamp": file.removed_at_ms,
        "dataChange": file.data_change,
        "extendedFileMetadata": true,
        "partitionValues": partition_map(&file.partition_values),
        "size": file.size,
    }})
    .to_string()
}

fn partition_map(values: &[(&str, Option<&str>)]) -> Value {
    let entry = |(column, value): &(&str, Option<&str>)| {
        let value = value.map_or(Value::Null, |value| Value::String(value.to_owned()));
        ((*column).to_owned(), value)
    };
    Value::Object(values.iter().map(entry).collect())
}

/// What `commitInfo` says of a commit.
#[derive(Debug, Clone)]
pub(crate) struct CommitInfo {
    /// Our name for the commit, by which we find it again.
    pub(crate) batch_id: Uuid,
    /// Who commits.
    pub(crate) worker: String,
    /// The Delta operation and its parameters.
    pub(crate) operation: &'static str,
    /// Texts by name.
    pub(crate) parameters: Value,
    /// Whether the commit read nothing of the table.
    pub(crate) is_blind_append: bool,
    /// What became of the messages of each partition.
    pub(crate) accounting: Vec<Value>,
}

/// The `commitInfo` action.
pub(crate) fn commit_info_line(info: &CommitInfo, now_ms: i64) -> String {
    json!({"commitInfo": {
        "timestamp": now_ms,
        "operation": info.operation,
        "operationParameters": info.parameters,
        "isBlindAppend": info.is_blind_append,
        "engineInfo": concat!("tokenmeter/", env!("CARGO_PKG_VERSION")),
        "batchId": info.batch_id.hyphenated().to_string(),
        "worker": info.worker,
        "accounting": info.accounting,
    }})
    .to_string()
}

#[cfg(test)]
mod tests;
