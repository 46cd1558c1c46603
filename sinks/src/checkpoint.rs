//! Reading a checkpoint as if it were a log entry.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::json::LineDelimitedWriter;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;

/// Why a checkpoint cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckpointError {
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    #[error(transparent)]
    Arrow(#[from] ArrowError),
}

/// The actions of the columns wanted, as log entries hold them: newline-delimited JSON.
///
/// So a checkpoint and an entry are read by the same code.
pub(crate) fn checkpoint_lines(bytes: Bytes, columns: &[&str]) -> Result<Bytes, CheckpointError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let roots = builder.parquet_schema().root_schema().get_fields();
    let roots = roots.iter().enumerate();
    let wanted = roots
        .filter(|(_, field)| columns.contains(&field.name()))
        .map(|(at, _)| at);
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.collect::<Vec<_>>());
    let mut lines = LineDelimitedWriter::new(Vec::new());
    for batch in builder.with_projection(mask).build()? {
        lines.write(&with_some_value(&batch?)?)?;
    }
    lines.finish()?;
    Ok(Bytes::from(lines.into_inner()))
}

/// Keeps the rows that hold any of the columns: most rows of a checkpoint are files.
fn with_some_value(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let is_held = (0..batch.num_rows()).map(|row| {
        let held = batch.columns().iter().any(|column| column.is_valid(row));
        Some(held)
    });
    arrow::compute::filter_record_batch(batch, &is_held.collect())
}
