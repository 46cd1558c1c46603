//! Random events, their batches, and an oracle that sums plainly, row by row, in integers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aggregate::{FoldOptions, WindowFold};
use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, DictionaryArray, Int32Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray, new_null_array,
};
use arrow::datatypes::{
    DataType, Decimal128Type, Field, Int32Type, Int64Type, TimestampMicrosecondType,
};
use proptest::prelude::{Just, Strategy, prop, prop_oneof};
use schemas::priced::priced_schema;
use schemas::rollup::{Dimension, Rollup, default_rollups};
use schemas::window_rows::{WindowRows, window_schema};

pub(crate) const TEXTS: [&str; 5] = ["", "a", "b", "longer than the others", "\u{fc}"];
pub(crate) const STATUSES: [&str; 3] = ["ok", "error", "cancelled"];
pub(crate) const USAGE_STATES: [&str; 3] = ["final", "partial", "estimated"];
pub(crate) const PRICE_STATUSES: [&str; 4] = ["priced", "unpriced", "unmetered", "invalid_usage"];
pub(crate) const COUNTERS: [&str; 5] = [
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_reasoning_tokens",
];
pub(crate) const COSTS: [&str; 7] = [
    "cost_usd",
    "input_cost_usd",
    "output_cost_usd",
    "other_cost_usd",
    "list_cost_usd",
    "contracted_cost_usd",
    "reported_cost_usd",
];
/// The dimensions but for `status`, and whether an event may lack them.
pub(crate) const LABELS: [(&str, bool); 11] = [
    ("tenant", false),
    ("user_id", false),
    ("feature", true),
    ("workflow", true),
    ("provider", false),
    ("model", false),
    ("requested_model", true),
    ("agent", true),
    ("region", true),
    ("route", true),
    ("service_tier", true),
];

#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) time_us: i64,
    /// By [`LABELS`].
    pub(crate) labels: Vec<Option<String>>,
    pub(crate) status: &'static str,
    pub(crate) usage_state: &'static str,
    pub(crate) price_status: &'static str,
    pub(crate) attempt: Option<i64>,
    /// By [`COUNTERS`].
    pub(crate) counters: Vec<Option<i64>>,
    /// By [`COSTS`], in 10^-12 dollars.
    pub(crate) costs: Vec<Option<i128>>,
    /// In 10^-3 milliseconds.
    pub(crate) latency: Option<i128>,
}

pub(crate) fn plain_event(time_us: i64) -> Event {
    Event {
        time_us,
        labels: LABELS
            .map(|(_, nullable)| (!nullable).then(String::new))
            .to_vec(),
        status: "ok",
        usage_state: "final",
        price_status: "priced",
        attempt: None,
        counters: vec![None; COUNTERS.len()],
        costs: vec![None; COSTS.len()],
        latency: None,
    }
}

pub(crate) fn events() -> impl Strategy<Value = Vec<Event>> {
    let time = prop_oneof![
        // Around and before 1970, at the edges of windows, and two hours of today.
        -4_000_000_000_i64..4_000_000_000,
        (-90_i64..90).prop_map(|minute| minute * 60_000_000),
        1_750_000_000_000_000_i64..1_750_007_200_000_000,
    ];
    let labels = prop::collection::vec(prop::option::weighted(0.7, 0..TEXTS.len()), LABELS.len());
    let states = (
        0..STATUSES.len(),
        0..USAGE_STATES.len(),
        0..PRICE_STATUSES.len(),
    );
    let counters = prop::collection::vec(prop::option::of(0_i64..1_000_000_000), COUNTERS.len());
    let cost = prop_oneof![Just(0_i128), 0..10_i128.pow(13), 0..=10_i128.pow(28)];
    let costs = prop::collection::vec(prop::option::of(cost), COSTS.len());
    let attempt = prop::option::of(1_i64..4);
    let latency = prop::option::of(0..10_i128.pow(15));
    let event = (time, labels, states, attempt, counters, costs, latency).prop_map(
        |(time_us, labels, states, attempt, counters, costs, latency)| Event {
            time_us,
            labels: labels
                .into_iter()
                .zip(LABELS)
                .map(|(text, (_, nullable))| {
                    let text = text.map(|text| TEXTS[text].to_owned());
                    if nullable {
                        text
                    } else {
                        Some(text.unwrap_or_default())
                    }
                })
                .collect(),
            status: STATUSES[states.0],
            usage_state: USAGE_STATES[states.1],
            price_status: PRICE_STATUSES[states.2],
            attempt,
            counters,
            costs,
            latency,
        },
    );
    prop::collection::vec(event, 0..120)
}

/// Cuts the events into batches of these sizes, over and over.
pub(crate) fn batches(events: &[Event], sizes: &[usize], salt: usize) -> Vec<RecordBatch> {
    let mut rest = events;
    let mut batches = Vec::new();
    for (number, &size) in sizes.iter().cycle().enumerate() {
        if rest.is_empty() {
            break;
        }
        let (batch, later) = rest.split_at(size.min(rest.len()));
        batches.push(batch_of(batch, salt + number));
        rest = later;
    }
    batches
}

