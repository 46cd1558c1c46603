//! Columns of rows that were read, in the types in which they are handed on.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use schemas::priced::priced_schema;
use schemas::table::Table;

use crate::error::ReaderError;

/// Brings rows of `events` into the shape in which stages hand them on.
pub(crate) fn as_priced(batch: &RecordBatch) -> Result<RecordBatch, ReaderError> {
    let schema = priced_schema();
    let columns = schema
        .fields()
        .iter()
        .map(|field| column_as(batch, Table::Events, field.name(), field.data_type()));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(schema, columns).map_err(|error| ReaderError::Column {
        table: Table::Events.name(),
        column: "one that every event has".to_owned(),
        detail: error.to_string(),
    })
}

/// One column of some rows, cast if its type is another.
pub(crate) fn column_as(
    batch: &RecordBatch,
    table: Table,
    name: &str,
    data_type: &DataType,
) -> Result<ArrayRef, ReaderError> {
    let unfit = |detail: String| ReaderError::Column {
        table: table.name(),
        column: name.to_owned(),
        detail,
    };
    let column = batch
        .column_by_name(name)
        .ok_or_else(|| unfit("it is missing".to_owned()))?;
    if column.data_type() == data_type {
        return Ok(Arc::clone(column));
    }
    cast(column, data_type).map_err(|error| unfit(error.to_string()))
}
