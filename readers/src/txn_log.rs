//! Reads the `txn` actions of a table's log: which application is at which version.
//!
//! delta-rs tells the version of one named application per replay of the log; we need all of
//! them, by names that are not known beforehand. So this reads the newest checkpoint's `txn`
//! column and the commits behind it, and later only the commits that are new.

use std::collections::HashMap;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use schemas::table::Table;
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::error::ReaderError;

mod checkpoint;
mod listing;

use checkpoint::{CheckpointError, read_checkpoint_part};
use listing::{Checkpoint, Listing};

/// Commits that are fetched at the same time.
const COMMITS_IN_FLIGHT_MAX: usize = 16;

/// All `txn` actions of a table at one version of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Txns {
    /// The table's version.
    pub(crate) table_version: u64,
    /// The version of each application, by its id.
    pub(crate) by_app_id: HashMap<String, i64>,
}

/// The `txn` actions of one table, remembered so that each read only fetches new commits.
#[derive(Debug)]
pub(crate) struct TxnLog {
    store: Arc<dyn ObjectStore>,
    table: Table,
    newest: Mutex<Option<Arc<Txns>>>,
}

#[derive(Deserialize)]
struct ActionLine {
    txn: Option<TxnAction>,
}

#[derive(Deserialize)]
struct TxnAction {
    #[serde(rename = "appId")]
    app_id: String,
    version: i64,
}

impl TxnLog {
    pub(crate) fn new(store: Arc<dyn ObjectStore>, table: Table) -> Self {
        Self {
            store,
            table,
            newest: Mutex::new(None),
        }
    }

    /// The actions at `version`, or at the newest one; `None` if there is no such table.
    pub(crate) async fn read(
        &self,
        version: Option<u64>,
    ) -> Result<Option<Arc<Txns>>, ReaderError> {
        match self.read_once(version).await {
            // Cleaning up removes commits that a newer checkpoint covers: list anew.
            Err(error) if error.is_vanished_file() => self.read_once(version).await,
            result => result,
        }
    }

    async fn read_once(&self, version: Option<u64>) -> Result<Option<Arc<Txns>>, ReaderError> {
        let mut newest = self.newest.lock().await;
        let known = newest
            .clone()
            .filter(|known| version.is_none_or(|version| known.table_version <= version));
        let Some(txns) = self.load(known.as_deref(), version).await? else {
            *newest = None;
            return Ok(None);
        };
        let txns = Arc::new(txns);
        let is_newer = newest
            .as_ref()
            .is_none_or(|known| known.table_version <= txns.table_version);
        if is_newer {
            *newest = Some(Arc::clone(&txns));
        }
        Ok(Some(txns))
    }

    /// Reads from what is known on, or from the newest checkpoint if commits in between are gone.
    async fn load(
        &self,
        known: Option<&Txns>,
        version: Option<u64>,
    ) -> Result<Option<Txns>, ReaderError> {
        if let Some(known) = known {
            let listing = self.list(known.table_version).await?;
            let tail = listing.commits_after(known.table_version, version);
            // The known version itself is listed unless it was cleaned up or the table is another.
            if listing.has_commit(known.table_version) && tail.is_whole() {
                return self.replay(known.clone(), tail.versions).await.map(Some);
            }
        }
        let hint = self.last_checkpoint_hint().await?;
        let hint = hint.filter(|&hint| version.is_none_or(|version| hint <= version));
        let listing = self.list(hint.unwrap_or(0)).await?;
        let (start, replay_after) = match listing.newest_checkpoint(version) {
            Some(checkpoint) => (
                self.read_checkpoint(&checkpoint).await?,
                Some(checkpoint.version),
            ),
            None => (Txns::default(), None),
        };
        let tail = match replay_after {
            Some(after) => listing.commits_after(after, version),
            None => listing.all_commits(version),
        };
        if replay_after.is_none() && tail.versions.is_empty() {
            return Ok(None);
        }
        if let Some(missing) = tail.missing {
            return Err(self.damaged(missing, "its commit is missing"));
        }
        self.replay(start, tail.versions).await.map(Some)
    }

    async fn replay(&self, mut txns: Txns, versions: Vec<u64>) -> Result<Txns, ReaderError> {
        let commits = stream::iter(versions).map(|version| async move {
            Ok::<_, ReaderError>((version, self.commit(version).await?))
        });
        let mut commits = commits.buffered(COMMITS_IN_FLIGHT_MAX);
        while let Some((version, actions)) = commits.try_next().await? {
            for action in actions {
                txns.by_app_id.insert(action.app_id, action.version);
            }
            txns.table_version = version;
        }
        Ok(txns)
    }

    async fn commit(&self, version: u64) -> Result<Vec<TxnAction>, ReaderError> {
        let path = self.log_path(&format!("{version:020}.json"));
        let bytes = async { self.store.get(&path).await?.bytes().await };
        let bytes = bytes.await.map_err(|error| self.unreadable(error))?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|error| self.damaged(version, &error.to_string()))?;
        let mut actions = Vec::new();
        // Most lines name a file and its statistics: only those that can be a txn are parsed.
        for line in text.lines().filter(|line| line.contains("\"txn\"")) {
            let line: ActionLine = serde_json::from_str(line)
                .map_err(|error| self.damaged(version, &error.to_string()))?;
            actions.extend(line.txn);
        }
        Ok(actions)
    }

    async fn read_checkpoint(&self, checkpoint: &Checkpoint) -> Result<Txns, ReaderError> {
        let mut txns = Txns {
            table_version: checkpoint.version,
            by_app_id: HashMap::new(),
        };
        for part in &checkpoint.parts {
            let read = read_checkpoint_part(&self.store, part, &mut txns).await;
            read.map_err(|error| match error {
                CheckpointError::Storage(error) => self.unreadable(error),
                CheckpointError::Content(detail) => self.damaged(checkpoint.version, &detail),
            })?;
        }
        Ok(txns)
    }

    async fn last_checkpoint_hint(&self) -> Result<Option<u64>, ReaderError> {
        #[derive(Deserialize)]
        struct LastCheckpoint {
            version: u64,
        }
        let path = self.log_path("_last_checkpoint");
        let bytes = match self.store.get(&path).await {
            Ok(found) => found
                .bytes()
                .await
                .map_err(|error| self.unreadable(error))?,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(self.unreadable(error)),
        };
        // It is only a hint: without it the whole log folder is listed.
        let hint = serde_json::from_slice::<LastCheckpoint>(&bytes).ok();
        Ok(hint.map(|hint| hint.version))
    }

    /// Lists the log from the files of `version` on.
    async fn list(&self, version: u64) -> Result<Listing, ReaderError> {
        let folder = self.log_path("");
        // Sorts before every file of that version and behind those of the version before.
        let offset = self.log_path(&format!("{version:020}"));
        let files = self.store.list_with_offset(Some(&folder), &offset);
        let files: Vec<ObjectMeta> = files
            .try_collect()
            .await
            .map_err(|error| self.unreadable(error))?;
        Ok(Listing::of(files))
    }

    fn log_path(&self, name: &str) -> Path {
        Path::from(format!("{}/_delta_log/{name}", self.table.name()))
    }

    fn unreadable(&self, source: object_store::Error) -> ReaderError {
        ReaderError::ReadLog {
            table: self.table.name(),
            source,
        }
    }

    fn damaged(&self, version: u64, detail: &str) -> ReaderError {
        ReaderError::DamagedLog {
            table: self.table.name(),
            version,
            detail: detail.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
