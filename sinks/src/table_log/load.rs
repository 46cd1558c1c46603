//! A table's state from its log, what comes to it later, and its first entry.

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{PutMode, PutOptions, PutPayload};
use schemas::table::Table;
use schemas::time::US_PER_MS;
use serde_json::json;
use uuid::Uuid;

use crate::error::SinkError;
use crate::hook::{CommitPoint, Job};
use crate::lake_context::LakeContext;
use crate::log_entry::{CommitInfo, LogEntry, commit_info_line, parse_log_entry};
use crate::log_state::LogState;
use crate::paths;
use crate::raw_log::{self, READS_MAX, RawLog, get};
use crate::table_definition;

/// The actions of a checkpoint that decide about appends and about files.
pub(super) const ALL_COLUMNS: &[&str] = &["txn", "metaData", "protocol", "add", "remove"];
/// A reader that finds so many entries in a row reads several at a time from then on.
const SINGLE_READS_MAX: u64 = 3;
/// The actions of a checkpoint that decide about appends.
pub(super) const CHECKPOINT_COLUMNS: &[&str] = &["txn", "metaData", "protocol"];

/// Loads the state of a table; `None` if there is no table.
pub(super) async fn load(
    table: Table,
    context: &LakeContext,
) -> Result<Option<LogState>, SinkError> {
    match raw_log::read(table, context, CHECKPOINT_COLUMNS).await? {
        None => Ok(None),
        Some(raw) => state(table, context, &raw).map(Some),
    }
}

/// What a log adds up to.
pub(super) fn state(
    table: Table,
    context: &LakeContext,
    raw: &RawLog,
) -> Result<LogState, SinkError> {
    let mut state = LogState::new(raw.checkpoint.unwrap_or(0), raw.listed_at_us);
    let mut entries = Vec::new();
    for lines in &raw.checkpoint_lines {
        let path = paths::last_checkpoint(table);
        let entry = parse(table, &path, lines)?;
        state.apply(state.version, &entry, raw.listed_at_us);
        entries.push(entry);
    }
    for (version, bytes) in &raw.commits {
        let entry = parse(table, &paths::commit(table, *version), bytes)?;
        state.apply(*version, &entry, raw.listed_at_us);
        entries.push(entry);
    }
    check_table(table, context, &entries)?;
    Ok(state)
}

/// Reads the entries behind `state.version` until there is none.
pub(super) async fn refresh(
    table: Table,
    context: &LakeContext,
    state: &mut LogState,
    watch: bool,
) -> Result<(), SinkError> {
    let begun_at = state.version;
    // That an entry is there does not say that it is the last.
    let head_was_seen_at_us = state.head_seen_at_us;
    loop {
        let is_behind = state.version - begun_at >= SINGLE_READS_MAX;
        let width = if is_behind { READS_MAX } else { 1 };
        let seen_at_us = context.clock.now_us();
        let first = state.version + 1;
        let reads = (first..first + width as u64)
            .map(|version| read_commit(table, context, version))
            .collect::<Vec<_>>();
        let read: Vec<Option<LogEntry>> = stream::iter(reads).buffered(width).try_collect().await?;
        for (version, entry) in (first..).zip(read) {
            let Some(entry) = entry else {
                note_end(context, state, seen_at_us);
                return Ok(());
            };
            check_change(table, context, &entry)?;
            if watch {
                state.apply_watching(version, entry, head_was_seen_at_us);
            } else {
                state.apply(version, &entry, head_was_seen_at_us);
            }
        }
    }
}

/// Notes that no entry follows on the state.
///
/// Whoever slept until the read may look for entries that were cleared away meanwhile. That one is
/// absent proves nothing then, and the state stays as old as it was.
fn note_end(context: &LakeContext, state: &mut LogState, seen_at_us: i64) {
    if !context.is_stale(state.head_seen_at_us) {
        state.head_seen_at_us = seen_at_us;
    }
}

/// One entry; `None` if it is not there.
async fn read_commit(
    table: Table,
    context: &LakeContext,
    version: u64,
) -> Result<Option<LogEntry>, SinkError> {
    let path = paths::commit(table, version);
    match get(context, &path).await {
        Ok(bytes) => parse(table, &path, &bytes).map(Some),
        Err(SinkError::Store {
            source: object_store::Error::NotFound { .. },
            ..
        }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Creates the table; whoever comes second finds it.
pub(super) async fn create(table: Table, context: &LakeContext) -> Result<(), SinkError> {
    let now_ms = context.clock.now_us().div_euclid(US_PER_MS);
    let info = CommitInfo {
        batch_id: Uuid::new_v4(),
        worker: context.settings.worker.clone(),
        operation: "CREATE TABLE",
        parameters: json!({}),
        is_blind_append: true,
        accounting: Vec::new(),
    };
    let mut lines = vec![commit_info_line(&info, now_ms)];
    lines.extend(table_definition::first_actions(
        table,
        &context.settings,
        Uuid::new_v4(),
        now_ms,
    ));
    let path = paths::commit(table, 0);
    let payload = PutPayload::from(lines.join("\n"));
    let options = PutOptions::from(PutMode::Create);
    context.hook.at(Job::Open, CommitPoint::BeforeCommit(table));
    let put = context.store.put_opts(&path, payload, options).await;
    context.hook.at(Job::Open, CommitPoint::AfterCommit(table));
    match put {
        // Whether a failed put landed is seen by loading.
        Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
        Err(source) => Err(SinkError::store("create a table", &path, source)),
    }
}

fn parse(table: Table, path: &Path, bytes: &Bytes) -> Result<LogEntry, SinkError> {
    parse_log_entry(bytes).map_err(|error| SinkError::unreadable_log(table, path, error))
}

/// Checks the table as the newest metadata and protocol describe it.
fn check_table(table: Table, context: &LakeContext, entries: &[LogEntry]) -> Result<(), SinkError> {
    let metadata = entries
        .iter()
        .rev()
        .find_map(|entry| entry.metadata.as_ref());
    let protocol = entries
        .iter()
        .rev()
        .find_map(|entry| entry.protocol.as_ref());
    let difference = match (metadata, protocol) {
        (Some(metadata), Some(protocol)) => table_definition::difference(table, metadata, protocol),
        _ => Some("its log names no metadata or no protocol".to_owned()),
    };
    refuse(table, context, difference)
}

/// Checks what somebody else changed of the table after we loaded it.
fn check_change(table: Table, context: &LakeContext, entry: &LogEntry) -> Result<(), SinkError> {
    let metadata = entry.metadata.as_ref();
    let protocol = entry.protocol.as_ref();
    let difference = metadata
        .and_then(|metadata| table_definition::metadata_difference(table, metadata))
        .or_else(|| protocol.and_then(table_definition::protocol_difference));
    refuse(table, context, difference)
}

fn refuse(
    table: Table,
    context: &LakeContext,
    difference: Option<String>,
) -> Result<(), SinkError> {
    match difference {
        None => Ok(()),
        Some(detail) => Err(SinkError::TableDiffers {
            table,
            url: context.url.clone(),
            detail,
        }),
    }
}

#[cfg(test)]
mod tests;
