//! All measures of one part of a window side by side, so that merging a part touches one place.
//!
//! A part is [`PART_BYTES`] long: the whole numbers of [`MEASURES`] with 8 bytes each, then its
//! decimals with 16, then 4 bytes with a bit per measure that has a value; all little-endian. A
//! measure without a value is zero, so a part of zeros changes nothing.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, FixedSizeBinaryArray, Int64Array};
use arrow::buffer::{Buffer, NullBuffer};
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use arrow::error::ArrowError;
use schemas::column::ColumnType;
use schemas::measure::{MEASURES, Merge};

use crate::error::AggregateError;
use crate::event_measures::wrong_column;

const COUNT_BYTES: usize = size_of::<i64>();
const DECIMAL_BYTES: usize = size_of::<i128>();
const COUNTS: usize = counts_before(MEASURES.len());
const DECIMALS: usize = MEASURES.len() - COUNTS;
const DECIMALS_AT: usize = COUNTS * COUNT_BYTES;
const PRESENT_AT: usize = DECIMALS_AT + DECIMALS * DECIMAL_BYTES;
const DECIMAL_MERGES: [Merge; DECIMALS] = decimal_merges();

/// Bytes of a part.
pub(crate) const PART_BYTES: usize = PRESENT_AT + size_of::<u32>();
#[expect(
    clippy::cast_possible_truncation,
    reason = "a part has a few hundred bytes"
)]
const PART_WIDTH: i32 = PART_BYTES as i32;
/// The type of an array of parts.
pub(crate) const PART_TYPE: DataType = DataType::FixedSizeBinary(PART_WIDTH);

/// Parts packed at a time: few enough that all their columns stay in the nearest cache.
const BLOCK_PARTS: usize = 64;

const _: () = assert!(
    MEASURES.len() <= u32::BITS as usize,
    "a bit for each measure"
);

const fn is_count(measure: usize) -> bool {
    matches!(MEASURES[measure].column.column_type, ColumnType::Count)
}

const fn counts_before(end: usize) -> usize {
    let mut counts = 0;
    let mut measure = 0;
    while measure < end {
        counts += is_count(measure) as usize;
        measure += 1;
    }
    counts
}

const fn decimal_merges() -> [Merge; DECIMALS] {
    let mut merges = [Merge::Sum; DECIMALS];
    let mut measure = 0;
    while measure < MEASURES.len() {
        let merge = MEASURES[measure].merge;
        if is_count(measure) {
            assert!(matches!(merge, Merge::Sum), "whole numbers are only summed");
        } else {
            merges[measure - counts_before(measure)] = merge;
        }
        measure += 1;
    }
    merges
}

/// Where a measure stands in a part.
const fn place(measure: usize) -> usize {
    let counts = counts_before(measure);
    if is_count(measure) {
        counts * COUNT_BYTES
    } else {
        DECIMALS_AT + (measure - counts) * DECIMAL_BYTES
    }
}

/// Merges `part` into `into`: sums that wrap, which [`crate::sum_bounds`] rules out, and maxima.
#[inline]
pub(crate) fn merge(into: &mut [u8; PART_BYTES], part: &[u8; PART_BYTES]) {
    let (into_counts, into_rest) = into.split_at_mut(DECIMALS_AT);
    let (part_counts, part_rest) = part.split_at(DECIMALS_AT);
    let (sums, _) = into_counts.as_chunks_mut::<COUNT_BYTES>();
    let (counts, _) = part_counts.as_chunks::<COUNT_BYTES>();
    for (sum, count) in sums.iter_mut().zip(counts) {
        *sum = i64::from_le_bytes(*sum)
            .wrapping_add(i64::from_le_bytes(*count))
            .to_le_bytes();
    }
    let (into_decimals, into_present) = into_rest.split_at_mut(DECIMALS * DECIMAL_BYTES);
    let (part_decimals, part_present) = part_rest.split_at(DECIMALS * DECIMAL_BYTES);
    let had = present(into_present);
    let has = present(part_present);
    let (sums, _) = into_decimals.as_chunks_mut::<DECIMAL_BYTES>();
    let (decimals, _) = part_decimals.as_chunks::<DECIMAL_BYTES>();
    for place in 0..DECIMALS {
        let (old, new) = (
            i128::from_le_bytes(sums[place]),
            i128::from_le_bytes(decimals[place]),
        );
        let merged = match DECIMAL_MERGES[place] {
            Merge::Sum => old.wrapping_add(new),
            Merge::Max => larger(old, new, had, has, DECIMAL_BITS[place]),
        };
        sums[place] = merged.to_le_bytes();
    }
    into_present.copy_from_slice(&(had | has).to_le_bytes());
}

/// The bit of each decimal among those of all measures.
const DECIMAL_BITS: [u32; DECIMALS] = {
    let mut bits = [0; DECIMALS];
    let mut measure = 0;
    while measure < MEASURES.len() {
        if !is_count(measure) {
            bits[measure - counts_before(measure)] = 1 << measure;
        }
        measure += 1;
    }
    bits
};

/// The larger of two values of which either may be missing.
#[inline]
fn larger(old: i128, new: i128, had: u32, has: u32, bit: u32) -> i128 {
    if has & bit == 0 || (had & bit != 0 && old >= new) {
        old
    } else {
        new
    }
}

#[inline]
fn present(bytes: &[u8]) -> u32 {
    bytes
        .first_chunk()
        .map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// One measure of many parts.
enum Values<'a> {
    Counts(&'a [i64], Option<&'a NullBuffer>),
    Decimals(&'a [i128], Option<&'a NullBuffer>),
}

