//! Merges the additive parts of windows into one row each.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{Field, Schema};
use arrow::row::{RowConverter, SortField};
use schemas::measure::MEASURES;
use schemas::window_rows::window_schema;

use crate::error::AggregateError;
use crate::event_measures::wrong_column;
use crate::grouped_sums::{GroupedSums, Parts};
use crate::packed_part::{pack, unpack};
use crate::sum_bounds::SumBounds;

/// Merges parts of windows: sums and maxima per window and combination of dimensions.
///
/// Parts do not name their rollup: merge those of one rollup at a time.
///
/// # Shape
/// In: any number of batches of [`schemas::window_rows::window_schema`] (metadata aside). Out:
/// one row per distinct `window_start`, `window_seconds` and dimensions, null being a value of
/// its own, sorted by `window_start`, the dimensions in the order of their columns (null first),
/// then `window_seconds`, so that Parquet statistics prune. Merging again changes nothing.
///
/// # Errors
/// [`AggregateError::Column`] if a batch has other columns, [`AggregateError::SumOverflow`] if a
/// sum might exceed its column, [`AggregateError::Grouping`] or [`AggregateError::Rows`] if the
/// texts of one column exceed 2 GiB.
pub fn merge_window_rows(parts: &[RecordBatch]) -> Result<RecordBatch, AggregateError> {
    let schema = window_schema();
    let key_count = schema.fields().len() - MEASURES.len();
    let keys: Vec<Field> = schema
        .fields()
        .iter()
        .take(key_count)
        .map(|field| field.as_ref().clone())
        .collect();
    let mut sums = GroupedSums::start(&keys, usize::MAX)?;
    let mut bounds = SumBounds::new();
    for part in parts.iter().filter(|part| part.num_rows() > 0) {
        let mut keys = checked_columns(part, &schema)?;
        let measures = keys.split_off(key_count);
        bounds.add(&measures)?;
        let packed = pack(&measures, part.num_rows())?;
        sums.add(Parts { keys, packed })?;
    }
    let Some(Parts { keys, packed }) = sums.finish()?.pop() else {
        return Ok(RecordBatch::new_empty(schema));
    };
    let columns = keys.into_iter().chain(unpack(&packed)?).collect();
    let merged = RecordBatch::try_new(schema, columns).map_err(AggregateError::Rows)?;
    sorted(&merged, key_count)
}

/// The columns of a batch in the order of the schema, which may differ in metadata only.
fn checked_columns(rows: &RecordBatch, schema: &Schema) -> Result<Vec<ArrayRef>, AggregateError> {
    schema
        .fields()
        .iter()
        .map(|field| {
            rows.column_by_name(field.name())
                .filter(|column| column.data_type() == field.data_type())
                .filter(|column| field.is_nullable() || column.null_count() == 0)
                .map(Arc::clone)
                .ok_or_else(|| wrong_column(field.name()))
        })
        .collect()
}

/// Sorts by the first column, then the other keys, the window's width last.
fn sorted(rows: &RecordBatch, key_count: usize) -> Result<RecordBatch, AggregateError> {
    const WIDTH: usize = 1;
    let order = std::iter::once(0)
        .chain(WIDTH + 1..key_count)
        .chain([WIDTH]);
    let keys: Vec<ArrayRef> = order.map(|index| Arc::clone(rows.column(index))).collect();
    let fields = keys
        .iter()
        .map(|key| SortField::new(key.data_type().clone()))
        .collect();
    let keys = RowConverter::new(fields)
        .and_then(|converter| converter.convert_columns(&keys))
        .map_err(AggregateError::Rows)?;
    let mut positions: Vec<u32> = (0..).take(rows.num_rows()).collect();
    positions.sort_unstable_by(|&a, &b| keys.row(a as usize).cmp(&keys.row(b as usize)));
    take_record_batch(rows, &UInt32Array::from(positions)).map_err(AggregateError::Rows)
}
