//! Pruned reads of `events` and `rejects` for workers that start or catch up.
//!
//! Every filter names columns whose smallest and largest values the log keeps per file, so that
//! files that cannot match are not opened, and of the others only the columns asked for are read.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use datafusion::dataframe::DataFrame;
use datafusion::prelude::{Expr, col, lit};
use datafusion::scalar::ScalarValue;
use futures::TryStreamExt;
use schemas::position::SourcePartition;
use schemas::priced::priced_column_names;
use schemas::table::Table;
use schemas::time::timestamp_type;

use crate::error::ReaderError;
use crate::lake::LakeReader;
use crate::partition_filter::{offsets_within, source_is};
use crate::query::query_error;
use crate::row_columns::{as_priced, column_as};
use crate::tables::TextType;

/// Offsets whose events are read and sorted at a time when windows catch up: it bounds memory at
/// about a hundred megabytes.
const CATCH_UP_OFFSETS_MAX: i64 = 1 << 17;
/// The same for files, whose offsets are bytes and whose events are some hundred bytes long.
const CATCH_UP_BYTES_MAX: i64 = 1 << 25;

/// How many offsets are looked through for the newest Kafka time of a partition.
const NEWEST_OFFSETS: i64 = 1 << 17;

/// Identities of stored events.
///
/// # Shape
/// N rows of one partition, ascending by offset over all batches.
#[derive(Debug, Clone, Copy)]
pub struct EventIdentities<'a> {
    event_ids: &'a StringArray,
    content_hashes: &'a Int64Array,
    kafka_offsets: &'a Int64Array,
    kafka_times_us: &'a TimestampMicrosecondArray,
}

/// The identity of one stored event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventIdentity<'a> {
    /// Its id.
    pub event_id: &'a str,
    /// Hash of its content.
    pub content_hash: i64,
    /// Where it stands in its partition.
    pub kafka_offset: i64,
    /// The Kafka record's time, microseconds since the Unix epoch; `None` for a file.
    pub kafka_time_us: Option<i64>,
}

impl<'a> EventIdentities<'a> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.event_ids.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = EventIdentity<'a>> + use<'a> {
        let this = *self;
        (0..this.len()).map(move |row| EventIdentity {
            event_id: this.event_ids.value(row),
            content_hash: this.content_hashes.value(row),
            kafka_offset: this.kafka_offsets.value(row),
            kafka_time_us: this
                .kafka_times_us
                .is_valid(row)
                .then(|| this.kafka_times_us.value(row)),
        })
    }
}