impl<'a> Values<'a> {
    fn of(measure: usize, column: &'a ArrayRef) -> Option<Self> {
        if is_count(measure) {
            let column = column.as_primitive_opt::<Int64Type>()?;
            Some(Self::Counts(column.values(), column.nulls()))
        } else {
            let column = column.as_primitive_opt::<Decimal128Type>()?;
            Some(Self::Decimals(column.values(), column.nulls()))
        }
    }

    /// Writes the measure of the parts from `start` on into `block`.
    fn write(&self, measure: usize, start: usize, block: &mut [[u8; PART_BYTES]]) {
        let bit = 1 << measure;
        match self {
            Self::Counts(values, nulls) => {
                let values = values[start..].iter().map(|value| value.to_le_bytes());
                write_all(values, *nulls, start, (place(measure), bit), block);
            }
            Self::Decimals(values, nulls) => {
                let values = values[start..].iter().map(|value| value.to_le_bytes());
                write_all(values, *nulls, start, (place(measure), bit), block);
            }
        }
    }
}

#[inline(always)]
fn write_all<const BYTES: usize>(
    values: impl Iterator<Item = [u8; BYTES]>,
    nulls: Option<&NullBuffer>,
    start: usize,
    (place, bit): (usize, u32),
    block: &mut [[u8; PART_BYTES]],
) {
    for (row, (part, value)) in block.iter_mut().zip(values).enumerate() {
        let is_present = nulls.is_none_or(|nulls| nulls.is_valid(start + row));
        let value = if is_present { value } else { [0; BYTES] };
        part[place..place + BYTES].copy_from_slice(&value);
        let present = present(&part[PRESENT_AT..]) | if is_present { bit } else { 0 };
        part[PRESENT_AT..].copy_from_slice(&present.to_le_bytes());
    }
}

/// Packs the columns of [`MEASURES`] into one part a row.
///
/// # Errors
/// [`AggregateError::Column`] if a column has another type than its measure.
pub(crate) fn pack(columns: &[ArrayRef], rows: usize) -> Result<ArrayRef, AggregateError> {
    let values: Vec<Values<'_>> = columns
        .iter()
        .enumerate()
        .map(|(measure, column)| {
            Values::of(measure, column).ok_or_else(|| wrong_column(MEASURES[measure].column.name))
        })
        .collect::<Result<_, _>>()?;
    let mut packed = Vec::with_capacity(rows * PART_BYTES);
    for start in (0..rows).step_by(BLOCK_PARTS) {
        let mut block = [[0; PART_BYTES]; BLOCK_PARTS];
        let block = &mut block[..BLOCK_PARTS.min(rows - start)];
        for (measure, values) in values.iter().enumerate() {
            values.write(measure, start, block);
        }
        packed.extend_from_slice(block.as_flattened());
    }
    part_array(packed).map_err(AggregateError::Rows)
}

/// Parts that stand one behind the other, as an array.
pub(crate) fn part_array(packed: Vec<u8>) -> Result<ArrayRef, ArrowError> {
    let array = FixedSizeBinaryArray::try_new(PART_WIDTH, Buffer::from_vec(packed), None)?;
    Ok(Arc::new(array))
}

/// Parts of an array that [`pack`] or [`part_array`] made; `None` if it is another one.
pub(crate) fn parts_of(array: &dyn Array) -> Option<&[[u8; PART_BYTES]]> {
    let array = array.as_fixed_size_binary_opt()?;
    let (parts, rest) = array.value_data().as_chunks();
    (rest.is_empty() && parts.len() == array.len()).then_some(parts)
}

/// The columns of [`MEASURES`], in the lake's types, a row for each part.
///
/// # Errors
/// [`AggregateError::Column`] if the array holds no parts, [`AggregateError::Rows`] if a decimal
/// has more digits than its column.
pub(crate) fn unpack(packed: &ArrayRef) -> Result<Vec<ArrayRef>, AggregateError> {
    let parts = parts_of(packed).ok_or_else(|| wrong_column("parts"))?;
    (0..MEASURES.len())
        .map(|measure| unpack_measure(measure, parts).map_err(AggregateError::Rows))
        .collect()
}

fn unpack_measure(measure: usize, parts: &[[u8; PART_BYTES]]) -> Result<ArrayRef, ArrowError> {
    let bit = 1 << measure;
    let column = &MEASURES[measure].column;
    let nulls = column.nullable.then(|| {
        NullBuffer::from_iter(
            parts
                .iter()
                .map(|part| present(&part[PRESENT_AT..]) & bit != 0),
        )
    });
    let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
    let place = place(measure);
    if is_count(measure) {
        let values = parts
            .iter()
            .map(|part| i64::from_le_bytes(bytes_at(part, place)));
        let values: Vec<i64> = values.collect();
        return Ok(Arc::new(Int64Array::try_new(values.into(), nulls)?));
    }
    let values = parts
        .iter()
        .map(|part| i128::from_le_bytes(bytes_at(part, place)));
    let values: Vec<i128> = values.collect();
    let table_type = column.column_type.table_type();
    let DataType::Decimal128(digits, scale) = table_type else {
        return Err(ArrowError::SchemaError(format!(
            "{} is neither a whole number nor a decimal",
            column.name
        )));
    };
    let decimals = Decimal128Array::try_new(values.into(), nulls)?;
    Ok(Arc::new(decimals.with_precision_and_scale(digits, scale)?))
}

#[inline]
fn bytes_at<const BYTES: usize>(part: &[u8; PART_BYTES], place: usize) -> [u8; BYTES] {
    part[place..].first_chunk().copied().unwrap_or([0; BYTES])
}

#[cfg(test)]
mod tests;
