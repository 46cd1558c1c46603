//! Rows of a rule's query as labels and values.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type};
use schemas::alerts::amount::{Amount, Unit};
use schemas::money::money_type;

use super::evaluator::QueryRow;
use super::sums::ONE;
use crate::lake::QueryResult;

/// The column with an alert's value.
pub const VALUE_COLUMN: &str = "value";
/// Rows of one query beyond these are no alerts.
pub const QUERY_ROWS_MAX: usize = 1_000;

/// The rows of a query: its texts are labels, its column `value` the value, which is 1 without one.
/// Only the first [`QUERY_ROWS_MAX`] count.
///
/// # Errors
/// What is wrong with the query's columns, in words.
pub fn query_rows(result: &QueryResult) -> Result<Vec<QueryRow>, String> {
    let mut rows = Vec::new();
    for batch in &result.batches {
        let fields = batch.schema();
        let texts = fields.fields().iter().zip(batch.columns());
        let texts =
            texts.filter(|(field, _)| field.name() != VALUE_COLUMN && is_text(field.data_type()));
        let texts: Result<Vec<(String, ArrayRef)>, String> = texts
            .map(|(field, column)| {
                let texts = cast(column, &DataType::Utf8).map_err(|error| error.to_string())?;
                Ok((field.name().clone(), texts))
            })
            .collect();
        let texts = texts?;
        let values = match batch.column_by_name(VALUE_COLUMN) {
            None => None,
            Some(column) => Some(cast(column, &money_type()).map_err(|error| {
                format!("its column {VALUE_COLUMN} is no number with 12 decimal places: {error}")
            })?),
        };
        for row in 0..batch.num_rows() {
            if rows.len() == QUERY_ROWS_MAX {
                return Ok(rows);
            }
            rows.extend(query_row(&texts, values.as_ref(), row));
        }
    }
    Ok(rows)
}

/// A row; `None` if its value is null, as a query says that it found nothing.
fn query_row(
    texts: &[(String, ArrayRef)],
    values: Option<&ArrayRef>,
    row: usize,
) -> Option<QueryRow> {
    let pico = match values {
        None => ONE,
        Some(values) => {
            let values = values.as_primitive_opt::<Decimal128Type>()?;
            values.is_valid(row).then(|| values.value(row))?
        }
    };
    let labels = texts.iter().filter_map(|(name, texts)| {
        let texts = texts.as_string_opt::<i32>()?;
        let is_named = texts.is_valid(row) && !texts.value(row).is_empty();
        is_named.then(|| (name.clone(), texts.value(row).to_owned()))
    });
    Some(QueryRow {
        labels: labels.collect(),
        value: Amount {
            pico,
            unit: Unit::Plain,
        },
    })
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, value) => is_text(value),
        _ => false,
    }
}
