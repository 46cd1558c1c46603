//! Priced events to the files of table `events`, one file a day.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::compute::take_record_batch;
use arrow::datatypes::{Field, Int32Type, Schema, SchemaRef, TimestampMicrosecondType};
use schemas::column::ColumnType;
use schemas::priced::priced_schema;
use schemas::table::Table;
use schemas::time::format_date;
use uuid::Uuid;

use super::dates::{DateSplit, split};
use super::file_writer::{FileFormat, FileWriter};
use super::{EncodedFile, typed_column};
use crate::error::SinkError;

/// Encodes events while they come.
#[derive(Debug)]
pub(crate) struct EventsEncoder {
    format: FileFormat,
    schema: SchemaRef,
    writers: BTreeMap<i32, FileWriter>,
}

impl EventsEncoder {
    pub(crate) fn new(format: FileFormat) -> Self {
        Self {
            format,
            schema: written_schema(),
            writers: BTreeMap::new(),
        }
    }

    /// Encodes rows of one topic.
    ///
    /// # Shape
    /// `priced`: rows of [`priced_schema`].
    pub(crate) fn write(
        &mut self,
        topic: &str,
        topic_id: &str,
        ingested_at_us: i64,
        priced: &RecordBatch,
    ) -> Result<(), SinkError> {
        if priced.num_rows() == 0 {
            return Ok(());
        }
        let rows = self.with_constants(topic, topic_id, ingested_at_us, priced)?;
        let times = typed_column::<TimestampMicrosecondType>(&rows, "event_time")?;
        match split(times) {
            DateSplit::One(date) => self.writer(date, ingested_at_us)?.write(&rows),
            DateSplit::Many(parts) => {
                for (date, indices) in parts {
                    let part = take_record_batch(&rows, &indices)
                        .map_err(SinkError::arrow("split events by day"))?;
                    self.writer(date, ingested_at_us)?.write(&part)?;
                }
                Ok(())
            }
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.writers.values().map(FileWriter::memory_bytes).sum()
    }

    pub(crate) fn finish(self) -> Result<Vec<EncodedFile>, SinkError> {
        self.writers.into_values().map(FileWriter::finish).collect()
    }

    fn writer(&mut self, date: i32, ingested_at_us: i64) -> Result<&mut FileWriter, SinkError> {
        use std::collections::btree_map::Entry;
        match self.writers.entry(date) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let values = vec![("date", format_date(date))];
                let id = file_id(ingested_at_us);
                Ok(entry.insert(FileWriter::new(&self.format, values, id)?))
            }
        }
    }

    fn with_constants(
        &self,
        topic: &str,
        topic_id: &str,
        ingested_at_us: i64,
        priced: &RecordBatch,
    ) -> Result<RecordBatch, SinkError> {
        let rows = priced.num_rows();
        let mut columns = priced.columns().to_vec();
        columns.push(constant_label(topic, rows));
        columns.push(constant_label(topic_id, rows));
        let times = TimestampMicrosecondArray::from_value(ingested_at_us, rows);
        columns.push(Arc::new(times.with_timezone("UTC")));
        RecordBatch::try_new(SchemaRef::clone(&self.schema), columns)
            .map_err(SinkError::arrow("add the source's columns to events"))
    }
}

/// A file name's id: sorts by time.
///
/// # Units
/// `at_us`: microseconds since the Unix epoch.
pub(crate) fn file_id(at_us: i64) -> Uuid {
    let seconds = u64::try_from(at_us.div_euclid(1_000_000)).unwrap_or(0);
    let nanoseconds = u32::try_from(at_us.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    let timestamp = uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanoseconds);
    Uuid::new_v7(timestamp)
}

/// The table's columns in the types that batches have.
fn written_schema() -> SchemaRef {
    let priced = priced_schema();
    let known = priced.fields().len();
    let table = Table::Events.file_schema();
    let label = ColumnType::Label.batch_type();
    let more = table.fields().iter().skip(known).map(|field| {
        let is_text = field.data_type() == &ColumnType::Text.table_type();
        let data_type = if is_text {
            label.clone()
        } else {
            field.data_type().clone()
        };
        Arc::new(Field::new(field.name(), data_type, field.is_nullable()))
    });
    let fields = priced.fields().iter().cloned().chain(more);
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn constant_label(text: &str, rows: usize) -> ArrayRef {
    let keys = Int32Array::from_value(0, rows);
    let values = Arc::new(StringArray::from_iter_values([text]));
    Arc::new(DictionaryArray::<Int32Type>::new(keys, values))
}
