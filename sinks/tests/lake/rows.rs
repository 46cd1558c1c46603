//! Rows as decoding and pricing make them, the same for the same seed.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Builder, DictionaryArray, Int32Array, Int64Array, MapBuilder,
    MapFieldNames, RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, FieldRef, Int32Type};
use schemas::priced::priced_schema;
use schemas::window_rows::window_schema;

/// A small generator of numbers: the tests need variety, not chance.
#[derive(Debug, Clone)]
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 11) % limit
    }
}

/// Which events to make.
#[derive(Debug, Clone)]
pub(crate) struct EventRows {
    pub(crate) partition: i32,
    pub(crate) offsets: std::ops::Range<i64>,
    /// Event time of the first row, microseconds since the Unix epoch.
    pub(crate) time_us: i64,
    /// Event time from one row to the next, microseconds.
    pub(crate) step_us: i64,
    /// How many users there are.
    pub(crate) users: u64,
}

impl EventRows {
    pub(crate) fn of(partition: i32, offsets: std::ops::Range<i64>) -> Self {
        Self {
            partition,
            offsets,
            time_us: 1_795_478_400_000_000,
            step_us: 1_000,
            users: 1_000,
        }
    }
}

/// Priced events.
pub(crate) fn events(rows: &EventRows) -> RecordBatch {
    let schema = priced_schema();
    let mut numbers = Numbers::new(rows.offsets.start as u64 + 7 * rows.partition as u64 + 1);
    let columns = schema
        .fields()
        .iter()
        .map(|field| event_column(field, rows, &mut numbers));
    RecordBatch::try_new(schema.clone(), columns.collect()).unwrap()
}

fn event_column(field: &Field, rows: &EventRows, numbers: &mut Numbers) -> ArrayRef {
    let count = (rows.offsets.end - rows.offsets.start) as usize;
    match (field.name().as_str(), field.data_type()) {
        ("event_id", _) => ids("evt_", count, numbers),
        ("run_id", _) => ids("run-", count, numbers),
        ("session_id", _) => Arc::new(StringArray::new_null(count)),
        ("event_time" | "kafka_time", _) => {
            let times = (0..count as i64).map(|row| rows.time_us + row * rows.step_us);
            let times = TimestampMicrosecondArray::from_iter_values(times);
            Arc::new(times.with_timezone("UTC"))
        }
        ("kafka_offset", _) => Arc::new(Int64Array::from_iter_values(rows.offsets.clone())),
        ("kafka_partition", _) => Arc::new(Int32Array::from_value(rows.partition, count)),
        ("content_hash", _) => Arc::new(Int64Array::from_iter_values(
            (0..count).map(|_| numbers.next() as i64),
        )),
        (name, DataType::Dictionary(..)) => label(name, count, rows.users, numbers),
        (name, DataType::Int64) => counter(name, count, numbers),
        (name, DataType::Decimal128(precision, scale)) => {
            let mut builder = Decimal128Builder::with_capacity(count)
                .with_data_type(DataType::Decimal128(*precision, *scale));
            for _ in 0..count {
                builder.append_option(decimal(name, numbers));
            }
            Arc::new(builder.finish())
        }
        (_, map) => empty_map(map, count),
    }
}

fn ids(prefix: &str, count: usize, numbers: &mut Numbers) -> ArrayRef {
    let ids = (0..count).map(|_| {
        format!(
            "{prefix}{:016x}{:08x}",
            numbers.next(),
            numbers.next() as u32
        )
    });
    Arc::new(StringArray::from_iter_values(ids))
}

/// How many values a label has; 0: it is null everywhere.
fn label_values(name: &str, users: u64) -> u64 {
    match name {
        "user_id" => users,
        "tenant" => 50,
        "feature" => 12,
        "workflow" => 8,
        "model" | "requested_model" | "price_entry" => 14,
        "provider" | "region" => 5,
        "route" | "service_tier" => 3,
        "emitter" => 20,
        "agent" | "requested_service_tier" => 0,
        _ => 1,
    }
}

fn label(name: &str, count: usize, users: u64, numbers: &mut Numbers) -> ArrayRef {
    let distinct = label_values(name, users);
    let values = StringArray::from_iter_values((0..distinct).map(|at| format!("{name}-{at:04}")));
    let keys: Int32Array = if distinct == 0 {
        Int32Array::new_null(count)
    } else {
        (0..count)
            .map(|_| Some(numbers.below(distinct) as i32))
            .collect()
    };
    Arc::new(DictionaryArray::<Int32Type>::new(keys, Arc::new(values)))
}