pub(crate) fn batch_of(events: &[Event], salt: usize) -> RecordBatch {
    let columns = priced_schema()
        .fields()
        .iter()
        .map(|field| column_of(events, field, salt))
        .collect();
    RecordBatch::try_new(priced_schema(), columns).unwrap()
}

pub(crate) fn column_of(events: &[Event], field: &Field, salt: usize) -> ArrayRef {
    let name = field.name().as_str();
    if let Some(at) = LABELS.iter().position(|&(label, _)| label == name) {
        return dictionary(
            events.iter().map(|event| event.labels[at].as_deref()),
            salt + at,
        );
    }
    if let Some(at) = COUNTERS.iter().position(|&counter| counter == name) {
        return Arc::new(
            events
                .iter()
                .map(|event| event.counters[at])
                .collect::<Int64Array>(),
        );
    }
    if let Some(at) = COSTS.iter().position(|&cost| cost == name) {
        return decimals(events.iter().map(|event| event.costs[at]), field);
    }
    match name {
        "event_time" => Arc::new(
            TimestampMicrosecondArray::from_iter_values(events.iter().map(|event| event.time_us))
                .with_timezone("UTC"),
        ),
        "status" => dictionary(events.iter().map(|event| Some(event.status)), salt),
        "usage_state" => dictionary(events.iter().map(|event| Some(event.usage_state)), salt),
        "price_status" => dictionary(events.iter().map(|event| Some(event.price_status)), salt),
        "attempt" => Arc::new(
            events
                .iter()
                .map(|event| event.attempt)
                .collect::<Int64Array>(),
        ),
        "latency_ms" => decimals(events.iter().map(|event| event.latency), field),
        _ => filler(field, events.len()),
    }
}

pub(crate) fn decimals(values: impl Iterator<Item = Option<i128>>, field: &Field) -> ArrayRef {
    Arc::new(
        values
            .collect::<Decimal128Array>()
            .with_data_type(field.data_type().clone()),
    )
}

/// A dictionary in another order for each salt, with values that no row uses, a value that stands
/// in it twice, and nulls that are a null key in one row and a key of a null value in the next.
pub(crate) fn dictionary<'a>(
    labels: impl Iterator<Item = Option<&'a str>>,
    salt: usize,
) -> ArrayRef {
    let labels: Vec<Option<&str>> = labels.collect();
    let mut values = vec![Some("never used"), None, Some("error"), Some("estimated")];
    let distinct: BTreeSet<&str> = labels.iter().copied().flatten().collect();
    values.extend(distinct.iter().copied().map(Some));
    values.extend(distinct.iter().copied().map(Some));
    let turn = salt % values.len();
    values.rotate_left(turn);
    let key_of = |label: Option<&str>, row: usize| {
        let places: Vec<usize> = (0..values.len())
            .filter(|&at| values[at] == label)
            .collect();
        i32::try_from(places[row % places.len()]).unwrap()
    };
    let keys = labels.iter().enumerate().map(|(row, &label)| {
        let null_key = label.is_none() && (row + salt).is_multiple_of(2);
        (!null_key).then(|| key_of(label, row))
    });
    let keys: Int32Array = keys.collect();
    Arc::new(
        DictionaryArray::<Int32Type>::try_new(keys, Arc::new(StringArray::from(values.clone())))
            .unwrap(),
    )
}

/// A column that no window looks at.
pub(crate) fn filler(field: &Field, rows: usize) -> ArrayRef {
    match field.data_type() {
        data_type if field.is_nullable() => new_null_array(data_type, rows),
        DataType::Dictionary(..) => dictionary((0..rows).map(|_| Some("x")), 0),
        DataType::Utf8 => Arc::new(StringArray::from(vec!["x"; rows])),
        DataType::Int64 => Arc::new(Int64Array::from(vec![7; rows])),
        DataType::Int32 => Arc::new(Int32Array::from(vec![7; rows])),
        other => panic!("no filler for {other}"),
    }
}

/// Start and width of a window, and its dimensions in the order of their columns.
pub(crate) type Key = (i64, i64, Vec<Option<String>>);
pub(crate) type Sums = BTreeMap<String, Option<i128>>;
pub(crate) type Windows = BTreeMap<Key, Sums>;

