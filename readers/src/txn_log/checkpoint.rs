//! Reads the `txn` column of a checkpoint, and of the file only what that column takes.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::{AsyncFileReader, ParquetRecordBatchStreamBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use super::Txns;

/// Why a checkpoint cannot be read.
pub(super) enum CheckpointError {
    /// The storage failed.
    Storage(object_store::Error),
    /// The file is not what the protocol says it is.
    Content(String),
}

impl From<ParquetError> for CheckpointError {
    fn from(error: ParquetError) -> Self {
        match error {
            ParquetError::External(source) => match source.downcast::<object_store::Error>() {
                Ok(error) => Self::Storage(*error),
                Err(other) => Self::Content(other.to_string()),
            },
            other => Self::Content(other.to_string()),
        }
    }
}

/// Adds what one file of a checkpoint says to `txns`.
pub(super) async fn read_checkpoint_part(
    store: &Arc<dyn ObjectStore>,
    part: &ObjectMeta,
    txns: &mut Txns,
) -> Result<(), CheckpointError> {
    let file = CheckpointFile {
        store: Arc::clone(store),
        path: part.location.clone(),
        bytes: part.size,
    };
    let builder = ParquetRecordBatchStreamBuilder::new(file).await?;
    let projection = ProjectionMask::columns(builder.parquet_schema(), ["txn"]);
    let mut batches = builder.with_projection(projection).build()?;
    while let Some(batch) = batches.try_next().await? {
        let collected = collect_txns(&batch, txns);
        collected.ok_or_else(|| {
            CheckpointError::Content("its column `txn` is not as the protocol has it".to_owned())
        })?;
    }
    Ok(())
}

/// Adds a batch's actions; `None` if the column has another shape.
fn collect_txns(batch: &RecordBatch, txns: &mut Txns) -> Option<()> {
    // A part of a checkpoint may hold no transaction, and then leave the column out.
    let Some(column) = batch.column_by_name("txn") else {
        return Some(());
    };
    let actions = column.as_struct_opt()?;
    let app_ids = cast(actions.column_by_name("appId")?, &DataType::Utf8).ok()?;
    let app_ids = app_ids.as_string_opt::<i32>()?;
    let versions = actions.column_by_name("version")?;
    let versions = versions.as_primitive_opt::<Int64Type>()?;
    for row in (0..actions.len()).filter(|&row| actions.is_valid(row) && app_ids.is_valid(row)) {
        let app_id = app_ids.value(row).to_owned();
        txns.by_app_id.insert(app_id, versions.value(row));
    }
    Some(())
}

/// A file of the store, read by ranges.
struct CheckpointFile {
    store: Arc<dyn ObjectStore>,
    path: Path,
    bytes: u64,
}

impl AsyncFileReader for CheckpointFile {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes, ParquetError>> {
        let range = self.store.get_range(&self.path, range);
        range.map(|bytes| bytes.map_err(external)).boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, Result<Vec<Bytes>, ParquetError>> {
        async move {
            let parts = self.store.get_ranges(&self.path, &ranges).await;
            parts.map_err(external)
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>, ParquetError>> {
        async move {
            let bytes = self.bytes;
            let reader = ParquetMetaDataReader::new().with_arrow_reader_options(options);
            reader.load_and_finish(self, bytes).await.map(Arc::new)
        }
        .boxed()
    }
}

fn external(error: object_store::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}
