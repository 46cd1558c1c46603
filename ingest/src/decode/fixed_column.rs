//! Columns of values of a fixed width: whole numbers, decimals, instants.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use super::gaps::Gaps;

/// Rows of one value; a row that is passed over is null.
#[derive(Debug)]
pub(crate) struct FixedColumn<T: ArrowPrimitiveType> {
    values: Vec<T::Native>,
    gaps: Gaps,
}

impl<T: ArrowPrimitiveType> FixedColumn<T> {
    pub(crate) fn new() -> Self {
        Self {
            values: Vec::new(),
            gaps: Gaps::new(),
        }
    }

    /// Sets the value of a row behind all that have one.
    #[inline]
    pub(crate) fn set(&mut self, row: usize, value: T::Native) {
        self.pad(row);
        self.values.push(value);
    }

    #[inline]
    fn pad(&mut self, rows: usize) {
        let missing = rows.saturating_sub(self.values.len());
        if missing > 0 {
            self.gaps.add(self.values.len(), missing);
            self.values.resize(rows, T::default_value());
        }
    }

    /// The column of that many rows, as the given type; the next batch begins.
    pub(crate) fn finish(
        &mut self,
        rows: usize,
        data_type: &DataType,
    ) -> Result<ArrayRef, ArrowError> {
        self.pad(rows);
        // The next batch is likely to be as long.
        let values = std::mem::replace(&mut self.values, Vec::with_capacity(rows));
        let array =
            PrimitiveArray::<T>::try_new(ScalarBuffer::from(values), self.gaps.finish(rows))?;
        if !PrimitiveArray::<T>::is_compatible(data_type) {
            return Err(ArrowError::SchemaError(format!(
                "{data_type} is no type of this column"
            )));
        }
        Ok(Arc::new(array.with_data_type(data_type.clone())))
    }
}
