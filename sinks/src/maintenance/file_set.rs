//! Which files a table has, and which it had until lately.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use serde::Deserialize;

use crate::raw_log::RawLog;

/// A file of the table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActiveFile {
    /// Relative to the table.
    pub(super) path: String,
    /// Value by column; `None` is null.
    #[serde(default)]
    pub(super) partition_values: BTreeMap<String, Option<String>>,
    /// Bytes.
    pub(super) size: u64,
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
pub(super) struct FileSet {
    /// The files of the newest version, by path.
    pub(super) active: BTreeMap<String, ActiveFile>,
    /// When files left the table, milliseconds since the Unix epoch.
    pub(super) removed_at_ms: HashMap<String, i64>,
}

impl FileSet {
    /// Reads what a log says of files.
    pub(super) fn of(raw: &RawLog) -> Result<Self, serde_json::Error> {
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
