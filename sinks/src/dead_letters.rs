//! Alerts that a receiver will not get, kept beside the tables.

use object_store::{ObjectStoreExt, PutPayload};

use crate::error::SinkError;
use crate::lake::Lake;
use crate::paths;

impl Lake {
    /// Keeps a dead letter: one object for each receiver and change, so that one which is given up
    /// again after a crash is there once.
    ///
    /// `number`: the change's in the table `alerts`; `letter`: a JSON object.
    ///
    /// # Errors
    /// [`SinkError::Store`]; it may be called again.
    pub async fn keep_dead_letter(
        &self,
        receiver: &str,
        number: i64,
        letter: String,
    ) -> Result<(), SinkError> {
        let path = paths::dead_letter(receiver, number);
        let put = self.context.store.put(&path, PutPayload::from(letter));
        put.await
            .map(drop)
            .map_err(|source| SinkError::store("keep a dead letter", &path, source))
    }
}