/// What each rollup's windows must hold, summed one event at a time.
pub(crate) fn expected(events: &[Event], rollup: &Rollup) -> Windows {
    let mut windows = Windows::new();
    let width_us = i64::from(rollup.window_seconds) * 1_000_000;
    for event in events {
        let start_us = event.time_us.div_euclid(width_us) * width_us;
        let dimensions = Dimension::ALL
            .into_iter()
            .map(|dimension| {
                let label = LABELS
                    .iter()
                    .position(|&(name, _)| name == dimension.column());
                let text = match label {
                    Some(at) => event.labels[at].clone(),
                    None => Some(event.status.to_owned()),
                };
                text.filter(|_| rollup.dimensions.contains(&dimension))
            })
            .collect();
        let key = (start_us, i64::from(rollup.window_seconds), dimensions);
        let sums = windows.entry(key).or_default();
        for (measure, value) in contributions(event) {
            let sum = sums.entry(measure.to_owned()).or_insert(None);
            *sum = match (*sum, value) {
                (None, value) => value,
                (sum, None) => sum,
                (Some(sum), Some(value)) if measure == "latency_ms_max" => Some(sum.max(value)),
                (Some(sum), Some(value)) => Some(sum + value),
            };
        }
    }
    windows
}

pub(crate) fn contributions(event: &Event) -> Vec<(&'static str, Option<i128>)> {
    let one_if = |counts: bool| Some(i128::from(counts));
    let mut contributions = vec![
        ("calls", Some(1)),
        ("error_calls", one_if(event.status == "error")),
        (
            "retry_calls",
            one_if(event.attempt.is_some_and(|attempt| attempt >= 2)),
        ),
        ("unpriced_calls", one_if(event.price_status == "unpriced")),
        ("unmetered_calls", one_if(event.price_status == "unmetered")),
        ("estimated_calls", one_if(event.usage_state == "estimated")),
        ("latency_ms_sum", event.latency),
        ("latency_ms_max", event.latency),
    ];
    let counters = event.counters.iter().map(|counter| counter.map(i128::from));
    contributions.extend(COUNTERS.into_iter().zip(counters));
    contributions.extend(COSTS.into_iter().zip(event.costs.iter().copied()));
    contributions
}

/// Reads rows of windows, each window at most once.
pub(crate) fn windows_in(rows: &RecordBatch) -> Windows {
    assert_eq!(rows.schema(), window_schema());
    let starts = rows.column(0).as_primitive::<TimestampMicrosecondType>();
    let widths = rows.column(1).as_primitive::<Int64Type>();
    let mut windows = Windows::new();
    for row in 0..rows.num_rows() {
        let dimensions = Dimension::ALL
            .into_iter()
            .map(|dimension| {
                let texts = rows
                    .column_by_name(dimension.column())
                    .unwrap()
                    .as_string::<i32>();
                texts.is_valid(row).then(|| texts.value(row).to_owned())
            })
            .collect();
        let measures_from = 2 + Dimension::ALL.len();
        let sums = (measures_from..rows.num_columns())
            .map(|at| {
                (
                    rows.schema().field(at).name().clone(),
                    number(rows.column(at), row),
                )
            })
            .collect();
        let key = (starts.value(row), widths.value(row), dimensions);
        assert!(
            windows.insert(key.clone(), sums).is_none(),
            "{key:?} comes twice"
        );
    }
    windows
}

pub(crate) fn number(column: &ArrayRef, row: usize) -> Option<i128> {
    if column.is_null(row) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Int64 => i128::from(column.as_primitive::<Int64Type>().value(row)),
        _ => column.as_primitive::<Decimal128Type>().value(row),
    })
}

/// The default rollups, one over everything, one over nothing, and one of odd seconds.
pub(crate) fn rollups() -> Vec<Rollup> {
    let rollup = |name: &str, window_seconds, dimensions: &[Dimension]| Rollup {
        name: name.to_owned(),
        window_seconds,
        dimensions: dimensions.to_vec(),
    };
    let mut rollups = default_rollups();
    rollups.push(rollup("everything", 3_600, &Dimension::ALL));
    rollups.push(rollup("nothing", 86_400, &[]));
    rollups.push(rollup(
        "odd",
        7,
        &[Dimension::Status, Dimension::Agent, Dimension::Tenant],
    ));
    rollups
}

pub(crate) fn new_fold() -> WindowFold {
    WindowFold::new(rollups(), FoldOptions::default()).unwrap()
}

pub(crate) fn fold_all(fold: &mut WindowFold, batches: &[RecordBatch]) -> Vec<WindowRows> {
    for batch in batches {
        fold.fold(batch).unwrap();
    }
    fold.finish().unwrap()
}

pub(crate) fn rows_of(parts: &[WindowRows], rollup: &str) -> Vec<RecordBatch> {
    parts
        .iter()
        .filter(|part| part.rollup == rollup)
        .map(|part| part.rows.clone())
        .collect()
}

/// The one batch of a rollup, or no rows.
pub(crate) fn single(parts: &[WindowRows], rollup: &str) -> RecordBatch {
    let mut rows = rows_of(parts, rollup);
    assert!(rows.len() <= 1, "{rollup} comes {} times", rows.len());
    rows.pop()
        .unwrap_or_else(|| RecordBatch::new_empty(window_schema()))
}
