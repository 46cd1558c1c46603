//! Events as tests write them, and the batches that decoding would make of them.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Decimal128Array, Decimal128Builder, Int64Array, MapBuilder, MapFieldNames,
    RecordBatch, StringArray, StringBuilder, StringDictionaryBuilder, TimestampMicrosecondArray,
    new_null_array,
};
use arrow::datatypes::{DataType, Field, Int32Type};
use schemas::event::event_schema;
use schemas::money::{PicoUsd, money_type};
use schemas::time::{format_rfc3339, timestamp_type};
use schemas::usage_unit::USAGE_COLUMNS;

/// An event, with what pricing looks at.
#[derive(Debug, Clone, Default)]
pub(crate) struct Event {
    pub(crate) time_us: i64,
    pub(crate) provider: String,
    pub(crate) model: String,
    pub(crate) service_tier: Option<String>,
    pub(crate) requested_service_tier: Option<String>,
    pub(crate) route: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) from_app_cache: bool,
    /// In the order of [`USAGE_COLUMNS`].
    pub(crate) counters: [Option<i64>; 7],
    /// Names and quantities, 10^-12 of a unit.
    pub(crate) other_usage: Vec<(&'static str, i128)>,
    pub(crate) gpu_seconds: Option<i128>,
    /// 10^-12 US dollars.
    pub(crate) reported_cost: Option<i128>,
    pub(crate) attributes: Vec<(&'static str, String)>,
}

impl Event {
    /// An event at noon of 20 November 2026.
    pub(crate) fn new(provider: &str, model: &str, counters: &[(&str, i64)]) -> Self {
        let mut event = Self {
            time_us: 1_795_176_000_000_000,
            provider: provider.to_owned(),
            model: model.to_owned(),
            ..Self::default()
        };
        for (name, count) in counters {
            let column = USAGE_COLUMNS.iter().position(|column| column == name);
            event.counters[column.unwrap()] = Some(*count);
        }
        event
    }

    pub(crate) fn served_from(&self) -> &'static str {
        if self.from_app_cache {
            "app_cache"
        } else {
            "model"
        }
    }

    /// The event as its emitter would write it.
    pub(crate) fn to_json(&self) -> String {
        let text = |text: &str| serde_json::to_string(text).unwrap();
        let mut json = format!(
            r#"{{"event_id":"e","event_time":{},"provider":{},"model":{},"served_from":{}"#,
            text(&format_rfc3339(self.time_us)),
            text(&self.provider),
            text(&self.model),
            text(self.served_from()),
        );
        let fields = [
            ("service_tier", &self.service_tier),
            ("route", &self.route),
            ("region", &self.region),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                write!(json, r#","{name}":{}"#, text(value)).unwrap();
            }
        }
        for (name, count) in USAGE_COLUMNS.iter().zip(self.counters) {
            if let Some(count) = count {
                write!(json, r#","{name}":{count}"#).unwrap();
            }
        }
        let gpu_seconds = self.gpu_seconds.map(|quantity| ("gpu_seconds", quantity));
        for (name, quantity) in self.other_usage.iter().copied().chain(gpu_seconds) {
            write!(json, r#","{name}":{}"#, PicoUsd(quantity)).unwrap();
        }
        if !self.attributes.is_empty() {
            let entries = self.attributes.iter();
            let entries = entries.map(|(name, value)| format!("{}:{}", text(name), text(value)));
            let entries = entries.collect::<Vec<_>>().join(",");
            write!(json, r#","attributes":{{{entries}}}"#).unwrap();
        }
        json.push('}');
        json
    }
}

/// The batch that decoding would make of these events.
pub(crate) fn batch(events: &[Event]) -> RecordBatch {
    let schema = event_schema();
    let columns = schema.fields().iter().map(|field| column(field, events));
    RecordBatch::try_new(Arc::clone(&schema), columns.collect()).unwrap()
}

fn column(field: &Field, events: &[Event]) -> ArrayRef {
    let name = field.name().as_str();
    if let Some(at) = USAGE_COLUMNS.iter().position(|column| *column == name) {
        return Arc::new(Int64Array::from_iter(
            events.iter().map(|event| event.counters[at]),
        ));
    }
    match name {
        "event_time" => {
            let times = TimestampMicrosecondArray::from_iter_values(
                events.iter().map(|event| event.time_us),
            );
            Arc::new(times.with_data_type(timestamp_type()))
        }
        "provider" => label(events, |event| Some(&event.provider)),
        "model" => label(events, |event| Some(&event.model)),
        "service_tier" => label(events, |event| event.service_tier.as_deref()),
        "requested_service_tier" => label(events, |event| event.requested_service_tier.as_deref()),
        "route" => label(events, |event| event.route.as_deref()),
        "region" => label(events, |event| event.region.as_deref()),
        "served_from" => label(events, |event| Some(event.served_from())),
        "gpu_seconds" => decimal(events, |event| event.gpu_seconds),
        "reported_cost_usd" => decimal(events, |event| event.reported_cost),
        "other_usage" => other_usage(events),
        "attributes" => attributes(events),
        _ => filler(field, events.len()),
    }
}

fn label(events: &[Event], text: fn(&Event) -> Option<&str>) -> ArrayRef {
    let mut builder = StringDictionaryBuilder::<Int32Type>::new();
    for event in events {
        builder.append_option(text(event));
    }
    Arc::new(builder.finish())
}

fn decimal(events: &[Event], value: fn(&Event) -> Option<i128>) -> ArrayRef {
    let values = Decimal128Array::from_iter(events.iter().map(value));
    Arc::new(values.with_data_type(money_type()))
}

/// A column that pricing does not look at.
fn filler(field: &Field, rows: usize) -> ArrayRef {
    if field.is_nullable() {
        return new_null_array(field.data_type(), rows);
    }
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["x"; rows]));
    match field.data_type() {
        DataType::Int64 | DataType::Int32 => {
            let zeros = Int64Array::from(vec![0; rows]);
            arrow::compute::cast(&zeros, field.data_type()).unwrap()
        }
        other => arrow::compute::cast(&texts, other).unwrap(),
    }
}

fn map_names() -> MapFieldNames {
    MapFieldNames {
        entry: "key_value".to_owned(),
        key: "key".to_owned(),
        value: "value".to_owned(),
    }
}

fn other_usage(events: &[Event]) -> ArrayRef {
    let values = Decimal128Builder::new().with_data_type(money_type());
    let mut builder = MapBuilder::new(Some(map_names()), StringBuilder::new(), values)
        .with_values_field(Field::new("value", money_type(), false));
    for event in events {
        for (name, quantity) in &event.other_usage {
            builder.keys().append_value(name);
            builder.values().append_value(*quantity);
        }
        builder.append(!event.other_usage.is_empty()).unwrap();
    }
    Arc::new(builder.finish())
}

fn attributes(events: &[Event]) -> ArrayRef {
    let mut builder = MapBuilder::new(
        Some(map_names()),
        StringBuilder::new(),
        StringBuilder::new(),
    )
    .with_values_field(Field::new("value", DataType::Utf8, false));
    for event in events {
        for (name, value) in &event.attributes {
            builder.keys().append_value(name);
            builder.values().append_value(value);
        }
        builder.append(!event.attributes.is_empty()).unwrap();
    }
    Arc::new(builder.finish())
}

/// The price columns of one row, as texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Priced {
    pub(crate) status: String,
    pub(crate) cost: Option<String>,
    pub(crate) input: Option<String>,
    pub(crate) output: Option<String>,
    pub(crate) other: Option<String>,
    pub(crate) list: Option<String>,
    pub(crate) contracted: Option<String>,
    pub(crate) price_match: Option<String>,
    pub(crate) entry: Option<String>,
}

