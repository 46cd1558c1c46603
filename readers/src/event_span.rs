//! Reads the priced events of a span of event time, as stages hand them on.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::prelude::{Expr, col, lit};
use datafusion::scalar::ScalarValue;
use schemas::priced::priced_column_names;
use schemas::table::Table;
use schemas::time::date_of_us;

use crate::error::ReaderError;
use crate::lake::LakeReader;
use crate::row_columns::as_priced;

impl LakeReader {
    /// Reads the priced events whose time lies in `[from_us, to_us)` at the newest version, in no
    /// order, batch by batch; none if there is no table yet.
    ///
    /// # Shape
    /// Batches of [`schemas::priced::priced_schema`].
    /// # Units
    /// Microseconds since the Unix epoch.
    ///
    /// # Errors
    /// [`ReaderError::OpenTable`], [`ReaderError::Query`] for what reading files gives,
    /// [`ReaderError::Column`] if a column of the table cannot be what the schema says. Batches may
    /// have been given before.
    pub async fn priced_events_between(
        &self,
        from_us: i64,
        to_us: i64,
        each: &mut (dyn FnMut(RecordBatch) + Send),
    ) -> Result<(), ReaderError> {
        let columns: Vec<&str> = priced_column_names().collect();
        let mut give = |batch: RecordBatch| {
            if batch.num_rows() > 0 {
                each(as_priced(&batch)?);
            }
            Ok(())
        };
        let filter = times_within(from_us, to_us);
        self.scan(Table::Events, filter, &columns, &mut give).await
    }
}

/// Rows of a span of event time; their days are named too, as whole folders are left out by them.
fn times_within(from_us: i64, to_us: i64) -> Expr {
    let instant = |time_us: i64| {
        lit(ScalarValue::TimestampMicrosecond(
            Some(time_us),
            Some(Arc::from("UTC")),
        ))
    };
    let day = |time_us: i64| lit(ScalarValue::Date32(Some(date_of_us(time_us))));
    let days = col("date")
        .gt_eq(day(from_us))
        .and(col("date").lt_eq(day(to_us)));
    let times = col("event_time")
        .gt_eq(instant(from_us))
        .and(col("event_time").lt(instant(to_us)));
    days.and(times)
}

#[cfg(test)]
mod tests;
