//! The price books that priced events of the lake, as writers keep them beside its tables.

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use crate::error::ReaderError;
use crate::lake::LakeReader;

const FOLDER: &str = "price_books";
const SUFFIX: &str = ".json.zst";

/// A price book of the lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPriceBook {
    /// Its whole id: a hash of the content.
    pub id: String,
    /// The bytes from which the book can be read again.
    pub source: Vec<u8>,
}

impl LakeReader {
    /// The price book whose id begins so, such as the 16 digits of the column `price_book`;
    /// `None` if the lake has none.
    ///
    /// # Errors
    /// [`ReaderError::PriceBook`] if the store fails, the book cannot be unpacked, or several
    /// begin so.
    pub async fn price_book(&self, id: &str) -> Result<Option<KeptPriceBook>, ReaderError> {
        let mut ids = self.price_book_ids().await?;
        ids.retain(|known| known.starts_with(id));
        match ids.as_slice() {
            [] => Ok(None),
            [found] => self.read_price_book(found).await.map(Some),
            [..] => Err(unreadable(
                id,
                format!("{} books begin so; give more digits", ids.len()),
            )),
        }
    }

    /// The whole ids of all price books of the lake, in order.
    ///
    /// # Errors
    /// [`ReaderError::PriceBook`] if the store fails.
    pub async fn price_book_ids(&self) -> Result<Vec<String>, ReaderError> {
        let folder = Path::from(FOLDER);
        let listed = self.inner.store.list(Some(&folder)).try_collect().await;
        let objects: Vec<ObjectMeta> = listed.map_err(|error| unreadable("", error.to_string()))?;
        let names = objects
            .iter()
            .filter_map(|object| object.location.filename());
        let ids = names.filter_map(|name| name.strip_suffix(SUFFIX));
        let mut ids: Vec<String> = ids.map(str::to_owned).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    async fn read_price_book(&self, id: &str) -> Result<KeptPriceBook, ReaderError> {
        let path = Path::from(FOLDER).join(format!("{id}{SUFFIX}"));
        let read = async { self.inner.store.get(&path).await?.bytes().await };
        let packed: Bytes = read
            .await
            .map_err(|error: object_store::Error| unreadable(id, error.to_string()))?;
        let source =
            zstd::decode_all(packed.as_ref()).map_err(|error| unreadable(id, error.to_string()))?;
        Ok(KeptPriceBook {
            id: id.to_owned(),
            source,
        })
    }
}

fn unreadable(id: &str, detail: String) -> ReaderError {
    ReaderError::PriceBook {
        id: id.to_owned(),
        detail,
    }
}

#[cfg(test)]
mod tests;
