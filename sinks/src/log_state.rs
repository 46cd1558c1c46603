//! What all commits of a table add up to, as far as appends need to know.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::log_entry::LogEntry;

/// The value of one transaction, and who set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredTxn {
    pub(crate) version: i64,
    /// The commit that set it; `None` if it was read from a checkpoint or set by a stranger.
    pub(crate) batch_id: Option<Uuid>,
}

/// A table's log, reduced to what decides about appends: O(partitions), not O(files).
#[derive(Debug, Clone, Default)]
pub(crate) struct LogState {
    /// The version up to which commits are applied.
    pub(crate) version: u64,
    /// When `version` was last known to be the newest, microseconds since the Unix epoch.
    pub(crate) head_seen_at_us: i64,
    txns: HashMap<String, StoredTxn>,
    /// Files that were removed, by commits that were applied one by one.
    removed: HashSet<String>,
}

impl LogState {
    /// A state that has applied nothing yet.
    pub(crate) fn new(version: u64, head_seen_at_us: i64) -> Self {
        Self {
            version,
            head_seen_at_us,
            ..Self::default()
        }
    }

    /// Applies the entry of `version`. Later values replace earlier ones.
    pub(crate) fn apply(&mut self, version: u64, entry: &LogEntry, seen_at_us: i64) {
        for (app_id, value) in &entry.txns {
            let stored = StoredTxn {
                version: *value,
                batch_id: entry.batch_id,
            };
            self.txns.insert(app_id.clone(), stored);
        }
        self.version = version;
        self.head_seen_at_us = seen_at_us;
    }

    /// Applies the entry of `version`, and remembers what it removed.
    pub(crate) fn apply_watching(&mut self, version: u64, entry: LogEntry, seen_at_us: i64) {
        self.apply(version, &entry, seen_at_us);
        self.removed.extend(entry.removes);
    }

    /// The transaction of an app id.
    pub(crate) fn txn(&self, app_id: &str) -> Option<StoredTxn> {
        self.txns.get(app_id).copied()
    }

    /// The version of an app id's transaction.
    pub(crate) fn value(&self, app_id: &str) -> Option<i64> {
        self.txn(app_id).map(|stored| stored.version)
    }

    /// All transactions, in no order.
    pub(crate) fn values(&self) -> impl Iterator<Item = (&str, i64)> {
        let txns = self.txns.iter();
        txns.map(|(app_id, stored)| (app_id.as_str(), stored.version))
    }

    /// Whether a file was removed since the state was begun.
    pub(crate) fn is_removed(&self, path: &str) -> bool {
        self.removed.contains(path)
    }
}
