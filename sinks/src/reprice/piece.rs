//! A part of a reprice: some files of one day, what replaces them, and the corrections of their
//! windows.
//!
//! A piece stays right as long as its files are in the table, so a merge that takes away a few
//! files of a large reprice costs their piece and no more.

use std::sync::Arc;

use schemas::table::Table;

use super::difference::RepriceDifference;
use super::rewrite::{StoredFile, rewrite};
use super::{RepriceRequest, Repricer};
use crate::encode::EncodedFile;
use crate::encode::events::file_id;
use crate::encode::file_writer::{FileFormat, FileWriter};
use crate::encode::windows::encode_windows;
use crate::error::SinkError;
use crate::file_set::ActiveFile;
use crate::lake::{Lake, add_lines};
use crate::stored_rows::read_file;
use crate::upload::upload;

/// A file that was read.
#[derive(Debug)]
pub(super) struct ReadFile {
    pub(super) file: ActiveFile,
    /// Whether a row of it changes.
    pub(super) changes: bool,
    /// The `add` action of the file that takes its place; `None` if it stays, or in a dry run.
    pub(super) replacement: Option<String>,
}

/// A file with corrections of one rollup's windows of one day.
#[derive(Debug)]
pub(super) struct CorrectionFile {
    /// The partition values.
    pub(super) rollup: String,
    pub(super) date: String,
    /// The `add` action.
    pub(super) add: String,
}

/// Files that were priced anew, and what comes of it.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) files: Vec<ReadFile>,
    pub(super) corrections: Vec<CorrectionFile>,
    pub(super) difference: RepriceDifference,
}

/// Cuts files that are sorted by their paths into pieces of one day and so many bytes.
pub(super) fn cut(files: Vec<ActiveFile>, bytes_max: u64) -> Vec<Vec<ActiveFile>> {
    let mut pieces: Vec<Vec<ActiveFile>> = Vec::new();
    let mut bytes = 0;
    for file in files {
        let last = pieces.last_mut();
        match last {
            Some(piece)
                if bytes + file.size <= bytes_max
                    && piece[0].partition_values == file.partition_values =>
            {
                bytes += file.size;
                piece.push(file);
            }
            _ => {
                bytes = file.size;
                pieces.push(vec![file]);
            }
        }
    }
    pieces
}

/// Prices files anew and uploads what replaces them; a dry run uploads nothing.
///
/// The repricer comes back with the piece.
pub(super) async fn make(
    lake: &Lake,
    request: &Arc<RepriceRequest>,
    mut repricer: Box<dyn Repricer>,
    files: Vec<ActiveFile>,
) -> Result<(Box<dyn Repricer>, Piece), SinkError> {
    let mut piece = Piece {
        files: Vec::with_capacity(files.len()),
        corrections: Vec::new(),
        difference: RepriceDifference::default(),
    };
    for file in files {
        let stored = StoredFile {
            bytes: read_file(&lake.context, Table::Events, &file.path).await?,
            partition_values: partition_values(&file)?,
            path: file.path.clone(),
        };
        let now_us = lake.context.clock.now_us();
        let rewriting = rewrite_apart(lake, request, repricer, stored, now_us).await?;
        repricer = rewriting.repricer;
        piece.difference.add(&rewriting.difference);
        let written: Vec<EncodedFile> = rewriting.file.into_iter().collect();
        upload(&lake.context, &written).await?;
        piece.files.push(ReadFile {
            file,
            changes: rewriting.difference.rows_rewritten > 0,
            replacement: add_lines(&written, Table::Events, now_us).pop(),
        });
    }
    let corrections = repricer.take_corrections().map_err(SinkError::Reprice)?;
    if !request.is_dry_run {
        let now_us = lake.context.clock.now_us();
        let format = FileFormat::new(Table::CostWindows, &lake.context.settings)?;
        let encoded = encode_windows(&format, &corrections, now_us)?;
        upload(&lake.context, &encoded).await?;
        piece.corrections = encoded
            .iter()
            .map(|file| CorrectionFile {
                rollup: partition_value(file, "rollup"),
                date: partition_value(file, "date"),
                add: file.add_line(now_us, true),
            })
            .collect();
    }
    Ok((repricer, piece))
}

struct Rewriting {
    repricer: Box<dyn Repricer>,
    difference: RepriceDifference,
    file: Option<EncodedFile>,
}

/// Rewrites one file on a thread that may take its time.
async fn rewrite_apart(
    lake: &Lake,
    request: &Arc<RepriceRequest>,
    mut repricer: Box<dyn Repricer>,
    stored: StoredFile,
    now_us: i64,
) -> Result<Rewriting, SinkError> {
    let format = FileFormat::new(Table::Events, &lake.context.settings)?;
    let request = Arc::clone(request);
    let task = tokio::task::spawn_blocking(move || {
        let mut difference = RepriceDifference::default();
        let begin = || FileWriter::new(&format, stored.partition_values.clone(), file_id(now_us));
        let file = rewrite(
            &stored,
            &request.selection,
            repricer.as_mut(),
            &mut difference,
            (!request.is_dry_run).then_some(&begin),
        )?;
        Ok(Rewriting {
            repricer,
            difference,
            file,
        })
    });
    task.await.map_err(SinkError::Task)?
}

fn partition_value(file: &EncodedFile, column: &str) -> String {
    let mut values = file.partition_values.iter();
    let found = values.find(|(name, _)| *name == column);
    found.map(|(_, value)| value.clone()).unwrap_or_default()
}

fn partition_values(file: &ActiveFile) -> Result<crate::encode::PartitionValues, SinkError> {
    file.table_partition(Table::Events)
        .map_err(|column| SinkError::Accounting {
            detail: format!("file {} of events has no value of {column}", file.path),
        })
}

#[cfg(test)]
mod tests;
