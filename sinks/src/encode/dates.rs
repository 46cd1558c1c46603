//! Which UTC day each row belongs to.

use std::collections::BTreeMap;

use arrow::array::{TimestampMicrosecondArray, UInt32Array};
use schemas::time::{S_PER_DAY, US_PER_S, date_of_us};

/// The days of a batch of rows.
#[derive(Debug, PartialEq)]
pub(crate) enum DateSplit {
    /// All rows are of one day.
    One(i32),
    /// The rows of each day, in their order.
    Many(Vec<(i32, UInt32Array)>),
}

/// Splits rows by the UTC day of a time that no row lacks.
///
/// # Units
/// Days since the Unix epoch.
pub(crate) fn split(times: &TimestampMicrosecondArray) -> DateSplit {
    let values = times.values();
    let Some(&first) = values.first() else {
        return DateSplit::Many(Vec::new());
    };
    let date = date_of_us(first);
    let starts_at = i64::from(date).saturating_mul(S_PER_DAY * US_PER_S);
    let ends_at = starts_at.saturating_add(S_PER_DAY * US_PER_S);
    // No early exit: the loop without one is vectorised.
    let is_one = values.iter().fold(true, |is_one, time| {
        is_one & (*time >= starts_at) & (*time < ends_at)
    });
    if is_one {
        return DateSplit::One(date);
    }
    let mut rows_by_date: BTreeMap<i32, Vec<u32>> = BTreeMap::new();
    for (row, time) in (0_u32..).zip(values) {
        rows_by_date.entry(date_of_us(*time)).or_default().push(row);
    }
    let by_date = rows_by_date.into_iter();
    DateSplit::Many(
        by_date
            .map(|(date, rows)| (date, UInt32Array::from(rows)))
            .collect(),
    )
}

#[cfg(test)]
mod tests;
