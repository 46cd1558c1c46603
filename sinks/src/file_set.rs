//! Which files a table has, and which it had until lately.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use schemas::table::Table;
use schemas::time::US_PER_MS;
use serde::Deserialize;

use crate::encode::PartitionValues;
use crate::error::SinkError;
use crate::log_entry::{RemovedFile as Removal, remove_line};
use crate::paths;
use crate::raw_log::RawLog;

/// A file of the table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActiveFile {
    /// Relative to the table.
    pub(crate) path: String,
    /// Value by column; `None` is null.
    #[serde(default)]
    pub(crate) partition_values: BTreeMap<String, Option<String>>,
    /// Bytes.
    pub(crate) size: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RemovedFile {
    path: String,
    deletion_timestamp: Option<i64>,
}

#[derive(Deserialize)]
struct Line {
    add: Option<ActiveFile>,
    remove: Option<RemovedFile>,
}

/// The files that a log adds up to.
#[derive(Debug, Default)]
pub(crate) struct FileSet {
    /// The files of the newest version, by path.
    pub(crate) active: BTreeMap<String, ActiveFile>,
    /// When files left the table, milliseconds since the Unix epoch.
    pub(crate) removed_at_ms: HashMap<String, i64>,
}

impl ActiveFile {
    /// The `remove` action of the file; `data_change`: whether its rows come back different.
    pub(crate) fn remove_line(&self, removed_at_us: i64, data_change: bool) -> String {
        let values = self.partition_values.iter();
        remove_line(&Removal {
            path: &self.path,
            partition_values: values
                .map(|(column, value)| (column.as_str(), value.as_deref()))
                .collect(),
            size: self.size,
            removed_at_ms: removed_at_us.div_euclid(US_PER_MS),
            data_change,
        })
    }

    /// The values of the partition columns in the table's order; the name of the column that has
    /// none if the file is of no partition.
    pub(crate) fn table_partition(&self, table: Table) -> Result<PartitionValues, &'static str> {
        let columns = table.partition_columns().iter();
        columns
            .map(|&column| {
                let value = self.partition_values.get(column).cloned().flatten();
                Ok((column, value.ok_or(column)?))
            })
            .collect()
    }
}

impl FileSet {
    /// Reads what the log of a table says of files.
    pub(crate) fn of_table(table: Table, raw: &RawLog) -> Result<Self, SinkError> {
        Self::of(raw)
            .map_err(|error| SinkError::unreadable_log(table, &paths::log_folder(table), error))
    }

    fn of(raw: &RawLog) -> Result<Self, serde_json::Error> {
        let mut files = Self::default();
        let commits = raw.commits.iter().map(|(_, bytes)| bytes);
        for bytes in raw.checkpoint_lines.iter().chain(commits) {
            files.apply(bytes)?;
        }
        Ok(files)
    }

    fn apply(&mut self, bytes: &Bytes) -> Result<(), serde_json::Error> {
        for line in serde_json::Deserializer::from_slice(bytes).into_iter::<Line>() {
            let line = line?;
            if let Some(added) = line.add {
                self.removed_at_ms.remove(&added.path);
                self.active.insert(added.path.clone(), added);
            }
            if let Some(removed) = line.remove {
                self.active.remove(&removed.path);
                let at_ms = removed.deletion_timestamp.unwrap_or(0);
                self.removed_at_ms.insert(removed.path, at_ms);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