fn counter(name: &str, count: usize, numbers: &mut Numbers) -> ArrayRef {
    let limit = match name {
        "input_tokens" => 8_000,
        "output_tokens" => 1_200,
        "cache_read_tokens" => 4_000,
        "attempt" | "sequence" | "cache_write_5m_tokens" | "cache_write_1h_tokens" => {
            return Arc::new(Int64Array::new_null(count));
        }
        _ => 300,
    };
    let values = (0..count).map(|_| numbers.below(limit) as i64);
    Arc::new(Int64Array::from_iter_values(values))
}

fn decimal(name: &str, numbers: &mut Numbers) -> Option<i128> {
    match name {
        "cost_usd"
        | "input_cost_usd"
        | "output_cost_usd"
        | "list_cost_usd"
        | "contracted_cost_usd" => Some(i128::from(numbers.below(8_000)) * 2_500_000),
        "other_cost_usd" => Some(0),
        "latency_ms" | "time_to_first_token_ms" => Some(i128::from(numbers.below(9_000)) * 1_000),
        _ => None,
    }
}

fn empty_map(data_type: &DataType, count: usize) -> ArrayRef {
    arrow::array::new_null_array(data_type, count)
}

/// Maps of texts.
pub(crate) fn text_map(rows: &[Option<Vec<(String, String)>>], field: &Field) -> ArrayRef {
    let (names, key, value) = map_parts(field);
    let mut builder = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new())
        .with_keys_field(key)
        .with_values_field(value);
    for row in rows {
        for (key, value) in row.iter().flatten() {
            builder.keys().append_value(key);
            builder.values().append_value(value);
        }
        builder.append(row.is_some()).unwrap();
    }
    Arc::new(builder.finish())
}

/// Maps of decimals: as long as the texts are.
pub(crate) fn decimal_map(rows: &[Option<Vec<(String, String)>>], field: &Field) -> ArrayRef {
    let (names, key, value) = map_parts(field);
    let values = Decimal128Builder::new().with_data_type(value.data_type().clone());
    let mut builder = MapBuilder::new(Some(names), StringBuilder::new(), values)
        .with_keys_field(key)
        .with_values_field(value);
    for row in rows {
        for (key, value) in row.iter().flatten() {
            builder.keys().append_value(key);
            builder.values().append_value(value.len() as i128);
        }
        builder.append(row.is_some()).unwrap();
    }
    Arc::new(builder.finish())
}

fn map_parts(field: &Field) -> (MapFieldNames, FieldRef, FieldRef) {
    let DataType::Map(entry, _) = field.data_type() else {
        panic!("{field} is no map");
    };
    let DataType::Struct(parts) = entry.data_type() else {
        panic!("{entry} is no struct");
    };
    let names = MapFieldNames {
        entry: entry.name().clone(),
        key: parts[0].name().clone(),
        value: parts[1].name().clone(),
    };
    (names, parts[0].clone(), parts[1].clone())
}

/// One part of a window per user: `calls` calls of cost `cost` each.
pub(crate) fn windows(window_start_us: i64, users: i64, calls: i64, cost: i128) -> RecordBatch {
    let rows: Vec<_> = (0..users)
        .map(|user| (format!("user-{user:04}"), calls, cost))
        .collect();
    window_part(window_start_us, &rows)
}

/// Parts of one window: user, calls, cost in units of 10^-12 dollars.
pub(crate) fn window_part(window_start_us: i64, rows: &[(String, i64, i128)]) -> RecordBatch {
    let schema = window_schema();
    let count = rows.len();
    let columns = schema.fields().iter().map(|field| -> ArrayRef {
        match (field.name().as_str(), field.data_type()) {
            ("window_start", _) => {
                let starts = TimestampMicrosecondArray::from_value(window_start_us, count);
                Arc::new(starts.with_timezone("UTC"))
            }
            ("window_seconds", _) => Arc::new(Int64Array::from_value(900, count)),
            ("calls", _) => {
                let calls = rows.iter().map(|(_, calls, _)| *calls);
                Arc::new(Int64Array::from_iter_values(calls))
            }
            ("user_id", _) => {
                let users = rows.iter().map(|(user, _, _)| user);
                Arc::new(StringArray::from_iter_values(users))
            }
            ("cost_usd", data_type) => {
                let mut builder =
                    Decimal128Builder::with_capacity(count).with_data_type(data_type.clone());
                rows.iter()
                    .for_each(|(_, _, cost)| builder.append_value(*cost));
                Arc::new(builder.finish())
            }
            (_, DataType::Int64) if !field.is_nullable() => {
                Arc::new(Int64Array::from_value(0, count))
            }
            (_, data_type) => arrow::array::new_null_array(data_type, count),
        }
    });
    RecordBatch::try_new(schema.clone(), columns.collect()).unwrap()
}
