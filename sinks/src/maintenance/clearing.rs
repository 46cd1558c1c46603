//! Checkpoints, and deleting what no version within the retention needs.

use deltalake::checkpoints::{cleanup_expired_logs_for, create_checkpoint};
use deltalake::logstore::{LogStoreRef, StorageConfig, default_logstore};
use deltalake::{DeltaTable, DeltaTableError};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectMeta, ObjectStore};
use schemas::time::{US_PER_MS, US_PER_S};
use std::sync::Arc;
use url::Url;

use super::{MaintenancePolicy, MaintenanceReport};
use crate::error::SinkError;
use crate::file_set::FileSet;
use crate::hook::{CommitPoint, Job};
use crate::lake::Lake;
use crate::lake_context::LakeContext;
use crate::paths;
use crate::table_log::TableLog;

/// Writes a checkpoint if enough entries lie behind the last one.
pub(super) async fn checkpoint(
    log: &TableLog,
    policy: &MaintenancePolicy,
    report: &mut MaintenanceReport,
) -> Result<(), SinkError> {
    let (raw, state) = log.read_whole().await?;
    let behind = state.version - raw.checkpoint.unwrap_or(0);
    if behind < policy.checkpoint_commits_min.max(1) {
        return Ok(());
    }
    let mut table = DeltaTable::new(log_store(log)?);
    table.load().await.map_err(delta_error(log, "load"))?;
    let hook = &log.context.hook;
    hook.at(Job::Clear, CommitPoint::BeforeCheckpoint(log.table));
    let written = create_checkpoint(&table, None).await;
    written.map_err(delta_error(log, "write a checkpoint"))?;
    hook.at(Job::Clear, CommitPoint::AfterCheckpoint(log.table));
    report.checkpoints += 1;
    Ok(())
}

/// Deletes log entries and checkpoints that are older than the retention and that no checkpoint
/// needs.
pub(super) async fn clear_log(
    log: &TableLog,
    report: &mut MaintenanceReport,
) -> Result<(), SinkError> {
    let version = log.newest(|state| state.version).await?;
    let retention_us = log.context.settings.log_retention_s * US_PER_S;
    let cutoff_ms = (log.context.clock.now_us() - retention_us).div_euclid(US_PER_MS);
    let store = log_store(log)?;
    let hook = &log.context.hook;
    hook.at(Job::Clear, CommitPoint::BeforeLogClearing(log.table));
    let deleted = cleanup_expired_logs_for(version, store.as_ref(), cutoff_ms, None).await;
    report.log_objects_deleted += match deleted {
        // Another maintainer was faster; what both have left is deleted the next time.
        Err(DeltaTableError::ObjectStore {
            source: object_store::Error::NotFound { .. },
        }) => 0,
        deleted => deleted.map_err(delta_error(log, "clear the log"))?,
    };
    hook.at(Job::Clear, CommitPoint::AfterLogClearing(log.table));
    Ok(())
}

/// Deletes data files of ours that the newest version does not name, and that either left the
/// table or were put without ever being named longer ago than the retention.
pub(super) async fn clear_files(
    log: &TableLog,
    report: &mut MaintenanceReport,
) -> Result<(), SinkError> {
    // The cutoff first, then the log: a file that is put and named later is younger than the
    // retention, however long the reading takes.
    let cutoff_ms = cutoff_ms(&log.context);
    let (raw, _) = log.read_whole().await?;
    let files = FileSet::of_table(log.table, &raw)?;
    let folder = paths::table_folder(log.table);
    let failed = |source| SinkError::store("list data files", &folder, source);
    let listed = log.context.store.list(Some(&folder));
    let objects: Vec<ObjectMeta> = listed.try_collect().await.map_err(failed)?;
    let due = objects.into_iter().filter(|object| {
        let path = paths::relative_to_table(log.table, &object.location);
        path.is_some_and(|path| is_due(&files, &path, object, cutoff_ms))
    });
    let paths: Vec<_> = due.map(|object| Ok(object.location)).collect();
    let hook = &log.context.hook;
    hook.at(Job::Clear, CommitPoint::BeforeFileClearing(log.table));
    report.data_files_deleted += delete(&log.context, paths, &folder).await?;
    hook.at(Job::Clear, CommitPoint::AfterFileClearing(log.table));
    Ok(())
}