impl LakeReader {
    /// Reads the identities of one partition's events since a Kafka time and below an offset, at
    /// the newest version, ascending by offset; none if there is no table yet. Events without a Kafka
    /// time, as those of files, are all given.
    ///
    /// If a file vanishes after the first batch, this fails although batches were given: call it
    /// again, meeting an identity twice does no harm.
    ///
    /// # Units
    /// `since_us`: microseconds since the Unix epoch.
    ///
    /// # Errors
    /// [`ReaderError::OpenTable`], [`ReaderError::Query`] for what reading files gives,
    /// [`ReaderError::Column`].
    pub async fn event_identities(
        &self,
        source: &SourcePartition,
        since_us: i64,
        below_offset: i64,
        each: &mut (dyn FnMut(EventIdentities<'_>) + Send),
    ) -> Result<(), ReaderError> {
        let since = ScalarValue::TimestampMicrosecond(Some(since_us), Some(Arc::from("UTC")));
        let recent = col("kafka_time")
            .gt_eq(lit(since))
            .or(col("kafka_time").is_null());
        let filter = source_is(source)
            .and(col("kafka_offset").lt(lit(below_offset)))
            .and(recent);
        let columns = ["event_id", "content_hash", "kafka_offset", "kafka_time"];
        let mut given = false;
        let mut give = |batch: RecordBatch| {
            given = true;
            let identities = IdentityColumns::of(&batch)?;
            each(identities.as_ref());
            Ok(())
        };
        let first = self
            .scan_in_order(Table::Events, filter.clone(), &columns, &mut give)
            .await;
        match first {
            Err(error) if error.is_vanished_file() && !given => {
                let mut give = |batch: RecordBatch| {
                    each(IdentityColumns::of(&batch)?.as_ref());
                    Ok(())
                };
                self.scan_in_order(Table::Events, filter, &columns, &mut give)
                    .await
            }
            result => result,
        }
    }

    /// The newest Kafka time among the last events of a partition below an offset, microseconds
    /// since the Unix epoch; `None` if there are none, or they have no Kafka time.
    ///
    /// # Errors
    /// As [`LakeReader::event_identities`].
    pub async fn newest_kafka_time_us(
        &self,
        source: &SourcePartition,
        below_offset: i64,
    ) -> Result<Option<i64>, ReaderError> {
        let from = below_offset.saturating_sub(NEWEST_OFFSETS);
        let filter = offsets_within(source, from, Some(below_offset));
        let mut newest_us = None;
        let mut take = |batch: RecordBatch| {
            let times = column_as(&batch, Table::Events, "kafka_time", &timestamp_type())?;
            let times = times.as_primitive::<TimestampMicrosecondType>();
            newest_us = newest_us.max(arrow::compute::max(times));
            Ok(())
        };
        self.scan(Table::Events, filter, &["kafka_time"], &mut take)
            .await?;
        Ok(newest_us)
    }

    /// Reads the priced events of the offsets `[from, to)` of one partition at the newest
    /// version, in the order of their offsets, batch by batch; none if there is no table yet.
    ///
    /// # Shape
    /// Batches of [`schemas::priced::priced_schema`].
    ///
    /// # Errors
    /// [`ReaderError::OpenTable`], [`ReaderError::Query`] for what reading files gives,
    /// [`ReaderError::Column`] if a column of the table cannot be what the schema says. The
    /// batches given until then are right and in order.
    pub async fn priced_events(
        &self,
        source: &SourcePartition,
        from: i64,
        to: i64,
        each: &mut (dyn FnMut(RecordBatch) + Send),
    ) -> Result<(), ReaderError> {
        let step = if source.topic.starts_with("file:") {
            CATCH_UP_BYTES_MAX
        } else {
            CATCH_UP_OFFSETS_MAX
        };
        let mut start = from;
        while start < to {
            let end = start.saturating_add(step).min(to);
            let batches = match self.sorted_priced_events(source, start, end).await {
                Err(error) if error.is_vanished_file() => {
                    self.sorted_priced_events(source, start, end).await?
                }
                result => result?,
            };
            for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
                each(as_priced(batch)?);
            }
            start = end;
        }
        Ok(())
    }

    async fn sorted_priced_events(
        &self,
        source: &SourcePartition,
        from: i64,
        to: i64,
    ) -> Result<Vec<RecordBatch>, ReaderError> {
        let columns: Vec<&str> = priced_column_names().collect();
        let filter = offsets_within(source, from, Some(to));
        let Some(rows) = self.select(Table::Events, filter, &columns).await? else {
            return Ok(Vec::new());
        };
        let ascending = col("kafka_offset").sort(true, true);
        let rows = rows.sort(vec![ascending]).map_err(query_error)?;
        rows.collect().await.map_err(query_error)
    }

    /// The offsets from `from` on that `rejects` holds of one partition, ascending, at the newest
    /// version; none if there is no table yet.
    ///
    /// # Errors
    /// [`ReaderError::OpenTable`], [`ReaderError::Query`] for what reading files gives,
    /// [`ReaderError::Column`].
    pub async fn rejected_offsets(
        &self,
        source: &SourcePartition,
        from: i64,
    ) -> Result<Vec<i64>, ReaderError> {
        match self.rejected_offsets_once(source, from).await {
            Err(error) if error.is_vanished_file() => {
                self.rejected_offsets_once(source, from).await
            }
            result => result,
        }
    }

    async fn rejected_offsets_once(
        &self,
        source: &SourcePartition,
        from: i64,
    ) -> Result<Vec<i64>, ReaderError> {
        let mut offsets = Vec::new();
        let mut take = |batch: RecordBatch| {
            let column = column_as(&batch, Table::Rejects, "kafka_offset", &DataType::Int64)?;
            offsets.extend(column.as_primitive::<Int64Type>().values());
            Ok(())
        };
        let filter = offsets_within(source, from, None);
        self.scan(Table::Rejects, filter, &["kafka_offset"], &mut take)
            .await?;
        offsets.sort_unstable();
        Ok(offsets)
    }

    /// Gives the matching rows of a table's newest version as they come.
    pub(crate) async fn scan(
        &self,
        table: Table,
        filter: Expr,
        columns: &[&str],
        each: &mut (dyn FnMut(RecordBatch) -> Result<(), ReaderError> + Send),
    ) -> Result<(), ReaderError> {
        match self.select(table, filter, columns).await? {
            Some(rows) => give_each(rows, each).await,
            None => Ok(()),
        }
    }

    /// The same, ascending by `kafka_offset`, which must be one of the columns.
    async fn scan_in_order(
        &self,
        table: Table,
        filter: Expr,
        columns: &[&str],
        each: &mut (dyn FnMut(RecordBatch) -> Result<(), ReaderError> + Send),
    ) -> Result<(), ReaderError> {
        let Some(rows) = self.select(table, filter, columns).await? else {
            return Ok(());
        };
        let ascending = col("kafka_offset").sort(true, true);
        let rows = rows.sort(vec![ascending]).map_err(query_error)?;
        give_each(rows, each).await
    }

    pub(crate) async fn select(
        &self,
        table: Table,
        filter: Expr,
        columns: &[&str],
    ) -> Result<Option<DataFrame>, ReaderError> {
        let Some(open) = self.open_table(table, TextType::Plain).await? else {
            return Ok(None);
        };
        let context = self.context(TextType::Plain);
        let rows = context
            .read_table(open.provider)
            .and_then(|rows| rows.filter(filter)?.select_columns(columns));
        rows.map(Some).map_err(query_error)
    }
}

async fn give_each(
    rows: DataFrame,
    each: &mut (dyn FnMut(RecordBatch) -> Result<(), ReaderError> + Send),
) -> Result<(), ReaderError> {
    let mut rows = rows.execute_stream().await.map_err(query_error)?;
    while let Some(batch) = rows.try_next().await.map_err(query_error)? {
        each(batch)?;
    }
    Ok(())
}

struct IdentityColumns {
    event_ids: ArrayRef,
    content_hashes: ArrayRef,
    kafka_offsets: ArrayRef,
    kafka_times_us: ArrayRef,
}

impl IdentityColumns {
    fn of(batch: &RecordBatch) -> Result<Self, ReaderError> {
        let column = |name, data_type: &DataType| column_as(batch, Table::Events, name, data_type);
        Ok(Self {
            event_ids: column("event_id", &DataType::Utf8)?,
            content_hashes: column("content_hash", &DataType::Int64)?,
            kafka_offsets: column("kafka_offset", &DataType::Int64)?,
            kafka_times_us: column("kafka_time", &timestamp_type())?,
        })
    }

    fn as_ref(&self) -> EventIdentities<'_> {
        EventIdentities {
            event_ids: self.event_ids.as_string(),
            content_hashes: self.content_hashes.as_primitive(),
            kafka_offsets: self.kafka_offsets.as_primitive(),
            kafka_times_us: self.kafka_times_us.as_primitive(),
        }
    }
}

#[cfg(test)]
mod tests;
