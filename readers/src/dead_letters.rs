//! Alerts that a receiver will not get, as writers keep them beside the tables.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use schemas::time::{parse_rfc3339_us, timestamp_type};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::ReaderError;

const FOLDER: &str = "alert_dead_letters";

/// A dead letter as it is kept.
#[derive(Debug, Deserialize)]
pub(crate) struct DeadLetter {
    receiver: String,
    number: i64,
    alert_id: String,
    change_number: i64,
    rule: String,
    state: String,
    reason: String,
    given_up_at: String,
    payload: Box<RawValue>,
}

/// The columns of the view.
pub(crate) fn dead_letters_schema() -> SchemaRef {
    let text = |name| Field::new(name, DataType::Utf8, false);
    let count = |name| Field::new(name, DataType::Int64, false);
    Arc::new(Schema::new(vec![
        text("receiver"),
        count("number"),
        text("alert_id"),
        count("change_number"),
        text("rule"),
        text("state"),
        text("reason"),
        Field::new("given_up_at", timestamp_type(), true),
        text("payload"),
    ]))
}

/// Dead letters as rows.
///
/// # Errors
/// None that letters can cause; they are Arrow's.
pub(crate) fn dead_letters_batch(letters: &[DeadLetter]) -> Result<RecordBatch, ArrowError> {
    let text = |of: fn(&DeadLetter) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(letters.iter().map(of)))
    };
    let count = |of: fn(&DeadLetter) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(letters.iter().map(of)))
    };
    let given_up = letters.iter().map(|one| parse_rfc3339_us(&one.given_up_at));
    let given_up = TimestampMicrosecondArray::from_iter(given_up).with_timezone("UTC");
    let columns = vec![
        text(|one| &one.receiver),
        count(|one| one.number),
        text(|one| &one.alert_id),
        count(|one| one.change_number),
        text(|one| &one.rule),
        text(|one| &one.state),
        text(|one| &one.reason),
        Arc::new(given_up),
        text(|one| one.payload.get()),
    ];
    RecordBatch::try_new(dead_letters_schema(), columns)
}

/// All dead letters of a lake, by receiver and number.
///
/// # Errors
/// [`ReaderError::DeadLetter`] if the store fails or a letter is damaged.
pub(crate) async fn read_dead_letters(
    store: &Arc<dyn ObjectStore>,
) -> Result<Vec<DeadLetter>, ReaderError> {
    let folder = Path::from(FOLDER);
    let listed = store.list(Some(&folder)).try_collect().await;
    let mut objects: Vec<ObjectMeta> = listed.map_err(|error| unreadable(&folder, &error))?;
    objects.sort_by(|one, other| one.location.cmp(&other.location));
    let mut letters = Vec::with_capacity(objects.len());
    for object in objects {
        let path = object.location;
        let read = async { store.get(&path).await?.bytes().await };
        let bytes = read.await.map_err(|error| unreadable(&path, &error))?;
        let letter = serde_json::from_slice(&bytes);
        letters.push(letter.map_err(|error| unreadable(&path, &error))?);
    }
    Ok(letters)
}

fn unreadable(path: &Path, error: &dyn std::error::Error) -> ReaderError {
    ReaderError::DeadLetter {
        path: path.to_string(),
        detail: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
