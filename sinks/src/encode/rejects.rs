//! Rejects to the files of table `rejects`, one file a day.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use schemas::reject::{REJECT_BYTES_MAX, Reject};
use schemas::table::Table;
use schemas::time::{date_of_us, format_date};

use super::EncodedFile;
use super::events::file_id;
use super::file_writer::{FileFormat, FileWriter};
use super::text_map::text_map_column;
use crate::error::SinkError;

/// Encodes rejects while they come.
#[derive(Debug)]
pub(crate) struct RejectsEncoder {
    format: FileFormat,
    writers: BTreeMap<i32, FileWriter>,
}

impl RejectsEncoder {
    pub(crate) fn new(format: FileFormat) -> Self {
        let writers = BTreeMap::new();
        Self { format, writers }
    }

    /// Encodes rejects; one without a Kafka time goes to the day it was read.
    pub(crate) fn write(
        &mut self,
        rejects: &[Reject],
        ingested_at_us: i64,
    ) -> Result<(), SinkError> {
        let mut by_date: BTreeMap<i32, Vec<&Reject>> = BTreeMap::new();
        for reject in rejects {
            let time_us = reject.kafka_time_us.unwrap_or(ingested_at_us);
            by_date.entry(date_of_us(time_us)).or_default().push(reject);
        }
        for (date, rejects) in by_date {
            let rows = batch(&rejects, ingested_at_us)?;
            if !self.writers.contains_key(&date) {
                let values = vec![("date", format_date(date))];
                let writer = FileWriter::new(&self.format, values, file_id(ingested_at_us))?;
                self.writers.insert(date, writer);
            }
            if let Some(writer) = self.writers.get_mut(&date) {
                writer.write(&rows)?;
            }
        }
        Ok(())
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.writers.values().map(FileWriter::memory_bytes).sum()
    }

    pub(crate) fn finish(self) -> Result<Vec<EncodedFile>, SinkError> {
        self.writers.into_values().map(FileWriter::finish).collect()
    }
}

/// The rows of `rejects`, in the order of its columns.
fn batch(rejects: &[&Reject], ingested_at_us: i64) -> Result<RecordBatch, SinkError> {
    let texts = |text: fn(&Reject) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(
            rejects.iter().map(|reject| text(reject)),
        ))
    };
    let counts = |count: fn(&Reject) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(
            rejects.iter().map(|reject| count(reject)),
        ))
    };
    let schema = Table::Rejects.file_schema();
    let raw = rejects
        .iter()
        .map(|reject| &reject.raw[..reject.raw.len().min(REJECT_BYTES_MAX)]);
    let partitions = rejects.iter().map(|reject| reject.partition);
    let times = rejects.iter().map(|reject| reject.kafka_time_us);
    let times = times.collect::<TimestampMicrosecondArray>();
    let keys = rejects.iter().map(|reject| reject.key.as_deref());
    let headers = rejects.iter().map(|reject| headers(reject));
    let ingested = TimestampMicrosecondArray::from_value(ingested_at_us, rejects.len());
    let columns: Vec<ArrayRef> = vec![
        texts(|reject| reject.reason.as_str()),
        texts(|reject| &reject.detail),
        Arc::new(BinaryArray::from_iter_values(raw)),
        counts(|reject| reject.raw_bytes),
        texts(|reject| &reject.raw_sha256),
        texts(|reject| &reject.topic),
        texts(|reject| &reject.topic_id),
        Arc::new(Int32Array::from_iter_values(partitions)),
        counts(|reject| reject.offset),
        Arc::new(times.with_timezone("UTC")),
        Arc::new(keys.collect::<BinaryArray>()),
        text_map_column(&schema, "kafka_headers", headers)?,
        Arc::new(ingested.with_timezone("UTC")),
    ];
    RecordBatch::try_new(schema, columns).map_err(SinkError::arrow("lay out rejects"))
}

/// Headers by name; of a repeated name the last one, since a map has each key once.
fn headers(reject: &Reject) -> BTreeMap<&str, &str> {
    let headers = reject.headers.iter();
    headers
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}
