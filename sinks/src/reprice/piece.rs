//! A part of a reprice: some files of one day, what replaces them, and the corrections of their
//! windows.
//!
//! A piece stays right as long as its files are in the table, so a merge that takes away a few
//! files of a large reprice costs their piece and no more.

use std::sync::Arc;

use schemas::table::Table;

use super::difference::RepriceDifference;
use super::rewrite::{Rewriter, StoredFile};
use super::{RepriceRequest, Repricer};
use crate::encode::{EncodedFile, PartitionValues};
use crate::error::SinkError;
use crate::file_set::ActiveFile;
use crate::hook::Job;
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
    let rewriter = Arc::new(Rewriter::new(&lake.context, request)?);
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
        let rewritten;
        (repricer, rewritten) = apart(&rewriter, repricer, move |rewriter, repricer| {
            rewriter.rewrite(&stored, repricer, now_us)
        })
        .await?;
        piece.difference.add(&rewritten.difference);
        let written: Vec<EncodedFile> = rewritten.file.into_iter().collect();
        upload(&lake.context, Job::Reprice, &written).await?;
        piece.keep_corrections(lake, &rewritten.corrections).await?;
        piece.files.push(ReadFile {
            file,
            changes: rewritten.difference.rows_rewritten > 0,
            replacement: add_lines(&written, Table::Events, now_us).pop(),
        });
    }
    let now_us = lake.context.clock.now_us();
    let rest;
    (repricer, rest) = apart(&rewriter, repricer, move |rewriter, repricer| {
        rewriter.take_corrections(repricer, now_us)
    })
    .await?;
    piece.keep_corrections(lake, &rest).await?;
    Ok((repricer, piece))
}

/// Lets the repricer work on a thread that may take its time.
async fn apart<T: Send + 'static>(
    rewriter: &Arc<Rewriter>,
    mut repricer: Box<dyn Repricer>,
    work: impl FnOnce(&Rewriter, &mut dyn Repricer) -> Result<T, SinkError> + Send + 'static,
) -> Result<(Box<dyn Repricer>, T), SinkError> {
    let rewriter = Arc::clone(rewriter);
    let task = tokio::task::spawn_blocking(move || {
        let done = work(&rewriter, repricer.as_mut())?;
        Ok((repricer, done))
    });
    task.await.map_err(SinkError::Task)?
}

impl Piece {
    /// Uploads files with corrections, and remembers them.
    async fn keep_corrections(
        &mut self,
        lake: &Lake,
        files: &[EncodedFile],
    ) -> Result<(), SinkError> {
        upload(&lake.context, Job::Reprice, files).await?;
        let now_us = lake.context.clock.now_us();
        self.corrections
            .extend(files.iter().map(|file| CorrectionFile {
                rollup: partition_value(file, "rollup"),
                date: partition_value(file, "date"),
                add: file.add_line(now_us, true),
            }));
        Ok(())
    }
}

fn partition_value(file: &EncodedFile, column: &str) -> String {
    let mut values = file.partition_values.iter();
    let found = values.find(|(name, _)| *name == column);
    found.map(|(_, value)| value.clone()).unwrap_or_default()
}

fn partition_values(file: &ActiveFile) -> Result<PartitionValues, SinkError> {
    file.table_partition(Table::Events)
        .map_err(|column| SinkError::Accounting {
            detail: format!("file {} of events has no value of {column}", file.path),
        })
}

#[cfg(test)]
mod tests;
