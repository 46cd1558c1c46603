//! One column of a file: its values and levels, page by page, row group by row group.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanBufferBuilder, MapArray};
use arrow::datatypes::{DataType, Field};
use bytes::Bytes;
use parquet::column::writer::ColumnCloseResult;
use parquet::schema::types::ColumnDescPtr;

use super::bits::Width;
use super::chunk::{Chunk, PageCompressor, PageShape};
use super::levels::Levels;
use super::values::{Labels, Numbers, Texts, Values, Wide};
use crate::error::SinkError;

/// Rows of a page. Small enough for a page's values to stay in the processor's cache, large
/// enough for headers not to count.
const PAGE_ROWS_MAX: usize = 32_768;

/// Encodes one column of Arrow arrays.
#[derive(Debug)]
pub(crate) struct ColumnEncoder {
    /// One, or for a map two: keys and values.
    leaves: Vec<Leaf>,
    is_map: bool,
    page_rows: usize,
}

#[derive(Debug)]
struct Leaf {
    column: ColumnDescPtr,
    levels: Levels,
    values: Values,
    chunk: Chunk,
    body: Vec<u8>,
}

/// How a column's texts are encoded, and whether its range is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ColumnHints {
    /// Few of its texts are distinct.
    pub(crate) has_few_values: bool,
    /// Readers skip files by it.
    pub(crate) keeps_range: bool,
}

impl ColumnEncoder {
    /// An encoder for a table's column. `leaves`: the Parquet columns that it fills.
    pub(crate) fn new(
        field: &Field,
        leaves: &[ColumnDescPtr],
        hints: ColumnHints,
    ) -> Result<Self, SinkError> {
        let unknown = || SinkError::Accounting {
            detail: format!("{} has a type that no table has", field.name()),
        };
        let types: Vec<&DataType> = match field.data_type() {
            DataType::Map(entry, _) => match entry.data_type() {
                DataType::Struct(pair) => pair.iter().map(|part| part.data_type()).collect(),
                _ => return Err(unknown()),
            },
            data_type => vec![data_type],
        };
        let is_map = types.len() > 1;
        let mut encoders = Vec::new();
        for (at, (data_type, column)) in types.iter().zip(leaves).enumerate() {
            // The keys of a map repeat.
            let hints = ColumnHints {
                has_few_values: hints.has_few_values || (is_map && at == 0),
                ..hints
            };
            encoders.push(Leaf {
                column: Arc::clone(column),
                levels: levels(column, is_map).ok_or_else(unknown)?,
                values: values(data_type, hints).ok_or_else(unknown)?,
                chunk: Chunk::default(),
                body: Vec::new(),
            });
        }
        if encoders.len() != leaves.len() {
            return Err(unknown());
        }
        Ok(Self {
            leaves: encoders,
            is_map,
            page_rows: 0,
        })
    }

    /// Encodes rows.
    pub(crate) fn append(
        &mut self,
        array: &ArrayRef,
        compressor: &mut PageCompressor,
    ) -> Result<(), SinkError> {
        let mut from = 0;
        while from < array.len() {
            let rows = (PAGE_ROWS_MAX - self.page_rows).min(array.len() - from);
            if rows == array.len() {
                self.append_to_page(array)?;
            } else {
                self.append_to_page(&array.slice(from, rows))?;
            }
            from += rows;
            self.page_rows += rows;
            let is_full = self.page_rows >= PAGE_ROWS_MAX;
            if is_full || self.leaves.iter().any(|leaf| leaf.values.wants_new_page()) {
                self.finish_page(compressor)?;
            }
        }
        Ok(())
    }

    fn append_to_page(&mut self, array: &ArrayRef) -> Result<(), SinkError> {
        if self.is_map {
            return self.append_maps(array.as_map());
        }
        for leaf in &mut self.leaves {
            // A dictionary's key may point to a null.
            leaf.levels
                .append(array.len(), array.logical_nulls().as_ref());
            leaf.values.append(array)?;
        }
        Ok(())
    }

    fn append_maps(&mut self, maps: &MapArray) -> Result<(), SinkError> {
        if maps.null_count() == maps.len() {
            let leaves = self.leaves.iter_mut();
            leaves.for_each(|leaf| leaf.levels.append_missing_maps(maps.len()));
            return Ok(());
        }
        for leaf in &mut self.leaves {
            for row in 0..maps.len() {
                let entries = maps.is_valid(row).then(|| range(maps, row).len());
                leaf.levels.append_map(entries);
            }
        }
        let parts = [maps.keys(), maps.values()];
        for (leaf, part) in self.leaves.iter_mut().zip(parts) {
            for range in entry_ranges(maps) {
                leaf.values.append(&part.slice(range.start, range.len()))?;
            }
        }
        Ok(())
    }