/// The price columns of each row.
pub(crate) fn rows(priced: &RecordBatch) -> Vec<Priced> {
    let texts = |name: &str| {
        let column = priced.column_by_name(name).unwrap();
        let texts = arrow::compute::cast(column, &DataType::Utf8).unwrap();
        let texts = texts
            .as_any()
            .downcast_ref::<StringArray>()
            .unwrap()
            .clone();
        texts
            .iter()
            .map(|text| text.map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let money = |name: &str| {
        let column = priced.column_by_name(name).unwrap();
        assert_eq!(column.data_type(), &money_type());
        let values = column.as_any().downcast_ref::<Decimal128Array>().unwrap();
        values
            .iter()
            .map(|value| value.map(|pico| PicoUsd(pico).to_string()))
            .collect::<Vec<_>>()
    };
    let (status, price_match, entry) = (
        texts("price_status"),
        texts("price_match"),
        texts("price_entry"),
    );
    let cost = money("cost_usd");
    let (input, output) = (money("input_cost_usd"), money("output_cost_usd"));
    let (other, list) = (money("other_cost_usd"), money("list_cost_usd"));
    let contracted = money("contracted_cost_usd");
    (0..priced.num_rows())
        .map(|row| Priced {
            status: status[row].clone().unwrap(),
            cost: cost[row].clone(),
            input: input[row].clone(),
            output: output[row].clone(),
            other: other[row].clone(),
            list: list[row].clone(),
            contracted: contracted[row].clone(),
            price_match: price_match[row].clone(),
            entry: entry[row].clone(),
        })
        .collect()
}
