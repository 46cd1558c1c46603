//! Whole numbers: differences to the one before, or plain where that would be no shorter.

use arrow::array::{Array, AsArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use parquet::basic::Encoding;
use parquet::file::statistics::{Statistics, ValueStatistics};

use super::{misfit, valid_rows};
use crate::encode::bits::{Width, bits_of, put_deltas};
use crate::error::SinkError;

/// Values that are looked at to see whether differences are short.
const SAMPLE_VALUES: usize = 128;
/// Differences of this many bits and more are no shorter than the numbers.
const WIDE_BITS: u32 = 60;

/// The numbers of a column.
#[derive(Debug)]
pub(crate) struct Numbers {
    width: Width,
    page: Vec<i64>,
    range: Option<(i64, i64)>,
    keeps_range: bool,
}

impl Numbers {
    /// No numbers yet. `keeps_range`: whether statistics are wanted.
    pub(crate) const fn new(width: Width, keeps_range: bool) -> Self {
        Self {
            width,
            page: Vec::new(),
            range: None,
            keeps_range,
        }
    }

    pub(super) fn append(&mut self, array: &dyn Array) -> Result<(), SinkError> {
        let from = self.page.len();
        match array.data_type() {
            DataType::Int64 => self.extend(array, |value: &i64| *value, Int64Type {}),
            DataType::Timestamp(..) => {
                self.extend(array, |value: &i64| *value, TimestampMicrosecondType {})
            }
            DataType::Int32 => self.extend(array, |value: &i32| i64::from(*value), Int32Type {}),
            DataType::Date32 => self.extend(array, |value: &i32| i64::from(*value), Date32Type {}),
            DataType::Decimal128(precision, _) if *precision <= 18 => {
                // A decimal of up to 18 digits fits.
                let narrow = |value: &i128| i64::try_from(*value).unwrap_or(i64::MAX);
                self.extend(array, narrow, Decimal128Type {})
            }
            _ => None,
        }
        .ok_or_else(|| misfit(array, "numbers"))?;
        if self.keeps_range
            && let Some(added) = self.page.get(from..)
            && let (Some(smallest), Some(largest)) = (added.iter().min(), added.iter().max())
        {
            let (low, high) = self.range.unwrap_or((*smallest, *largest));
            self.range = Some((low.min(*smallest), high.max(*largest)));
        }
        Ok(())
    }

    fn extend<T: ArrowPrimitiveType>(
        &mut self,
        array: &dyn Array,
        convert: impl Fn(&T::Native) -> i64,
        _type: T,
    ) -> Option<()> {
        let array: &PrimitiveArray<T> = array.as_primitive_opt()?;
        if array.null_count() == 0 {
            self.page.extend(array.values().iter().map(convert));
        } else if array.null_count() < array.len() {
            let rows = valid_rows(array);
            self.page
                .extend(rows.map(|row| convert(&array.values()[row])));
        }
        Some(())
    }

    pub(super) fn finish_page(&mut self, out: &mut Vec<u8>) -> Encoding {
        let encoding = if self.page.is_empty() || (self.width == Width::Bits64 && self.jumps()) {
            out.extend(self.page.iter().flat_map(|value| value.to_le_bytes()));
            Encoding::PLAIN
        } else {
            put_deltas(out, &self.page, self.width);
            Encoding::DELTA_BINARY_PACKED
        };
        self.page.clear();
        encoding
    }

    /// Whether the numbers, by their beginning, differ too much for differences.
    fn jumps(&self) -> bool {
        let sample = self.page.get(..SAMPLE_VALUES).unwrap_or(&self.page);
        let range = sample.iter().min().zip(sample.iter().max());
        range.is_some_and(|(low, high)| bits_of(high.abs_diff(*low)) >= WIDE_BITS)
    }

    pub(super) fn finish_chunk(&mut self, nulls: u64) -> Option<Statistics> {
        let range = self.range.take();
        if !self.keeps_range {
            return None;
        }
        let (low, high) = range.unzip();
        Some(match self.width {
            Width::Bits64 => {
                let values = ValueStatistics::new(low, high, None, Some(nulls), false);
                Statistics::Int64(values.with_backwards_compatible_min_max(true))
            }
            Width::Bits32 => {
                let narrow = |value: Option<i64>| value.and_then(|value| i32::try_from(value).ok());
                let (low, high) = (narrow(low), narrow(high));
                let values = ValueStatistics::new(low, high, None, Some(nulls), false);
                Statistics::Int32(values.with_backwards_compatible_min_max(true))
            }
        })
    }

    pub(super) fn memory_bytes(&self) -> usize {
        8 * self.page.capacity()
    }
}