/// Deletes manifests of reprices that were put longer ago than the retention: their commit to
/// `events` is then too late, and if it was made, so was the one to `cost_windows`.
pub(super) async fn clear_manifests(
    lake: &Lake,
    report: &mut MaintenanceReport,
) -> Result<(), SinkError> {
    // The cutoff first: a reprice that commits later has put its manifest behind it.
    let cutoff_ms = cutoff_ms(&lake.context);
    if lake.awaits_corrections().await? {
        return Ok(());
    }
    report.manifests_deleted += delete_older(&lake.context, &paths::manifests(), cutoff_ms).await?;
    Ok(())
}

/// Deletes the objects of a folder that were put before an instant; returns how many.
pub(super) async fn delete_older(
    context: &LakeContext,
    folder: &Path,
    cutoff_ms: i64,
) -> Result<usize, SinkError> {
    let failed = |source| SinkError::store("list a folder", folder, source);
    let listed = context.store.list(Some(folder));
    let objects: Vec<ObjectMeta> = listed.try_collect().await.map_err(failed)?;
    let due = objects
        .into_iter()
        .filter(|object| object.last_modified.timestamp_millis() < cutoff_ms);
    let paths = due.map(|object| Ok(object.location)).collect();
    delete(context, paths, folder).await
}

/// What was put or left a table before this instant is deleted, milliseconds since the Unix epoch.
pub(super) fn cutoff_ms(context: &LakeContext) -> i64 {
    let retention_us = context.settings.deleted_file_retention_s * US_PER_S;
    (context.clock.now_us() - retention_us).div_euclid(US_PER_MS)
}

/// Deletes objects; returns how many were there.
async fn delete(
    context: &LakeContext,
    paths: Vec<object_store::Result<Path>>,
    folder: &Path,
) -> Result<usize, SinkError> {
    let mut deleted = 0;
    let mut deletions = context.store.delete_stream(stream::iter(paths).boxed());
    while let Some(deletion) = deletions.next().await {
        match deletion {
            Ok(_) => deleted += 1,
            // Another maintainer was faster.
            Err(object_store::Error::NotFound { .. }) => {}
            Err(source) => return Err(SinkError::store("delete an object", folder, source)),
        }
    }
    Ok(deleted)
}

fn is_due(files: &FileSet, path: &str, object: &ObjectMeta, cutoff_ms: i64) -> bool {
    if !paths::is_data_file(path) || files.active.contains_key(path) {
        return false;
    }
    let put_at_ms = object.last_modified.timestamp_millis();
    let removed_at_ms = files.removed_at_ms.get(path).copied();
    put_at_ms.max(removed_at_ms.unwrap_or(put_at_ms)) < cutoff_ms
}

/// The table as the Delta library sees it.
///
/// Its address is made up, since all paths are relative to the lake's store. The host is one of
/// those whose listings the library sorts by itself: a folder lists in any order.
fn log_store(log: &TableLog) -> Result<LogStoreRef, SinkError> {
    let name = log.table.name();
    let address = Url::parse(&format!("memory://lake--x-s3/{name}/"));
    let address = address.map_err(|error| SinkError::Settings {
        detail: format!("table {name} has no address: {error}"),
    })?;
    let store = Arc::clone(&log.context.store);
    let prefixed: Arc<dyn ObjectStore> = Arc::new(PrefixStore::new(
        Arc::clone(&store),
        paths::table_folder(log.table),
    ));
    let options = StorageConfig::default();
    Ok(default_logstore(prefixed, store, &address, &options))
}

fn delta_error(log: &TableLog, act: &'static str) -> impl Fn(DeltaTableError) -> SinkError {
    let table = log.table;
    move |source| SinkError::Delta {
        act,
        table,
        source: Box::new(source),
    }
}