    fn finish_page(&mut self, compressor: &mut PageCompressor) -> Result<(), SinkError> {
        for leaf in &mut self.leaves {
            leaf.finish_page(self.page_rows, compressor)?;
        }
        self.page_rows = 0;
        Ok(())
    }

    /// Ends the row group: each leaf's bytes and what the footer says of them.
    pub(crate) fn finish_chunks(
        &mut self,
        compressor: &mut PageCompressor,
    ) -> Result<Vec<(Bytes, ColumnCloseResult)>, SinkError> {
        if self.page_rows > 0 {
            self.finish_page(compressor)?;
        }
        let leaves = self.leaves.iter_mut();
        leaves
            .map(|leaf| {
                let chunk = std::mem::take(&mut leaf.chunk);
                let (dictionary, statistics) = leaf.values.finish_chunk(chunk.nulls() as u64);
                chunk.finish(compressor, &leaf.column, dictionary, statistics)
            })
            .collect()
    }

    /// Memory held, bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        let bytes = self.leaves.iter().map(|leaf| {
            leaf.levels.memory_bytes()
                + leaf.values.memory_bytes()
                + leaf.chunk.memory_bytes()
                + leaf.body.capacity()
        });
        bytes.sum()
    }
}

impl Leaf {
    fn finish_page(
        &mut self,
        rows: usize,
        compressor: &mut PageCompressor,
    ) -> Result<(), SinkError> {
        let (values, nulls) = (self.levels.count(), self.levels.nulls());
        self.body.clear();
        self.levels.finish_page(&mut self.body);
        let encoding = self.values.finish_page(&mut self.body);
        let shape = PageShape {
            rows,
            values,
            nulls,
            encoding,
        };
        self.chunk.push(compressor, &self.body, shape)
    }
}

/// Where the entries of the rows lie that have a map. One range, as a rule: but a missing map may
/// span entries that nobody shall see.
fn entry_ranges(maps: &MapArray) -> Vec<std::ops::Range<usize>> {
    let mut ranges: Vec<std::ops::Range<usize>> = Vec::new();
    for row in (0..maps.len()).filter(|row| maps.is_valid(*row)) {
        let range = range(maps, row);
        match ranges.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => ranges.push(range),
        }
    }
    ranges.retain(|range| !range.is_empty());
    ranges
}

fn range(maps: &MapArray, row: usize) -> std::ops::Range<usize> {
    let offsets = maps.value_offsets();
    let at = |offset: i32| usize::try_from(offset).unwrap_or(0);
    at(offsets[row])..at(offsets[row + 1])
}

fn levels(column: &ColumnDescPtr, is_map: bool) -> Option<Levels> {
    match (column.max_def_level(), column.max_rep_level(), is_map) {
        (0, 0, false) => Some(Levels::Required { rows: 0 }),
        (1, 0, false) => Some(Levels::Optional {
            present: BooleanBufferBuilder::new(0),
            nulls: 0,
        }),
        (2, 1, true) => Some(Levels::Map {
            definition: Vec::new(),
            repetition: Vec::new(),
        }),
        _ => None,
    }
}

fn values(data_type: &DataType, hints: ColumnHints) -> Option<Values> {
    let numbers = |width| Values::Numbers(Numbers::new(width, hints.keeps_range));
    match data_type {
        DataType::Utf8 if hints.has_few_values => {
            Some(Values::Labels(Box::new(Labels::new(hints.keeps_range))))
        }
        DataType::Utf8 | DataType::Binary => Some(Values::Texts(Texts::new())),
        DataType::Int64 | DataType::Timestamp(..) => Some(numbers(Width::Bits64)),
        DataType::Int32 | DataType::Date32 => Some(numbers(Width::Bits32)),
        // Parquet keeps decimals of 10 to 18 digits as 64-bit numbers.
        DataType::Decimal128(10..=18, _) => Some(numbers(Width::Bits64)),
        DataType::Decimal128(19.., _) => Some(Values::Wide(Wide::new())),
        _ => None,
    }
}
