//! Putting data files into the store, several at a time.

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart};

use crate::encode::EncodedFile;
use crate::error::SinkError;
use crate::hook::{CommitPoint, Job};
use crate::lake_context::LakeContext;
use crate::paths;

/// Files larger than this are put in parts, bytes.
const SINGLE_PUT_BYTES_MAX: usize = 32 << 20;
/// Size of a part, bytes.
const PART_BYTES: usize = 16 << 20;
/// Parts of one file under way.
const PARTS_MAX: usize = 4;

/// Puts all files. A file that is there already is replaced by the same bytes, so this may be
/// called again after a failure.
pub(crate) async fn upload(
    context: &LakeContext,
    job: Job,
    files: &[EncodedFile],
) -> Result<(), SinkError> {
    let puts = files.iter().map(|file| async move {
        let path = paths::data_object(file.table, &file.path);
        context.hook.at(job, CommitPoint::BeforeFile(file.table));
        let put = put(context.store.as_ref(), &path, file.bytes.clone()).await;
        put.map_err(|source| SinkError::store("put a data file", &path, source))?;
        context.hook.at(job, CommitPoint::AfterFile(file.table));
        Ok(())
    });
    // Collected, since a stream over borrowing closures would not be `Send`.
    stream::iter(puts.collect::<Vec<_>>())
        .buffer_unordered(context.settings.uploads_max)
        .try_collect()
        .await
}

async fn put(store: &dyn ObjectStore, path: &Path, bytes: Bytes) -> object_store::Result<()> {
    if bytes.len() <= SINGLE_PUT_BYTES_MAX {
        store.put(path, PutPayload::from(bytes)).await?;
        return Ok(());
    }
    let parts = store.put_multipart(path).await?;
    let mut writer = WriteMultipart::new_with_chunk_size(parts, PART_BYTES);
    for start in (0..bytes.len()).step_by(PART_BYTES) {
        writer.wait_for_capacity(PARTS_MAX).await?;
        writer.put(bytes.slice(start..bytes.len().min(start + PART_BYTES)));
    }
    writer.finish().await?;
    Ok(())
}
