//! Reads the windows that are there in the order of time, a day at a time.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use datafusion::catalog::TableProvider;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::prelude::{Expr, col, lit};
use datafusion::scalar::ScalarValue;
use futures::TryStreamExt;
use schemas::table::Table;
use schemas::time::{S_PER_DAY, US_PER_S, date_of_us};

use super::evaluator::RollupNeed;
use super::window_columns::{COST_MEASURES, COUNT_MEASURES};
use crate::error::ReaderError;
use crate::lake::LakeReader;
use crate::query::query_error;
use crate::tables::TextType;

const DAY_US: i64 = S_PER_DAY * US_PER_S;

/// The windows of some rollups at one version of the lake, in the order of their ends.
pub struct WindowHistory {
    reader: LakeReader,
    /// `None` if the lake has no windows.
    provider: Option<Arc<dyn TableProvider>>,
    version: Option<u64>,
    rollups: Vec<RollupHistory>,
    to_us: i64,
}

impl std::fmt::Debug for WindowHistory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WindowHistory")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// What of the rows that were read is due.
enum Waiting {
    /// These.
    Rows(RecordBatch),
    /// None: all are of later windows.
    Later,
    /// None are left.
    Nothing,
}

/// What is read of one rollup so far.
struct RollupHistory {
    need: RollupNeed,
    /// Where the next day to be read begins.
    next_us: i64,
    stream: Option<SendableRecordBatchStream>,
    waiting: VecDeque<RecordBatch>,
}

impl LakeReader {
    /// Opens the newest version of the windows for reading in order, from the history that rules
    /// need before `from_us` on.
    ///
    /// # Units
    /// Microseconds since the Unix epoch; `to_us` is exclusive.
    ///
    /// # Errors
    /// [`ReaderError::OpenTable`].
    pub async fn window_history(
        &self,
        needs: &[RollupNeed],
        from_us: i64,
        to_us: i64,
    ) -> Result<WindowHistory, ReaderError> {
        let open = self.open_table(Table::CostWindows, TextType::Plain).await?;
        let version = open.as_ref().map(|open| open.version);
        let rollups = needs.iter().map(|need| {
            let width_us = i64::from(need.window_seconds) * US_PER_S;
            let first_us = from_us - need.history_s * US_PER_S;
            RollupHistory {
                need: need.clone(),
                next_us: first_us - first_us.rem_euclid(width_us),
                stream: None,
                waiting: VecDeque::new(),
            }
        });
        Ok(WindowHistory {
            reader: self.clone(),
            provider: open.map(|open| open.provider),
            version,
            rollups: rollups.collect(),
            to_us,
        })
    }
}

impl WindowHistory {
    /// The version that is read; `None` if the lake has no windows.
    #[must_use]
    pub const fn version(&self) -> Option<u64> {
        self.version
    }

    /// The start of the first window that is looked for, microseconds since the Unix epoch; `None`
    /// if no rollup is.
    #[must_use]
    pub fn first_us(&self) -> Option<i64> {
        self.rollups.iter().map(|rollup| rollup.next_us).min()
    }

    /// Hands out the windows that end at `until_us` or before and were not handed out yet, each
    /// batch with the name of its rollup.
    ///
    /// # Shape
    /// `window_start`, the dimensions of the need, and the sums of the measures that rules look at;
    /// each window once for each combination of these dimensions.
    ///
    /// # Errors
    /// [`ReaderError::Query`]; what was handed out before stays handed out.
    pub async fn until(
        &mut self,
        until_us: i64,
        each: &mut (dyn FnMut(&RecordBatch, &str) -> Result<(), ReaderError> + Send),
    ) -> Result<(), ReaderError> {
        let Some(provider) = &self.provider else {
            return Ok(());
        };
        for rollup in &mut self.rollups {
            let width_us = i64::from(rollup.need.window_seconds) * US_PER_S;
            // The first start of a window that ends too late.
            let before_us = (until_us - width_us + 1).min(self.to_us);
            while let Some(rows) = rollup
                .next_before(before_us, self.to_us, &self.reader, provider)
                .await?
            {
                each(&rows, &rollup.need.rollup)?;
            }
        }
        Ok(())
    }
}

