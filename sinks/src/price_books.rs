//! The price books that priced events of the lake, kept beside its tables.

use object_store::{ObjectStore, PutMode, PutOptions, PutPayload};

use crate::error::SinkError;
use crate::lake::Lake;
use crate::paths;

impl Lake {
    /// Keeps a price book, so that what it priced can be explained later; one that is there
    /// already stays as it is.
    ///
    /// `id` is a hash of the content, so that two books never have one id; `source`: the bytes
    /// from which the book can be read again.
    ///
    /// # Errors
    /// [`SinkError::Store`]; [`SinkError::Compress`] if Zstandard fails.
    pub async fn keep_price_book(&self, id: &str, source: &[u8]) -> Result<(), SinkError> {
        let path = paths::price_book(id);
        let packed = zstd::encode_all(source, zstd::DEFAULT_COMPRESSION_LEVEL)
            .map_err(SinkError::Compress)?;
        let options = PutOptions::from(PutMode::Create);
        let put = self
            .context
            .store
            .put_opts(&path, PutPayload::from(packed), options);
        match put.await {
            Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
            Err(source) => Err(SinkError::store("keep a price book", &path, source)),
        }
    }
}
