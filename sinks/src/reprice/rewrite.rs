//! One file of `events`, priced anew: read as a stream, written only if a row of it changes.

use arrow::array::RecordBatch;
use bytes::Bytes;
use schemas::table::Table;

use super::Repricer;
use super::difference::RepriceDifference;
use super::rows::reprice_rows;
use super::selection::RepriceSelection;
use crate::encode::file_writer::FileWriter;
use crate::encode::{EncodedFile, PartitionValues};
use crate::error::SinkError;
use crate::stored_rows::for_each_batch;

/// Begins the file that takes the place of the one read.
pub(super) type BeginFile<'a> = dyn Fn() -> Result<FileWriter, SinkError> + 'a;

/// A file to be priced anew.
#[derive(Debug)]
pub(super) struct StoredFile {
    /// Relative to the table.
    pub(super) path: String,
    pub(super) partition_values: PartitionValues,
    pub(super) bytes: Bytes,
}

/// Prices the rows of a file anew; `None` if none of them changes.
///
/// `begin`: `None` if only the difference is wanted.
pub(super) fn rewrite(
    file: &StoredFile,
    selection: &RepriceSelection,
    repricer: &mut dyn Repricer,
    difference: &mut RepriceDifference,
    begin: Option<&BeginFile<'_>>,
) -> Result<Option<EncodedFile>, SinkError> {
    let mut rows_read = 0;
    let mut writer: Option<FileWriter> = None;
    let is_ours = for_each_batch(Table::Events, file.bytes.clone(), |rows| {
        let repriced = reprice_rows(&rows, selection, repricer, difference)?;
        if let (None, Some(_), Some(begin)) = (&writer, &repriced, begin) {
            let mut begun = begin()?;
            copy_first(file, rows_read, &mut begun)?;
            writer = Some(begun);
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
    let Some(writer) = writer else {
        return Ok(None);
    };
    let written = writer.finish()?;
    if written.rows != rows_read {
        let detail = format!("{} had {rows_read} rows, not {}", file.path, written.rows);
        return Err(SinkError::Accounting { detail });
    }
    Ok(Some(written))
}

/// Writes the rows that lie before the first one that changes.
fn copy_first(file: &StoredFile, rows: usize, writer: &mut FileWriter) -> Result<(), SinkError> {
    let mut left = rows;
    if left == 0 {
        return Ok(());
    }
    for_each_batch(Table::Events, file.bytes.clone(), |batch: RecordBatch| {
        let batch = batch.slice(0, left.min(batch.num_rows()));
        left -= batch.num_rows();
        writer.write(&batch)
    })?;
    Ok(())
}
