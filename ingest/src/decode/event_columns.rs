//! The columns of decoded events, filled row by row and handed over as one batch.

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow::error::ArrowError;
use schemas::column::ColumnType;
use schemas::event::{EVENT_COLUMNS, event_schema};

use super::RawRecord;
use super::field::{COUNT_FIELDS, Field, OTHER_UNITS, TEXT_FIELDS};
use super::fixed_column::FixedColumn;
use super::label_column::LabelColumn;
use super::map_column::{QuantityMapColumn, TextMapColumn};
use super::parsed_event::ParsedEvent;
use super::text_column::TextColumn;

#[derive(Debug)]
enum Texts {
    Distinct(TextColumn),
    Label(LabelColumn),
}

/// The rows of the next batch. A column without a value in a row is not touched: it is filled up
/// with nulls when it next has one.
#[derive(Debug)]
pub(crate) struct EventColumns {
    rows: usize,
    texts: [Texts; TEXT_FIELDS],
    counts: [FixedColumn<Int64Type>; COUNT_FIELDS],
    event_time: FixedColumn<TimestampMicrosecondType>,
    gpu_seconds: FixedColumn<Decimal128Type>,
    latency: FixedColumn<Decimal128Type>,
    time_to_first_token: FixedColumn<Decimal128Type>,
    reported_cost: FixedColumn<Decimal128Type>,
    other_usage: QuantityMapColumn,
    attributes: TextMapColumn,
    content_hash: FixedColumn<Int64Type>,
    partition: FixedColumn<Int32Type>,
    offset: FixedColumn<Int64Type>,
    time: FixedColumn<TimestampMicrosecondType>,
}

impl EventColumns {
    pub(crate) fn new() -> Self {
        Self {
            rows: 0,
            texts: std::array::from_fn(|number| text_column(Field::at(number).name())),
            counts: std::array::from_fn(|_| FixedColumn::new()),
            event_time: FixedColumn::new(),
            gpu_seconds: FixedColumn::new(),
            latency: FixedColumn::new(),
            time_to_first_token: FixedColumn::new(),
            reported_cost: FixedColumn::new(),
            other_usage: QuantityMapColumn::new(),
            attributes: TextMapColumn::new(),
            content_hash: FixedColumn::new(),
            partition: FixedColumn::new(),
            offset: FixedColumn::new(),
            time: FixedColumn::new(),
        }
    }

    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a row. The texts of all rows together must stay below 2 GiB.
    pub(crate) fn push(
        &mut self,
        event: &ParsedEvent<'_>,
        content_hash: i64,
        record: &RawRecord<'_>,
    ) {
        let row = self.rows;
        self.rows += 1;
        for (number, text) in event.texts() {
            self.texts[number].set(row, text);
        }
        for (place, count) in event.counts() {
            self.counts[place].set(row, count);
        }
        let decimals = [
            (Field::GPU_SECONDS, &mut self.gpu_seconds, event.gpu_seconds),
            (Field::LATENCY_MS, &mut self.latency, event.latency),
            (
                Field::TIME_TO_FIRST_TOKEN_MS,
                &mut self.time_to_first_token,
                event.time_to_first_token,
            ),
            (
                Field::REPORTED_COST_USD,
                &mut self.reported_cost,
                event.reported_cost,
            ),
        ];
        for (field, column, value) in decimals {
            if event.has(field) {
                column.set(row, value);
            }
        }
        if !event.other_usage.is_empty() {
            let units = event.other_usage.iter();
            let entries = units.map(|&(unit, quantity)| (OTHER_UNITS[usize::from(unit)], quantity));
            self.other_usage.set(row, entries);
        }
        if event.has(Field::ATTRIBUTES) {
            self.attributes.set(row, &event.attributes);
        }
        self.event_time.set(row, event.event_time_us);
        self.content_hash.set(row, content_hash);
        self.partition.set(row, record.partition);
        self.offset.set(row, record.offset);
        if let Some(time_us) = record.time_us {
            self.time.set(row, time_us);
        }
    }

    /// The batch of all rows since the last one.
    pub(crate) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let schema = event_schema();
        let rows = std::mem::take(&mut self.rows);
        // Every column is emptied even if one fails, so that the next batch begins whole.
        let columns: Vec<Result<ArrayRef, ArrowError>> = schema
            .fields()
            .iter()
            .map(|field| self.finish_column(field.name(), field.data_type(), rows))
            .collect();
        let columns = columns.into_iter().collect::<Result<_, _>>()?;
        RecordBatch::try_new(schema, columns)
    }

    fn finish_column(
        &mut self,
        name: &str,
        data_type: &DataType,
        rows: usize,
    ) -> Result<ArrayRef, ArrowError> {
        let number = Field::of_name(name.as_bytes()).map(Field::number);
        if let Some(column) = number.and_then(|number| self.texts.get_mut(number)) {
            return column.finish(rows);
        }
        let count = number.and_then(|number| number.checked_sub(TEXT_FIELDS));
        if let Some(column) = count.and_then(|number| self.counts.get_mut(number)) {
            return column.finish(rows, data_type);
        }
        match name {
            "event_time" => self.event_time.finish(rows, data_type),
            "gpu_seconds" => self.gpu_seconds.finish(rows, data_type),
            "latency_ms" => self.latency.finish(rows, data_type),
            "time_to_first_token_ms" => self.time_to_first_token.finish(rows, data_type),
            "reported_cost_usd" => self.reported_cost.finish(rows, data_type),
            "other_usage" => self.other_usage.finish(rows, data_type),
            "attributes" => self.attributes.finish(rows, data_type),
            "content_hash" => self.content_hash.finish(rows, data_type),
            "kafka_partition" => self.partition.finish(rows, data_type),
            "kafka_offset" => self.offset.finish(rows, data_type),
            "kafka_time" => self.time.finish(rows, data_type),
            _ => Err(ArrowError::SchemaError(format!(
                "no decoded value is called {name}"
            ))),
        }
    }
}

impl Texts {
    #[inline]
    fn set(&mut self, row: usize, text: &str) {
        match self {
            Self::Distinct(column) => column.set(row, text),
            Self::Label(column) => column.set(row, text),
        }
    }

    fn finish(&mut self, rows: usize) -> Result<ArrayRef, ArrowError> {
        match self {
            Self::Distinct(column) => Ok(column.finish(rows)),
            Self::Label(column) => column.finish(rows),
        }
    }
}

fn text_column(name: &str) -> Texts {
    let is_label = EVENT_COLUMNS
        .iter()
        .any(|column| column.name == name && column.column_type == ColumnType::Label);
    if is_label {
        Texts::Label(LabelColumn::new())
    } else {
        Texts::Distinct(TextColumn::new())
    }
}
