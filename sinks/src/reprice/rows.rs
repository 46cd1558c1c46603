//! A batch of stored rows, priced anew: which rows differ, and what they look like then.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::kernels::cmp::distinct;
use arrow::compute::{filter_record_batch, interleave, or};
use arrow::error::ArrowError;
use schemas::measure::{Contribution, MEASURES};
use schemas::priced::{PRICE_COLUMNS, priced_schema};

use super::Repricer;
use super::difference::RepriceDifference;
use super::selection::RepriceSelection;
use crate::error::SinkError;
use crate::stored_rows::as_type;

/// What becomes of a batch.
#[derive(Debug, Default)]
pub(super) struct RepricedRows {
    /// The same rows in the same order, the selected ones with new values in [`PRICE_COLUMNS`], all
    /// else untouched; `None` if no row changes.
    pub(super) rows: Option<RecordBatch>,
    /// Of these the rows whose windows change, as they are stored and priced anew: rows of
    /// [`priced_schema`]; `None` if there are none.
    pub(super) corrected: Option<(RecordBatch, RecordBatch)>,
}

/// Prices the selected rows of a batch anew.
///
/// # Shape
/// `stored`: rows of the files of `events`.
pub(super) fn reprice_rows(
    stored: &RecordBatch,
    selection: &RepriceSelection,
    repricer: &mut dyn Repricer,
    difference: &mut RepriceDifference,
) -> Result<RepricedRows, SinkError> {
    let mask = selection.mask(stored)?;
    if mask.true_count() == 0 {
        return Ok(RepricedRows::default());
    }
    let failed = SinkError::arrow("price stored events");
    let selected = filter_record_batch(stored, &mask).map_err(&failed)?;
    let old = as_priced(&selected).map_err(&failed)?;
    let new = repricer.price(&old).map_err(SinkError::Reprice)?;
    if new.num_rows() != old.num_rows() || new.schema() != priced_schema() {
        let detail = "repriced events are not the rows that were stored".to_owned();
        return Err(SinkError::Accounting { detail });
    }
    let repriced = with_prices(&selected, &new).map_err(&failed)?;
    let changed = differing(&selected, &repriced, measures_depend_on).map_err(&failed)?;
    let rewritten = differing(&selected, &repriced, |_| true).map_err(&failed)?;
    difference.add_rows(&selected, &repriced, &changed)?;
    difference.rows_rewritten += rewritten.true_count() as u64;
    let filtered = |rows| filter_record_batch(rows, &changed).map_err(&failed);
    Ok(RepricedRows {
        rows: match rewritten.true_count() {
            0 => None,
            _ => Some(merged(stored, &repriced, &mask).map_err(&failed)?),
        },
        corrected: match changed.true_count() {
            0 => None,
            _ => Some((filtered(&old)?, filtered(&new)?)),
        },
    })
}

/// Whether some measure of the windows is made of this price column.
fn measures_depend_on(name: &str) -> bool {
    MEASURES.iter().any(|measure| match measure.contribution {
        Contribution::Value(column) | Contribution::CallIf { column, .. } => column == name,
        Contribution::Call | Contribution::Retry => false,
    })
}

/// Rows of the files as stages hand them on.
fn as_priced(rows: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = priced_schema();
    let columns = schema.fields().iter().map(|field| {
        let column = rows.column(rows.schema().index_of(field.name())?);
        as_type(column, field.data_type())
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(schema, columns)
}

/// Rows of the files with the prices of the same rows priced anew.
fn with_prices(rows: &RecordBatch, priced: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = rows.schema();
    let mut columns = rows.columns().to_vec();
    for column in PRICE_COLUMNS {
        let at = schema.index_of(column.name)?;
        let new = priced.column(priced.schema().index_of(column.name)?);
        columns[at] = as_type(new, schema.field(at).data_type())?;
    }
    RecordBatch::try_new(schema, columns)
}

/// Which rows differ in one of the price columns that are asked for; null is a value of its own.
fn differing(
    old: &RecordBatch,
    new: &RecordBatch,
    is_asked_for: impl Fn(&str) -> bool,
) -> Result<BooleanArray, ArrowError> {
    let mut differing = BooleanArray::from(vec![false; old.num_rows()]);
    for column in PRICE_COLUMNS {
        if is_asked_for(column.name) {
            let at = old.schema().index_of(column.name)?;
            let differs = distinct(old.column(at), new.column(at))?;
            differing = or(&differing, &differs)?;
        }
    }
    Ok(differing)
}

/// All stored rows, those of the mask replaced by the repriced ones.
fn merged(
    stored: &RecordBatch,
    repriced: &RecordBatch,
    mask: &BooleanArray,
) -> Result<RecordBatch, ArrowError> {
    let mut next = 0;
    let places: Vec<(usize, usize)> = mask
        .values()
        .iter()
        .enumerate()
        .map(|(row, is_selected)| {
            if !is_selected {
                return (0, row);
            }
            next += 1;
            (1, next - 1)
        })
        .collect();
    let schema = stored.schema();
    let mut columns = stored.columns().to_vec();
    for column in PRICE_COLUMNS {
        let at = schema.index_of(column.name)?;
        let both: [&dyn Array; 2] = [stored.column(at), repriced.column(at)];
        columns[at] = interleave(&both, &places)?;
    }
    let columns: Vec<ArrayRef> = columns;
    RecordBatch::try_new(Arc::clone(&schema), columns)
}

#[cfg(test)]
mod tests;