impl RollupHistory {
    /// The next rows of windows that start before an instant.
    async fn next_before(
        &mut self,
        before_us: i64,
        to_us: i64,
        reader: &LakeReader,
        provider: &Arc<dyn TableProvider>,
    ) -> Result<Option<RecordBatch>, ReaderError> {
        loop {
            match self.take_waiting(before_us) {
                Waiting::Rows(rows) => return Ok(Some(rows)),
                Waiting::Later => return Ok(None),
                Waiting::Nothing => {}
            }
            if let Some(stream) = &mut self.stream {
                match stream.try_next().await.map_err(query_error)? {
                    Some(rows) => self.waiting.push_back(rows),
                    None => self.stream = None,
                }
                continue;
            }
            if self.next_us >= before_us || self.next_us >= to_us {
                return Ok(None);
            }
            let day_end_us = (self.next_us.div_euclid(DAY_US) + 1) * DAY_US;
            let end_us = day_end_us.min(to_us);
            let stream = self.open_day(end_us, reader, provider).await?;
            self.stream = Some(stream);
            self.next_us = end_us;
        }
    }

    /// Rows that were read already.
    fn take_waiting(&mut self, before_us: i64) -> Waiting {
        let Some(rows) = self.waiting.pop_front() else {
            return Waiting::Nothing;
        };
        let (now, later) = split(rows, before_us);
        if let Some(later) = later {
            self.waiting.push_front(later);
        }
        match now {
            Some(now) => Waiting::Rows(now),
            None => Waiting::Later,
        }
    }

    /// The rows from where the history stands to an end on the same day.
    ///
    /// It borrows mutably since a stream cannot be shared: so whoever waits here can move to another
    /// thread.
    async fn open_day(
        &mut self,
        end_us: i64,
        reader: &LakeReader,
        provider: &Arc<dyn TableProvider>,
    ) -> Result<SendableRecordBatchStream, ReaderError> {
        let instant = |us: i64| {
            lit(ScalarValue::TimestampMicrosecond(
                Some(us),
                Some(Arc::from("UTC")),
            ))
        };
        let date = lit(ScalarValue::Date32(Some(date_of_us(self.next_us))));
        let filter = col("rollup")
            .eq(lit(self.need.rollup.as_str()))
            .and(col("date").eq(date))
            .and(col("window_start").gt_eq(instant(self.next_us)))
            .and(col("window_start").lt(instant(end_us)));
        let dimensions = self.need.dimensions.iter();
        let mut keys: Vec<Expr> = vec![col("window_start")];
        keys.extend(dimensions.map(|dimension| col(dimension.column())));
        let measures = COUNT_MEASURES.iter().chain(&COST_MEASURES);
        let sums: Vec<Expr> = measures.map(|name| sum(col(*name)).alias(*name)).collect();
        let context = reader.context(TextType::Plain);
        let rows = async {
            context
                .read_table(Arc::clone(provider))?
                .filter(filter)?
                .aggregate(keys, sums)?
                .sort(vec![col("window_start").sort(true, true)])?
                .execute_stream()
                .await
        };
        rows.await.map_err(query_error)
    }
}

/// Rows before an instant, and those from it on; the rows are in the order of their starts.
fn split(rows: RecordBatch, before_us: i64) -> (Option<RecordBatch>, Option<RecordBatch>) {
    let column = rows.column_by_name("window_start");
    let starts = column.and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>());
    let at = starts.map_or(0, |starts| {
        starts
            .values()
            .partition_point(|&start_us| start_us < before_us)
    });
    let part = |from: usize, to: usize| (to > from).then(|| rows.slice(from, to - from));
    (part(0, at), part(at, rows.num_rows()))
}

#[cfg(test)]
mod tests;
