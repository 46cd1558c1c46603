//! One file of `events`, priced anew: read as a stream, written only if a row of it changes.

use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::Bytes;
use schemas::table::Table;

use super::difference::RepriceDifference;
use super::rows::reprice_rows;
use super::{RepriceRequest, Repricer};
use crate::encode::events::file_id;
use crate::encode::file_writer::{FileFormat, FileWriter};
use crate::encode::windows::encode_windows;
use crate::encode::{EncodedFile, PartitionValues};
use crate::error::SinkError;
use crate::lake_context::LakeContext;
use crate::stored_rows::for_each_batch;

/// Corrections are encoded once they take so many bytes.
const CORRECTIONS_BYTES_MAX: usize = 32 << 20;

/// A file to be priced anew.
#[derive(Debug)]
pub(super) struct StoredFile {
    /// Relative to the table.
    pub(super) path: String,
    pub(super) partition_values: PartitionValues,
    pub(super) bytes: Bytes,
}

/// What comes of a file.
#[derive(Debug, Default)]
pub(super) struct Rewritten {
    /// What takes its place; `None` if none of its rows changes, or in a dry run.
    pub(super) file: Option<EncodedFile>,
    /// Corrections of windows that were encoded meanwhile; the rest is with the repricer.
    pub(super) corrections: Vec<EncodedFile>,
    pub(super) difference: RepriceDifference,
}

/// Writes files anew, one at a time.
#[derive(Debug)]
pub(super) struct Rewriter {
    request: Arc<RepriceRequest>,
    events_format: FileFormat,
    windows_format: FileFormat,
}

impl Rewriter {
    pub(super) fn new(
        context: &LakeContext,
        request: &Arc<RepriceRequest>,
    ) -> Result<Self, SinkError> {
        Ok(Self {
            request: Arc::clone(request),
            events_format: FileFormat::new(Table::Events, &context.settings)?,
            windows_format: FileFormat::new(Table::CostWindows, &context.settings)?,
        })
    }

    /// Prices the rows of a file anew.
    ///
    /// # Units
    /// `now_us`: for the file names, microseconds since the Unix epoch.
    pub(super) fn rewrite(
        &self,
        file: &StoredFile,
        repricer: &mut dyn Repricer,
        now_us: i64,
    ) -> Result<Rewritten, SinkError> {
        let mut rewritten = Rewritten::default();
        let mut rows_read = 0;
        let mut writer: Option<FileWriter> = None;
        let is_ours = for_each_batch(Table::Events, file.bytes.clone(), |rows| {
            let repriced = self.reprice(&rows, repricer, now_us, &mut rewritten)?;
            if writer.is_none() && repriced.is_some() && !self.request.is_dry_run {
                writer = Some(self.begin(file, rows_read, now_us)?);
            }
            rows_read += rows.num_rows();
            match &mut writer {
                Some(writer) => writer.write(&repriced.unwrap_or(rows)),
                None => Ok(()),
            }
        })?;
        if !is_ours {
            return Err(SinkError::ForeignColumns {
                table: Table::Events,
                path: file.path.clone(),
            });
        }
        if let Some(writer) = writer {
            let written = writer.finish()?;
            if written.rows != rows_read {
                let detail = format!("{} had {rows_read} rows, not {}", file.path, written.rows);
                return Err(SinkError::Accounting { detail });
            }
            rewritten.file = Some(written);
        }
        Ok(rewritten)
    }

    /// Encodes the corrections that the repricer has.
    ///
    /// # Units
    /// As [`Rewriter::rewrite`].
    pub(super) fn take_corrections(
        &self,
        repricer: &mut dyn Repricer,
        now_us: i64,
    ) -> Result<Vec<EncodedFile>, SinkError> {
        let corrections = repricer.take_corrections().map_err(SinkError::Reprice)?;
        encode_windows(&self.windows_format, &corrections, now_us)
    }

    /// Prices a batch anew, and takes in what its windows differ by.
    fn reprice(
        &self,
        rows: &RecordBatch,
        repricer: &mut dyn Repricer,
        now_us: i64,
        rewritten: &mut Rewritten,
    ) -> Result<Option<RecordBatch>, SinkError> {
        let selection = &self.request.selection;
        let repriced = reprice_rows(rows, selection, repricer, &mut rewritten.difference)?;
        if let (Some((old, new)), false) = (&repriced.corrected, self.request.is_dry_run) {
            repricer.correct(old, new).map_err(SinkError::Reprice)?;
            if repricer.memory_bytes() >= CORRECTIONS_BYTES_MAX {
                let corrections = self.take_corrections(repricer, now_us)?;
                rewritten.corrections.extend(corrections);
            }
        }
        Ok(repriced.rows)
    }

    /// Begins the file that takes the place of the one read, with the rows before the first one
    /// that changes.
    fn begin(
        &self,
        file: &StoredFile,
        rows_before: usize,
        now_us: i64,
    ) -> Result<FileWriter, SinkError> {
        let values = file.partition_values.clone();
        let mut writer = FileWriter::new(&self.events_format, values, file_id(now_us))?;
        let mut left = rows_before;
        if left > 0 {
            for_each_batch(Table::Events, file.bytes.clone(), |batch| {
                let batch = batch.slice(0, left.min(batch.num_rows()));
                left -= batch.num_rows();
                writer.write(&batch)
            })?;
        }
        Ok(writer)
    }
}
