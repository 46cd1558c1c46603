//! A table's log as it lies in the store: the newest checkpoint and the entries behind it.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt};
use schemas::table::Table;
use serde::Deserialize;

use crate::checkpoint::checkpoint_lines;
use crate::error::SinkError;
use crate::lake_context::LakeContext;
use crate::paths::{self, LogObject};

/// Entries read at a time.
pub(crate) const READS_MAX: usize = 16;
/// How often a read starts over: what it listed may be cleared away before it is read, and a
/// listing that is not atomic may miss an entry that came while it ran.
const READINGS_MAX: u32 = 3;

/// All that the state at one version is made of, as newline-delimited actions.
#[derive(Debug, Clone)]
pub(crate) struct RawLog {
    /// The version of the checkpoint that it starts with.
    pub(crate) checkpoint: Option<u64>,
    /// The parts of the checkpoint.
    pub(crate) checkpoint_lines: Vec<Bytes>,
    /// The entries behind it, in order.
    pub(crate) commits: Vec<(u64, Bytes)>,
    /// When the listing began, microseconds since the Unix epoch.
    pub(crate) listed_at_us: i64,
}

/// What a listing of the log shows.
#[derive(Debug, Default, PartialEq, Eq)]
struct LogListing {
    /// The newest whole checkpoint, with its number of parts.
    checkpoint: Option<(u64, u32)>,
    /// The entries behind it, in order.
    commits: Vec<u64>,
}

/// Reads the log up to its newest version; `None` if there is no table.
///
/// `columns`: the actions wanted of the checkpoint.
pub(crate) async fn read(
    table: Table,
    context: &LakeContext,
    columns: &'static [&'static str],
) -> Result<Option<RawLog>, SinkError> {
    let mut readings = 1;
    loop {
        match try_read(table, context, columns).await {
            Err(
                SinkError::Store {
                    source: object_store::Error::NotFound { .. },
                    ..
                }
                | SinkError::UnreadableLog { .. },
            ) if readings < READINGS_MAX => readings += 1,
            other => return other,
        }
    }
}

async fn try_read(
    table: Table,
    context: &LakeContext,
    columns: &'static [&'static str],
) -> Result<Option<RawLog>, SinkError> {
    let listed_at_us = context.clock.now_us();
    let hint = checkpoint_hint(table, context).await?;
    let mut listing = list(table, context, hint).await?;
    if hint.is_some() && listing.checkpoint.is_none() {
        listing = list(table, context, None).await?;
    }
    let checkpoint = listing.checkpoint.map(|(version, _)| version);
    if checkpoint.is_none() && listing.commits.is_empty() {
        return Ok(None);
    }
    let first = checkpoint.map_or(0, |version| version + 1);
    let expected = first..first + listing.commits.len() as u64;
    if !listing.commits.iter().copied().eq(expected) {
        let path = paths::commit(table, first);
        return Err(SinkError::unreadable_log(
            table,
            &path,
            "log entries are missing",
        ));
    }
    let checkpoint_lines = read_checkpoint(table, context, listing.checkpoint, columns).await?;
    let reads = listing.commits.iter().map(|&version| async move {
        let bytes = get(context, &paths::commit(table, version)).await?;
        Ok::<_, SinkError>((version, bytes))
    });
    // Collected, since a stream over borrowing closures would not be `Send`.
    let commits = stream::iter(reads.collect::<Vec<_>>()).buffered(READS_MAX);
    Ok(Some(RawLog {
        checkpoint,
        checkpoint_lines,
        commits: commits.try_collect().await?,
        listed_at_us,
    }))
}

async fn read_checkpoint(
    table: Table,
    context: &LakeContext,
    checkpoint: Option<(u64, u32)>,
    columns: &'static [&'static str],
) -> Result<Vec<Bytes>, SinkError> {
    let Some((version, parts)) = checkpoint else {
        return Ok(Vec::new());
    };
    let mut lines = Vec::new();
    for part in 1..=parts {
        let path = paths::checkpoint(table, version, (part, parts));
        let bytes = get(context, &path).await?;
        let read = tokio::task::spawn_blocking(move || checkpoint_lines(bytes, columns)).await;
        let part = read.map_err(SinkError::Task)?;
        lines.push(part.map_err(|error| SinkError::unreadable_log(table, &path, error))?);
    }
    Ok(lines)
}

async fn checkpoint_hint(table: Table, context: &LakeContext) -> Result<Option<u64>, SinkError> {
    #[derive(Deserialize)]
    struct Hint {
        version: u64,
    }
    let path = paths::last_checkpoint(table);
    match get(context, &path).await {
        // A hint that cannot be read is no hint: the listing tells.
        Ok(bytes) => Ok(serde_json::from_slice::<Hint>(&bytes)
            .ok()
            .map(|hint| hint.version)),
        Err(SinkError::Store {
            source: object_store::Error::NotFound { .. },
            ..
        }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn list(
    table: Table,
    context: &LakeContext,
    from: Option<u64>,
) -> Result<LogListing, SinkError> {
    let folder = paths::log_folder(table);
    let offset = paths::log_offset(table, from.unwrap_or(0));
    let objects: Vec<ObjectMeta> = context
        .store
        .list_with_offset(Some(&folder), &offset)
        .try_collect()
        .await
        .map_err(|source| SinkError::store("list the log", &folder, source))?;
    let objects = objects.iter();
    let objects = objects.filter_map(|object| paths::parse_log_object(&object.location));
    Ok(arrange(objects.collect()))
}

/// Picks the newest checkpoint that has all its parts, and the entries behind it.
fn arrange(objects: Vec<LogObject>) -> LogListing {
    let mut parts_seen: BTreeMap<(u64, u32), u32> = BTreeMap::new();
    let mut commits = Vec::new();
    for object in objects {
        match object {
            LogObject::Commit { version } => commits.push(version),
            LogObject::Checkpoint { version, part } => {
                *parts_seen.entry((version, part.1)).or_default() += 1;
            }
        }
    }
    let whole = parts_seen
        .iter()
        .filter(|((_, parts), seen)| parts == *seen);
    let checkpoint = whole.map(|(key, _)| *key).max();
    commits.sort_unstable();
    commits.retain(|version| checkpoint.is_none_or(|(at, _)| *version > at));
    LogListing {
        checkpoint,
        commits,
    }
}

/// Reads one object of a log.
pub(crate) async fn get(context: &LakeContext, path: &Path) -> Result<Bytes, SinkError> {
    let failed = |source| SinkError::store("read the log", path, source);
    let object = context.store.get(path).await.map_err(failed)?;
    object.bytes().await.map_err(failed)
}

#[cfg(test)]
mod tests;
