//! What each event of a batch contributes to the measures: the event as a part of its window.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::{DataType, Decimal128Type, Int32Type, Int64Type};
use schemas::measure::{Contribution, MEASURES};

use crate::error::AggregateError;

/// The first attempt is no retry.
const FIRST_ATTEMPT: i64 = 1;

/// Turns events into columns of measures, each row a part that stands for one event.
#[derive(Debug, Default)]
pub(crate) struct EventMeasures {
    /// Columns that most batches share: all zero, all one. As long as the longest batch so far.
    zeros: ScalarBuffer<i64>,
    ones: ScalarBuffer<i64>,
}

impl EventMeasures {
    /// The columns of [`MEASURES`], in their order and types, one row per event.
    pub(crate) fn columns(
        &mut self,
        priced: &RecordBatch,
    ) -> Result<Vec<ArrayRef>, AggregateError> {
        self.grow(priced.num_rows());
        MEASURES
            .iter()
            .map(|measure| match measure.contribution {
                Contribution::Call => Ok(constant(&self.ones, priced.num_rows())),
                Contribution::CallIf { column, value } => self.calls_if(priced, column, value),
                Contribution::Retry => self.retries(priced),
                Contribution::Value(column) => {
                    value_column(priced, column, &measure.column.column_type.table_type())
                }
            })
            .collect()
    }

    /// Bytes held.
    pub(crate) fn memory_bytes(&self) -> usize {
        (self.zeros.len() + self.ones.len()) * size_of::<i64>()
    }

    fn grow(&mut self, rows: usize) {
        if self.zeros.len() < rows {
            self.zeros = vec![0; rows].into();
            self.ones = vec![1; rows].into();
        }
    }

    fn calls_if(
        &self,
        priced: &RecordBatch,
        column: &str,
        wanted: &str,
    ) -> Result<ArrayRef, AggregateError> {
        let labels = named(priced, column)?
            .as_dictionary_opt::<Int32Type>()
            .ok_or_else(|| wrong_column(column))?;
        let values = labels
            .values()
            .as_string_opt::<i32>()
            .ok_or_else(|| wrong_column(column))?;
        let counts: Vec<i64> = values
            .iter()
            .map(|value| i64::from(value == Some(wanted)))
            .collect();
        if counts.iter().all(|&count| count == 0) {
            return Ok(constant(&self.zeros, priced.num_rows()));
        }
        let contributions = labels.keys().iter().map(|key| {
            key.and_then(|key| usize::try_from(key).ok())
                .and_then(|key| counts.get(key).copied())
                .unwrap_or(0)
        });
        Ok(Arc::new(Int64Array::from_iter_values(contributions)))
    }

    fn retries(&self, priced: &RecordBatch) -> Result<ArrayRef, AggregateError> {
        const COLUMN: &str = "attempt";
        let attempts = named(priced, COLUMN)?
            .as_primitive_opt::<Int64Type>()
            .ok_or_else(|| wrong_column(COLUMN))?;
        if attempts.null_count() == attempts.len() {
            return Ok(constant(&self.zeros, priced.num_rows()));
        }
        let contributions = attempts
            .iter()
            .map(|attempt| i64::from(attempt.is_some_and(|attempt| attempt > FIRST_ATTEMPT)));
        Ok(Arc::new(Int64Array::from_iter_values(contributions)))
    }
}

/// The column of a batch with this name.
pub(crate) fn named<'a>(
    batch: &'a RecordBatch,
    column: &str,
) -> Result<&'a ArrayRef, AggregateError> {
    batch
        .column_by_name(column)
        .ok_or_else(|| wrong_column(column))
}

/// The error for a column that is missing or of another type.
pub(crate) fn wrong_column(column: &str) -> AggregateError {
    AggregateError::Column {
        column: column.to_owned(),
    }
}

fn constant(values: &ScalarBuffer<i64>, rows: usize) -> ArrayRef {
    Arc::new(Int64Array::new(values.slice(0, rows), None))
}

/// The event's own column, under the measure's type: a decimal may get more digits before its
/// point, which changes no value.
fn value_column(
    priced: &RecordBatch,
    column: &str,
    measure_type: &DataType,
) -> Result<ArrayRef, AggregateError> {
    let values = named(priced, column)?;
    match (values.data_type(), measure_type) {
        (have, want) if have == want => Ok(Arc::clone(values)),
        (DataType::Decimal128(digits, scale), DataType::Decimal128(digits_max, scale_wanted))
            if digits <= digits_max && scale == scale_wanted =>
        {
            let widened = values
                .as_primitive::<Decimal128Type>()
                .clone()
                .with_precision_and_scale(*digits_max, *scale)
                .map_err(AggregateError::Rows)?;
            Ok(Arc::new(widened))
        }
        _ => Err(wrong_column(column)),
    }
}
