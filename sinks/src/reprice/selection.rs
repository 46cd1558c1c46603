//! Which events are priced again.

use arrow::array::{Array, BooleanArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use schemas::priced::PriceStatus;
use schemas::time::{date_of_us, format_date, format_rfc3339};

use super::difference::text_column;
use crate::encode::typed_column;
use crate::error::SinkError;
use crate::file_set::ActiveFile;

/// Whether a day is of the years 0 to 9999: texts of these sort as their days do.
fn sorts_by_time(date: &str) -> bool {
    date.len() == "YYYY-MM-DD".len() && date.as_bytes()[0].is_ascii_digit()
}

/// Which events are priced again: those of a span of event time that meet all conditions.
///
/// # Units
/// Times: microseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepriceSelection {
    /// Start of the span, inclusive.
    pub from_us: i64,
    /// End of the span, exclusive.
    pub to_us: i64,
    /// Only calls without a known price.
    pub only_unpriced: bool,
    /// Only calls of this provider, as the events name it.
    pub provider: Option<String>,
    /// Only calls of this model, as the events name it.
    pub model: Option<String>,
}

impl RepriceSelection {
    /// The condition as SQL, for the log's reader.
    pub(super) fn predicate(&self) -> String {
        let mut predicate = format!(
            "event_time >= '{}' AND event_time < '{}'",
            format_rfc3339(self.from_us),
            format_rfc3339(self.to_us)
        );
        let texts = [("provider", &self.provider), ("model", &self.model)];
        for (column, text) in texts {
            if let Some(text) = text {
                let text = text.replace('\'', "''");
                predicate.push_str(&format!(" AND {column} = '{text}'"));
            }
        }
        if self.only_unpriced {
            let status = PriceStatus::Unpriced.as_str();
            predicate.push_str(&format!(" AND price_status = '{status}'"));
        }
        predicate
    }

    /// Whether a file of `events` may hold such events, by its day.
    pub(super) fn may_be_in(&self, file: &ActiveFile) -> bool {
        let date = file.partition_values.get("date").and_then(Option::as_deref);
        let Some(date) = date.filter(|date| sorts_by_time(date)) else {
            return true;
        };
        let first = format_date(date_of_us(self.from_us));
        let last = format_date(date_of_us(self.to_us.saturating_sub(1)));
        let is_before = sorts_by_time(&first) && date < first.as_str();
        let is_after = sorts_by_time(&last) && date > last.as_str();
        !is_before && !is_after
    }

    /// Which rows are meant.
    ///
    /// # Shape
    /// `rows`: the columns of the files of `events`.
    pub(super) fn mask(&self, rows: &RecordBatch) -> Result<BooleanArray, SinkError> {
        let times = typed_column::<TimestampMicrosecondType>(rows, "event_time")?;
        let is_within = |time: &i64| *time >= self.from_us && *time < self.to_us;
        let mut mask: Vec<bool> = times.values().iter().map(is_within).collect();
        let unpriced = self.only_unpriced.then_some(PriceStatus::Unpriced.as_str());
        let conditions = [
            ("provider", self.provider.as_deref()),
            ("model", self.model.as_deref()),
            ("price_status", unpriced),
        ];
        for (column, wanted) in conditions {
            let Some(wanted) = wanted else { continue };
            let texts = text_column(rows, column)?;
            for (row, is_meant) in mask.iter_mut().enumerate() {
                *is_meant &= texts.is_valid(row) && texts.value(row) == wanted;
            }
        }
        Ok(BooleanArray::from(mask))
    }
}

#[cfg(test)]
mod tests;
