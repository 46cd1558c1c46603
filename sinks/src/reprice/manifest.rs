//! What a reprice has still to commit to `cost_windows`, written down before `events` has it.

use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::error::SinkError;
use crate::lake_context::LakeContext;
use crate::paths;

/// The second commit of a reprice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Manifest {
    /// Which reprice it is: the transaction of both tables.
    pub(crate) number: i64,
    /// Tells it from others that strove for the same number; `events` names it.
    pub(crate) id: i64,
    /// The book that priced, by its short id.
    pub(crate) price_book: String,
    /// The `add` actions of the files with the corrections.
    pub(crate) adds: Vec<String>,
}

impl Manifest {
    /// A manifest with an id of its own.
    pub(crate) fn new(number: i64, price_book: &str, adds: Vec<String>) -> Self {
        Self {
            number,
            id: rand::rng().random_range(0..i64::MAX),
            price_book: price_book.to_owned(),
            adds,
        }
    }

    /// Puts it where whoever comes next finds it.
    pub(crate) async fn put(&self, context: &LakeContext) -> Result<(), SinkError> {
        let path = paths::manifest(self.number, self.id);
        let body = serde_json::to_vec(self).map_err(|error| self.unreadable(error))?;
        let options = PutOptions::from(PutMode::Create);
        let put = context
            .store
            .put_opts(&path, PutPayload::from(body), options);
        match put.await {
            // Nobody else has this id: what exists is our own, put by a request that was repeated.
            Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
            Err(source) => Err(SinkError::store("put a manifest", &path, source)),
        }
    }

    /// Reads the manifest of a reprice that `events` has.
    pub(crate) async fn get(
        context: &LakeContext,
        number: i64,
        id: i64,
    ) -> Result<Self, SinkError> {
        let path = paths::manifest(number, id);
        let failed = |source| SinkError::store("read a manifest", &path, source);
        let object = context.store.get(&path).await.map_err(failed)?;
        let bytes = object.bytes().await.map_err(failed)?;
        serde_json::from_slice(&bytes).map_err(|error| SinkError::UnreadableManifest {
            path: path.to_string(),
            detail: error.to_string(),
        })
    }

    fn unreadable(&self, error: serde_json::Error) -> SinkError {
        SinkError::UnreadableManifest {
            path: paths::manifest(self.number, self.id).to_string(),
            detail: error.to_string(),
        }
    }
}
