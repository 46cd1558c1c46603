//! Proves that no sum of an epoch can wrap, at the cost of one pass without branches.

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Decimal128Type, Int64Type};
use schemas::measure::{MEASURES, Merge};

use crate::error::AggregateError;

/// The largest magnitude of a whole-number sum.
const COUNT_SUM_MAX: u128 = i64::MAX as u128;
/// The largest magnitude of a decimal sum: 38 digits.
const DECIMAL_SUM_MAX: u128 = 10_u128.pow(38) - 1;

/// The bounds of all [`MEASURES`], over whatever has been given to them since the last reset.
#[derive(Debug)]
pub(crate) struct SumBounds {
    bounds: Vec<SumBound>,
}

impl SumBounds {
    /// Nothing given yet.
    pub(crate) fn new() -> Self {
        Self {
            bounds: vec![SumBound::default(); MEASURES.len()],
        }
    }

    /// Counts the columns of [`MEASURES`] of a batch in.
    pub(crate) fn add(&mut self, measures: &[ArrayRef]) -> Result<(), AggregateError> {
        for ((measure, values), bound) in MEASURES.iter().zip(measures).zip(&mut self.bounds) {
            if measure.merge == Merge::Sum {
                bound.add(values).map_err(|_| AggregateError::SumOverflow {
                    measure: measure.column.name,
                })?;
            }
        }
        Ok(())
    }

    /// Forgets what was given.
    pub(crate) fn reset(&mut self) {
        self.bounds.fill(SumBound::default());
    }
}

/// An upper bound of the sum of magnitudes that one measure has been given.
///
/// DataFusion's sums wrap silently; where this bound stays within the column's range, no group's
/// sum can have wrapped, whatever the order of addition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct SumBound {
    magnitude: u128,
}

/// The sum might exceed the range of its column.
#[derive(Debug, PartialEq, Eq)]
struct SumTooLarge;

impl SumBound {
    /// Counts the values of a batch in.
    fn add(&mut self, values: &ArrayRef) -> Result<(), SumTooLarge> {
        let (batch, limit) = match values.data_type() {
            DataType::Int64 => {
                let values = values.as_primitive::<Int64Type>();
                let bits = values
                    .values()
                    .iter()
                    .fold(0, |bits, v| bits | (v ^ (v >> 63)));
                let rough = rough_bound(u128::from(bits.unsigned_abs()), values.len());
                (self.choose(rough, COUNT_SUM_MAX, values), COUNT_SUM_MAX)
            }
            DataType::Decimal128(..) => {
                let values = values.as_primitive::<Decimal128Type>();
                let bits = values
                    .values()
                    .iter()
                    .fold(0, |bits, v| bits | (v ^ (v >> 127)));
                let rough = rough_bound(bits.unsigned_abs(), values.len());
                (self.choose(rough, DECIMAL_SUM_MAX, values), DECIMAL_SUM_MAX)
            }
            _ => (u128::MAX, 0),
        };
        self.magnitude = self.magnitude.saturating_add(batch);
        if self.magnitude > limit {
            return Err(SumTooLarge);
        }
        Ok(())
    }

    /// The rough bound where it is harmless, else the exact sum of magnitudes.
    ///
    /// The rough one may exceed the exact one by the number of rows, and also counts what stands
    /// in the slots of nulls; a share of the limit this small leaves room for a million batches.
    fn choose<T>(&self, rough: u128, limit: u128, values: &PrimitiveArray<T>) -> u128
    where
        T: ArrowPrimitiveType,
        T::Native: Into<i128>,
    {
        if rough <= limit >> 20 {
            return rough;
        }
        values.iter().flatten().fold(0, |sum: u128, value| {
            sum.saturating_add(value.into().unsigned_abs())
        })
    }
}

/// No magnitude exceeds all bits that occur below the highest one, plus one.
fn rough_bound(bits: u128, rows: usize) -> u128 {
    let magnitude_max = 1_u128
        .checked_shl(u128::BITS - bits.leading_zeros())
        .unwrap_or(u128::MAX);
    magnitude_max.saturating_mul(rows as u128)
}

#[cfg(test)]
mod tests;
