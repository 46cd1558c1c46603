//! The rows of a data file as the table has them, for whoever writes them anew.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, new_null_array};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use bytes::Bytes;
use object_store::ObjectStoreExt;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use schemas::table::Table;

use crate::error::SinkError;
use crate::lake_context::LakeContext;
use crate::paths;

/// Rows decoded at a time.
const BATCH_ROWS: usize = 8_192;

/// Reads a data file; `path` is relative to its table.
pub(crate) async fn read_file(
    context: &LakeContext,
    table: Table,
    path: &str,
) -> Result<Bytes, SinkError> {
    let path = paths::data_object(table, path);
    let failed = |source| SinkError::store("read a data file", &path, source);
    let object = context.store.get(&path).await.map_err(failed)?;
    object.bytes().await.map_err(failed)
}

/// Hands out the rows of a file in the table's types; `false` if the file has columns that are
/// not ours.
pub(crate) fn for_each_batch(
    table: Table,
    bytes: Bytes,
    mut take: impl FnMut(RecordBatch) -> Result<(), SinkError>,
) -> Result<bool, SinkError> {
    let failed = SinkError::parquet("read a data file");
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(&failed)?;
    let schema = table.file_schema();
    let theirs = builder.schema().fields();
    let stranger = theirs
        .iter()
        .find(|field| schema.index_of(field.name()).is_err());
    if let Some(field) = stranger {
        tracing::warn!(
            table = table.name(),
            column = field.name(),
            "files with a column of others stay as they are"
        );
        return Ok(false);
    }
    let reader = builder
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(failed)?;
    for rows in reader {
        let rows = rows.map_err(SinkError::arrow("read a data file"))?;
        let columns = schema.fields().iter().map(|field| -> ArrayRef {
            let column = rows.column_by_name(field.name()).cloned();
            // A column that is younger than the file.
            column.unwrap_or_else(|| new_null_array(field.data_type(), rows.num_rows()))
        });
        let columns: Result<Vec<ArrayRef>, _> = columns
            .zip(schema.fields())
            .map(|(column, field)| as_type(&column, field.data_type()))
            .collect();
        let columns = columns.map_err(SinkError::arrow("read a data file"))?;
        let rows = RecordBatch::try_new(Arc::clone(&schema), columns);
        take(rows.map_err(SinkError::arrow("read a data file"))?)?;
    }
    Ok(true)
}

/// The names inside a map may differ from file to file; the values are the same.
pub(crate) fn as_type(column: &ArrayRef, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    if column.data_type() == data_type {
        Ok(Arc::clone(column))
    } else {
        arrow::compute::cast(column, data_type)
    }
}
