//! Series as rows of `cost_windows`, in the order in which they come in.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    new_null_array,
};
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;
use schemas::money::money_type;
use schemas::rollup::Dimension;
use schemas::time::US_PER_S;
use schemas::window_rows::window_schema;

use crate::alerting::rule_test::{RuleTest, Series};

/// One part of a window.
#[derive(Debug, Clone, Copy)]
struct Part<'a> {
    series: &'a Series,
    /// Which of its values.
    at: usize,
    window_start_us: i64,
}

/// The parts of a rollup that become known when the values at these places are over.
///
/// # Shape
/// Rows of [`window_schema`]; `None` if no series of the rollup has values there.
pub(super) fn rows(
    test: &RuleTest,
    rollup: &str,
    places: std::ops::Range<usize>,
) -> Result<Option<RecordBatch>, ArrowError> {
    let mut parts = Vec::new();
    let of_rollup = test.series.iter().filter(|series| series.rollup == rollup);
    for series in of_rollup {
        let has_values = |at: &usize| {
            series
                .values
                .values()
                .any(|values| values.get(*at).is_some())
        };
        parts.extend(places.clone().filter(has_values).map(|at| Part {
            series,
            at,
            window_start_us: window_start_us(test, series, at),
        }));
    }
    if parts.is_empty() {
        return Ok(None);
    }
    let schema = window_schema();
    let columns = schema.fields().iter().map(|field| column(field, &parts));
    RecordBatch::try_new(Arc::clone(&schema), columns.collect()).map(Some)
}

fn window_start_us(test: &RuleTest, series: &Series, at: usize) -> i64 {
    let place = i64::try_from(at).unwrap_or(i64::MAX);
    let offset_s = place.saturating_mul(i64::from(test.interval_s));
    let time_us = test
        .start_us
        .saturating_add(offset_s.saturating_mul(US_PER_S));
    let width_us = i64::from(series.window_seconds) * US_PER_S;
    time_us - time_us.rem_euclid(width_us)
}

fn column(field: &Field, parts: &[Part<'_>]) -> ArrayRef {
    let name = field.name().as_str();
    let values = parts.iter().map(|part| {
        let values = part.series.values.get(name);
        values.and_then(|values| values.get(part.at))
    });
    let count = |value: Option<i128>| value.and_then(|value| i64::try_from(value).ok());
    match (name, field.data_type()) {
        ("window_start", _) => {
            let starts = parts.iter().map(|part| part.window_start_us);
            Arc::new(TimestampMicrosecondArray::from_iter_values(starts).with_timezone("UTC"))
        }
        ("window_seconds", _) => {
            let widths = parts
                .iter()
                .map(|part| i64::from(part.series.window_seconds));
            Arc::new(Int64Array::from_iter_values(widths))
        }
        (_, DataType::Utf8) => {
            let dimension = Dimension::from_column(name);
            let texts = parts.iter().map(|part| {
                let text = dimension.and_then(|dimension| part.series.dimensions.get(&dimension));
                text.map(String::as_str)
            });
            Arc::new(StringArray::from_iter(texts))
        }
        (_, DataType::Int64) if field.is_nullable() => {
            Arc::new(Int64Array::from_iter(values.map(count)))
        }
        (_, DataType::Int64) => {
            let counts = values.map(|value| count(value).unwrap_or_default());
            Arc::new(Int64Array::from_iter_values(counts))
        }
        (_, data_type) if *data_type == money_type() => {
            let amounts = Decimal128Array::from_iter(values);
            Arc::new(amounts.with_data_type(data_type.clone()))
        }
        (_, data_type) => new_null_array(data_type, parts.len()),
    }
}
