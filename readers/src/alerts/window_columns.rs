//! Rows of `cost_windows` as starts, texts and sums.

use arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::array::{Decimal128Array, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Decimal128Type, Int64Type, TimestampMicrosecondType};
use schemas::money::money_type;
use schemas::rollup::Dimension;
use schemas::table::Table;
use schemas::time::timestamp_type;

use super::sums::Sums;
use crate::error::ReaderError;
use crate::row_columns::column_as;

/// The measures that rules look at, in the order of [`WindowColumns::sums`].
pub(crate) const COUNT_MEASURES: [&str; 8] = [
    "calls",
    "error_calls",
    "retry_calls",
    "unpriced_calls",
    "unmetered_calls",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
];
/// The measures that are money.
pub(crate) const COST_MEASURES: [&str; 2] = ["cost_usd", "input_cost_usd"];

/// The columns of a batch of windows.
#[derive(Debug)]
pub(crate) struct WindowColumns {
    starts: TimestampMicrosecondArray,
    dimensions: Vec<(Dimension, StringArray)>,
    counts: Vec<Int64Array>,
    costs: Vec<Decimal128Array>,
}

impl WindowColumns {
    /// The columns of rows with `window_start`, the measures, and some dimensions at least.
    pub(crate) fn of(rows: &RecordBatch, dimensions: &[Dimension]) -> Result<Self, ReaderError> {
        let column =
            |name: &str, data_type: &DataType| column_as(rows, Table::CostWindows, name, data_type);
        let starts = column("window_start", &timestamp_type())?;
        let texts = dimensions.iter().map(|&dimension| {
            let texts = column(dimension.column(), &DataType::Utf8)?;
            Ok((dimension, texts.as_string::<i32>().clone()))
        });
        let counts = COUNT_MEASURES.iter().map(|name| {
            let counts = column(name, &DataType::Int64)?;
            Ok(counts.as_primitive::<Int64Type>().clone())
        });
        let costs = COST_MEASURES.iter().map(|name| {
            let costs = column(name, &money_type())?;
            Ok(costs.as_primitive::<Decimal128Type>().clone())
        });
        Ok(Self {
            starts: starts.as_primitive::<TimestampMicrosecondType>().clone(),
            dimensions: texts.collect::<Result<_, ReaderError>>()?,
            counts: counts.collect::<Result<_, ReaderError>>()?,
            costs: costs.collect::<Result<_, ReaderError>>()?,
        })
    }

    pub(crate) fn rows(&self) -> usize {
        self.starts.len()
    }

    /// The start of a row's window, microseconds since the Unix epoch.
    pub(crate) fn start_us(&self, row: usize) -> i64 {
        self.starts.value(row)
    }

    /// Where a dimension's texts stand; `None` if it was not asked for.
    pub(crate) fn place_of(&self, dimension: Dimension) -> Option<usize> {
        let mut known = self.dimensions.iter();
        known.position(|(other, _)| *other == dimension)
    }

    /// The text of the dimension at a place; empty where there is none.
    pub(crate) fn text(&self, place: usize, row: usize) -> &str {
        match self.dimensions.get(place) {
            Some((_, texts)) if texts.is_valid(row) => texts.value(row),
            _ => "",
        }
    }

    pub(crate) fn sums(&self, row: usize) -> Sums {
        let count = |place: usize| match self.counts.get(place) {
            Some(counts) if counts.is_valid(row) => counts.value(row),
            _ => 0,
        };
        let cost = |place: usize| match self.costs.get(place) {
            Some(costs) if costs.is_valid(row) => costs.value(row),
            _ => 0,
        };
        Sums {
            cost_pico: cost(0),
            input_cost_pico: cost(1),
            calls: count(0),
            error_calls: count(1),
            retry_calls: count(2),
            unpriced_calls: count(3),
            unmetered_calls: count(4),
            input_tokens: count(5),
            output_tokens: count(6),
            cache_read_tokens: count(7),
        }
    }
}
