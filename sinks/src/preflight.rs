//! Whether a store refuses to create an object that exists: without that, commits are not safe.

use std::sync::Arc;

use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use uuid::Uuid;

use crate::error::SinkError;
use crate::paths;

/// Creates one object twice and deletes it.
///
/// # Errors
/// [`SinkError::NoConditionalPut`] if the second creation succeeds, or the store knows no such
/// creation; [`SinkError::Store`] if the store cannot be written at all.
pub(crate) async fn check_conditional_put(
    store: &Arc<dyn ObjectStore>,
    url: &str,
) -> Result<(), SinkError> {
    let path = paths::preflight(Uuid::new_v4());
    let create = || {
        let options = PutOptions::from(PutMode::Create);
        store.put_opts(&path, PutPayload::from_static(b"tokenmeter"), options)
    };
    let refuse = |detail: String| {
        let url = url.to_owned();
        Err(SinkError::NoConditionalPut { url, detail })
    };
    let first = create().await;
    let outcome = match first {
        // The name is new: if the object is there, it is this one, made by a try whose answer was lost.
        Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => match create().await {
            Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
            Ok(_) => refuse("it created one object twice".to_owned()),
            Err(error) => Err(SinkError::store("create an object twice", &path, error)),
        },
        Err(
            error @ (object_store::Error::NotImplemented { .. }
            | object_store::Error::NotSupported { .. }),
        ) => refuse(error.to_string()),
        Err(error) => Err(SinkError::store("create an object", &path, error)),
    };
    if let Err(error) = store.delete(&path).await {
        tracing::warn!(%path, %error, "could not delete the preflight object");
    }
    outcome
}

#[cfg(test)]
mod tests;
