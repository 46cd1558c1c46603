//! Replacing many files by one with the same rows, or for windows with the same sums.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int64Type};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use schemas::measure::{MEASURES, Merge};
use schemas::table::Table;
use schemas::time::{US_PER_S, date_of_us, format_date};
use serde_json::json;
use uuid::Uuid;

use super::merge_plan::{MergeGroup, plan};
use super::{MaintenancePolicy, MaintenanceReport, MergeWindows};
use crate::app_ids;
use crate::encode::EncodedFile;
use crate::encode::events::file_id;
use crate::encode::file_writer::{FileFormat, FileWriter};
use crate::error::SinkError;
use crate::file_set::FileSet;
use crate::log_entry::CommitInfo;
use crate::log_state::LogState;
use crate::stored_rows::{for_each_batch, read_file};
use crate::table_log::{Claim, TableCommit, TableLog, TableOutcome};
use crate::upload::upload;

/// Files of one merge read at a time.
const READS_MAX: usize = 8;

/// Merges the small files of a table, as far as the policy goes.
pub(super) async fn merge_files(
    log: &TableLog,
    merge: &Arc<MergeWindows>,
    policy: &MaintenancePolicy,
    report: &mut MaintenanceReport,
) -> Result<(), SinkError> {
    let (raw, mut state) = log.read_whole().await?;
    let files = FileSet::of_table(log.table, &raw)?;
    let today = date_of_us(log.context.clock.now_us());
    let settled_before = format_date(today - policy.settled_days);
    for group in plan(log.table, files.active.values(), policy, &settled_before) {
        let begun_at_us = log.context.clock.now_us();
        let Some((file, rows_in)) = merge_group(log, &group, merge, begun_at_us).await? else {
            continue;
        };
        let files = if file.rows == 0 {
            Vec::new()
        } else {
            vec![file]
        };
        upload(&log.context, &files).await?;
        let commit = merge_commit(log, &state, &group, &files, begun_at_us);
        match log.commit_on(&mut state, &commit).await? {
            TableOutcome::Landed { .. } => {
                report.merges += 1;
                report.files_in += group.files.len();
                report.files_out += files.len();
                report.rows_in += rows_in;
                report.rows_out += files.iter().map(|file| file.rows).sum::<usize>();
            }
            TableOutcome::InputsGone | TableOutcome::Expired => report.merges_dropped += 1,
            // Another maintainer is at work; the rest of the plan is its plan too.
            TableOutcome::Fenced { .. } => {
                report.merges_dropped += 1;
                return Ok(());
            }
        }
    }
    Ok(())
}

fn merge_commit(
    log: &TableLog,
    state: &LogState,
    group: &MergeGroup,
    files: &[EncodedFile],
    begun_at_us: i64,
) -> TableCommit {
    let app_id = app_ids::maintenance(log.table);
    let expected = state.value(&app_id);
    let claim = Claim {
        app_id,
        source: None,
        expected,
        next: expected.unwrap_or(0) + 1,
    };
    let removes = group
        .files
        .iter()
        .map(|file| file.remove_line(begun_at_us, false));
    let adds = files.iter().map(|file| file.add_line(begun_at_us, false));
    let settings = &log.context.settings;
    TableCommit {
        claims: vec![claim],
        constants: Vec::new(),
        additions: Vec::new(),
        floors: Vec::new(),
        lines: removes.chain(adds).collect(),
        inputs: group.files.iter().map(|file| file.path.clone()).collect(),
        info: CommitInfo {
            batch_id: Uuid::new_v4(),
            worker: settings.worker.clone(),
            operation: "OPTIMIZE",
            parameters: json!({"predicate": "[]"}),
            is_blind_append: false,
            accounting: Vec::new(),
        },
        expires_at_us: Some(begun_at_us + settings.batch_age_s_max * US_PER_S),
    }
}

/// Writes the rows of a group into one file; `None` if its files hold what we would lose.
async fn merge_group(
    log: &TableLog,
    group: &MergeGroup,
    merge: &Arc<MergeWindows>,
    begun_at_us: i64,
) -> Result<Option<(EncodedFile, usize)>, SinkError> {
    let Some(first) = group.files.first() else {
        return Ok(None);
    };
    let partition_values = match first.table_partition(log.table) {
        Ok(partition_values) => partition_values,
        Err(column) => {
            tracing::warn!(
                table = log.table.name(),
                column,
                "files of no partition stay as they are"
            );
            return Ok(None);
        }
    };
    let reads = group
        .files
        .iter()
        .map(|file| read_file(&log.context, log.table, &file.path));
    let reads = stream::iter(reads.collect::<Vec<_>>()).buffered(READS_MAX);
    let inputs: Vec<Bytes> = reads.try_collect().await?;
    let format = FileFormat::new(log.table, &log.context.settings)?;
    let writer = FileWriter::new(&format, partition_values, file_id(begun_at_us))?;
    let table = log.table;
    let merge = Arc::clone(merge);
    let task = tokio::task::spawn_blocking(move || match table {
        Table::CostWindows => rewrite_windows(inputs, writer, merge.as_ref()),
        Table::Events | Table::Rejects | Table::Alerts => rewrite(table, inputs, writer),
    });
    task.await.map_err(SinkError::Task)?
}

type Rewritten = Result<Option<(EncodedFile, usize)>, SinkError>;

/// Copies rows, one batch at a time.
fn rewrite(table: Table, inputs: Vec<Bytes>, mut writer: FileWriter) -> Rewritten {
    let mut rows_in = 0;
    for bytes in inputs {
        let read = for_each_batch(table, bytes, |rows| {
            rows_in += rows.num_rows();
            writer.write(&rows)
        })?;
        if !read {
            return Ok(None);
        }
    }
    let file = writer.finish()?;
    check_equal("rows", rows_in as i128, file.rows as i128)?;
    Ok(Some((file, rows_in)))
}

fn rewrite_windows(inputs: Vec<Bytes>, mut writer: FileWriter, merge: &MergeWindows) -> Rewritten {
    let mut parts = Vec::new();
    for bytes in inputs {
        let read = for_each_batch(Table::CostWindows, bytes, |rows| {
            parts.push(rows);
            Ok(())
        })?;
        if !read {
            return Ok(None);
        }
    }
    let merged = merge(&parts).map_err(SinkError::MergeWindows)?;
    for measure in MEASURES
        .iter()
        .filter(|measure| measure.merge == Merge::Sum)
    {
        let name = measure.column.name;
        let before = parts.iter().map(|rows| sum(rows, name)).sum();
        check_equal(name, before, sum(&merged, name))?;
    }
    writer.write(&merged)?;
    let rows_in = parts.iter().map(RecordBatch::num_rows).sum();
    Ok(Some((writer.finish()?, rows_in)))
}

/// The sum of a column of whole numbers or decimals, in its smallest unit; nulls add nothing.
fn sum(rows: &RecordBatch, name: &str) -> i128 {
    let Some(column) = rows.column_by_name(name) else {
        return 0;
    };
    if let Some(values) = column.as_primitive_opt::<Int64Type>() {
        return values.iter().flatten().map(i128::from).sum();
    }
    let values = column.as_primitive_opt::<Decimal128Type>();
    values.map_or(0, |values| values.iter().flatten().sum())
}

fn check_equal(what: &str, before: i128, after: i128) -> Result<(), SinkError> {
    if before == after {
        return Ok(());
    }
    let detail = format!("{what} were {before} and would become {after}");
    Err(SinkError::MergeWindows(detail.into()))
}
