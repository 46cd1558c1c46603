//! Windows against an oracle that sums plainly, row by row, in integers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests are not seen as tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aggregate::{AggregateError, FoldOptions, WindowFold, merge_window_rows};
use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, DictionaryArray, Int32Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray, new_null_array,
};
use arrow::datatypes::{
    DataType, Decimal128Type, Field, Int32Type, Int64Type, TimestampMicrosecondType,
};
use proptest::prelude::{
    Just, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest,
};
use proptest::test_runner::Config;
use schemas::priced::priced_schema;
use schemas::rollup::{Dimension, Rollup, default_rollups};
use schemas::window_rows::{WindowRows, window_schema};

const TEXTS: [&str; 5] = ["", "a", "b", "longer than the others", "\u{fc}"];
const STATUSES: [&str; 3] = ["ok", "error", "cancelled"];
const USAGE_STATES: [&str; 3] = ["final", "partial", "estimated"];
const PRICE_STATUSES: [&str; 4] = ["priced", "unpriced", "unmetered", "invalid_usage"];
const COUNTERS: [&str; 5] = [
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_reasoning_tokens",
];
const COSTS: [&str; 6] = [
    "cost_usd",
    "input_cost_usd",
    "output_cost_usd",
    "other_cost_usd",
    "list_cost_usd",
    "reported_cost_usd",
];
/// The dimensions but for `status`, and whether an event may lack them.
const LABELS: [(&str, bool); 11] = [
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
struct Event {
    time_us: i64,
    /// By [`LABELS`].
    labels: Vec<Option<String>>,
    status: &'static str,
    usage_state: &'static str,
    price_status: &'static str,
    attempt: Option<i64>,
    /// By [`COUNTERS`].
    counters: Vec<Option<i64>>,
    /// By [`COSTS`], in 10^-12 dollars.
    costs: Vec<Option<i128>>,
    /// In 10^-3 milliseconds.
    latency: Option<i128>,
}

fn plain_event(time_us: i64) -> Event {
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

fn events() -> impl Strategy<Value = Vec<Event>> {
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
fn batches(events: &[Event], sizes: &[usize], salt: usize) -> Vec<RecordBatch> {
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

fn batch_of(events: &[Event], salt: usize) -> RecordBatch {
    let columns = priced_schema()
        .fields()
        .iter()
        .map(|field| column_of(events, field, salt))
        .collect();
    RecordBatch::try_new(priced_schema(), columns).unwrap()
}

fn column_of(events: &[Event], field: &Field, salt: usize) -> ArrayRef {
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

fn decimals(values: impl Iterator<Item = Option<i128>>, field: &Field) -> ArrayRef {
    Arc::new(
        values
            .collect::<Decimal128Array>()
            .with_data_type(field.data_type().clone()),
    )
}

/// A dictionary in another order for each salt, with values that no row uses, a value that stands
/// in it twice, and nulls that are a null key in one row and a key of a null value in the next.
fn dictionary<'a>(labels: impl Iterator<Item = Option<&'a str>>, salt: usize) -> ArrayRef {
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
        let null_key = label.is_none() && (row + salt) % 2 == 0;
        (!null_key).then(|| key_of(label, row))
    });
    let keys: Int32Array = keys.collect();
    Arc::new(
        DictionaryArray::<Int32Type>::try_new(keys, Arc::new(StringArray::from(values.clone())))
            .unwrap(),
    )
}

/// A column that no window looks at.
fn filler(field: &Field, rows: usize) -> ArrayRef {
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
type Key = (i64, i64, Vec<Option<String>>);
type Sums = BTreeMap<String, Option<i128>>;
type Windows = BTreeMap<Key, Sums>;

/// What each rollup's windows must hold, summed one event at a time.
fn expected(events: &[Event], rollup: &Rollup) -> Windows {
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

fn contributions(event: &Event) -> Vec<(&'static str, Option<i128>)> {
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
fn windows_in(rows: &RecordBatch) -> Windows {
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

fn number(column: &ArrayRef, row: usize) -> Option<i128> {
    if column.is_null(row) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Int64 => i128::from(column.as_primitive::<Int64Type>().value(row)),
        _ => column.as_primitive::<Decimal128Type>().value(row),
    })
}

/// The default rollups, one over everything, one over nothing, and one of odd seconds.
fn rollups() -> Vec<Rollup> {
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

fn new_fold() -> WindowFold {
    WindowFold::new(rollups(), FoldOptions::default()).unwrap()
}

fn fold_all(fold: &mut WindowFold, batches: &[RecordBatch]) -> Vec<WindowRows> {
    for batch in batches {
        fold.fold(batch).unwrap();
    }
    fold.finish().unwrap()
}

fn rows_of(parts: &[WindowRows], rollup: &str) -> Vec<RecordBatch> {
    parts
        .iter()
        .filter(|part| part.rollup == rollup)
        .map(|part| part.rows.clone())
        .collect()
}

/// The one batch of a rollup, or no rows.
fn single(parts: &[WindowRows], rollup: &str) -> RecordBatch {
    let mut rows = rows_of(parts, rollup);
    assert!(rows.len() <= 1, "{rollup} comes {} times", rows.len());
    rows.pop()
        .unwrap_or_else(|| RecordBatch::new_empty(window_schema()))
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1_usize..50, 1..6)
}

proptest! {
    #![proptest_config(Config::with_cases(96))]

    #[test]
    fn windows_hold_what_the_events_sum_to(
        events in events(),
        sizes in sizes(),
        salt in any::<u16>(),
    ) {
        let mut fold = new_fold();
        // The second epoch starts from nothing, whatever the first one left in buffers.
        for salt in [usize::from(salt), usize::from(salt) + 1] {
            let parts = fold_all(&mut fold, &batches(&events, &sizes, salt));
            for rollup in rollups() {
                let found = windows_in(&single(&parts, &rollup.name));
                prop_assert_eq!(found, expected(&events, &rollup), "rollup {}", rollup.name);
            }
        }
    }

    #[test]
    fn parts_of_any_split_merge_to_the_whole(
        events in events(),
        sizes in sizes(),
        epoch_sizes in sizes(),
        rows_max in 1_usize..9,
    ) {
        let whole = fold_all(&mut new_fold(), &batches(&events, &[events.len().max(1)], 0));
        let options = FoldOptions { output_rows_max: rows_max };
        let mut fold = WindowFold::new(rollups(), options).unwrap();
        let mut parts = Vec::new();
        let mut rest = events.as_slice();
        for (number, &size) in epoch_sizes.iter().cycle().enumerate() {
            if rest.is_empty() {
                break;
            }
            let (epoch, later) = rest.split_at(size.min(rest.len()));
            parts.extend(fold_all(&mut fold, &batches(epoch, &sizes, number)));
            rest = later;
        }
        for rollup in rollups() {
            let whole = merge_window_rows(&rows_of(&whole, &rollup.name)).unwrap();
            let mut pieces = rows_of(&parts, &rollup.name);
            prop_assert!(pieces.iter().all(|piece| piece.num_rows() <= rows_max));
            let merged = merge_window_rows(&pieces).unwrap();
            prop_assert_eq!(&merged, &whole, "rollup {}", &rollup.name);
            prop_assert_eq!(windows_in(&merged), expected(&events, &rollup));
            pieces.reverse();
            prop_assert_eq!(&merge_window_rows(&pieces).unwrap(), &whole);
            prop_assert_eq!(&merge_window_rows(&[merged]).unwrap(), &whole);
        }
    }
}

#[test]
fn merged_rows_are_sorted_by_start_then_dimensions() {
    let mut events = Vec::new();
    for number in 0..200_i64 {
        let mut event = plain_event(number * 7_919 % 300 * 1_000_000);
        let text = TEXTS[usize::try_from(number % 5).unwrap()];
        event.labels[0] = Some(text.to_owned());
        event.labels[2] = (number % 3 > 0).then(|| text.to_owned());
        events.push(event);
    }
    let parts = fold_all(&mut new_fold(), &batches(&events, &[16], 3));
    for rollup in rollups() {
        let merged = merge_window_rows(&rows_of(&parts, &rollup.name)).unwrap();
        // A map of windows walks through its keys in just this order: null first, then by bytes.
        let found = keys_in_order(&merged);
        let sorted: Vec<_> = found
            .iter()
            .cloned()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        assert_eq!(found, sorted, "rollup {}", rollup.name);
    }
}

fn keys_in_order(rows: &RecordBatch) -> Vec<(i64, Vec<Option<String>>)> {
    let starts = rows.column(0).as_primitive::<TimestampMicrosecondType>();
    (0..rows.num_rows())
        .map(|row| {
            let dimensions = Dimension::ALL.iter().map(|dimension| {
                let texts = rows
                    .column_by_name(dimension.column())
                    .unwrap()
                    .as_string::<i32>();
                texts.is_valid(row).then(|| texts.value(row).to_owned())
            });
            (starts.value(row), dimensions.collect())
        })
        .collect()
}

#[test]
fn nothing_folds_to_nothing() {
    let mut fold = new_fold();
    assert!(fold.finish().unwrap().is_empty());
    fold.fold(&RecordBatch::new_empty(priced_schema())).unwrap();
    assert!(fold.finish().unwrap().is_empty());
    assert_eq!(
        merge_window_rows(&[]).unwrap(),
        RecordBatch::new_empty(window_schema())
    );
    let empty = RecordBatch::new_empty(window_schema());
    assert_eq!(
        merge_window_rows(&[empty.clone(), empty.clone()]).unwrap(),
        empty
    );
}

#[test]
fn costs_that_no_event_has_stay_null_and_zero_stays_zero() {
    let unknown = plain_event(0);
    let mut free = plain_event(60_000_000);
    free.costs = vec![Some(0); COSTS.len()];
    free.counters = vec![Some(0); COUNTERS.len()];
    free.latency = Some(0);
    let parts = fold_all(
        &mut new_fold(),
        &batches(&[unknown.clone(), free, unknown], &[1], 0),
    );
    let merged = merge_window_rows(&rows_of(&parts, "feature")).unwrap();
    assert_eq!(merged.num_rows(), 2);
    for name in COSTS
        .iter()
        .chain(&COUNTERS)
        .chain(&["latency_ms_sum", "latency_ms_max"])
    {
        let column = merged.column_by_name(name).unwrap();
        assert_eq!(number(column, 0), None, "{name} of events without one");
        assert_eq!(number(column, 1), Some(0), "{name} of an event with zero");
    }
}

#[test]
fn a_window_of_two_epochs_adds_up() {
    let mut event = plain_event(-1);
    event.costs[0] = Some(10_i128.pow(28));
    event.counters[0] = Some(3);
    event.latency = Some(1_500);
    let mut fold = new_fold();
    let mut parts = fold_all(
        &mut fold,
        &batches(&[event.clone(), event.clone()], &[2], 0),
    );
    event.latency = Some(2_500);
    parts.extend(fold_all(&mut fold, &batches(&[event.clone()], &[1], 5)));
    let merged = merge_window_rows(&rows_of(&parts, "workflow")).unwrap();
    assert_eq!(merged.num_rows(), 1);
    let measure = |name: &str| number(merged.column_by_name(name).unwrap(), 0);
    let start = merged
        .column(0)
        .as_primitive::<TimestampMicrosecondType>()
        .value(0);
    assert_eq!(start, -60_000_000);
    assert_eq!(measure("calls"), Some(3));
    assert_eq!(measure("cost_usd"), Some(3 * 10_i128.pow(28)));
    assert_eq!(measure("input_tokens"), Some(9));
    assert_eq!(measure("latency_ms_sum"), Some(5_500));
    assert_eq!(measure("latency_ms_max"), Some(2_500));
}

#[test]
fn growing_keys_change_no_sum() {
    // Each batch brings labels and windows that no key had room for when the epoch began.
    let events: Vec<Event> = (0..3_000_i64)
        .map(|number| {
            let mut event = plain_event(number * number * 1_000);
            event.labels[1] = Some(format!("user {}", number % 1_300));
            event.labels[7] = (number % 2 == 0).then(|| format!("agent {}", number % 700));
            event.costs[0] = Some(i128::from(number) * 999_999_999_937);
            event
        })
        .collect();
    for sizes in [vec![1, 2, 5, 40], vec![700], vec![3_000]] {
        let parts = fold_all(&mut new_fold(), &batches(&events, &sizes, 1));
        for rollup in rollups() {
            let found = windows_in(&single(&parts, &rollup.name));
            assert_eq!(found, expected(&events, &rollup), "rollup {}", rollup.name);
        }
    }
}

#[test]
fn memory_follows_the_groups_and_not_the_events() {
    let events: Vec<Event> = (0..500)
        .map(|number| plain_event(number * 1_000_000))
        .collect();
    let batches = batches(&events, &[100], 0);
    let mut fold = new_fold();
    let empty = fold.memory_bytes();
    batches.iter().for_each(|batch| fold.fold(batch).unwrap());
    let once = fold.memory_bytes();
    assert!(once > empty);
    for _ in 0..20 {
        batches.iter().for_each(|batch| fold.fold(batch).unwrap());
    }
    assert_eq!(fold.memory_bytes(), once);
    let parts = fold.finish().unwrap();
    assert_eq!(single(&parts, "nothing").num_rows(), 1);
    assert!(fold.memory_bytes() < once);
}

#[test]
fn a_sum_that_would_wrap_is_refused_and_the_epoch_is_lost() {
    let mut event = plain_event(0);
    event.counters[1] = Some(i64::MAX);
    let fits = batch_of(&[event.clone()], 0);
    let mut fold = new_fold();
    fold.fold(&fits).unwrap();
    let refused = fold.fold(&fits).unwrap_err();
    assert!(matches!(
        refused,
        AggregateError::SumOverflow {
            measure: "output_tokens"
        }
    ));
    assert!(matches!(
        fold.fold(&fits).unwrap_err(),
        AggregateError::EpochLost
    ));
    assert!(matches!(
        fold.finish().unwrap_err(),
        AggregateError::EpochLost
    ));
    let parts = fold_all(&mut fold, &[fits]);
    let rows = rows_of(&parts, "user");
    let twice = [rows[0].clone(), rows[0].clone()];
    assert!(matches!(
        merge_window_rows(&twice).unwrap_err(),
        AggregateError::SumOverflow {
            measure: "output_tokens"
        }
    ));
}

#[test]
fn a_dropped_epoch_leaves_nothing_behind() {
    let mut fold = new_fold();
    fold.fold(&batch_of(&[plain_event(0), plain_event(1)], 0))
        .unwrap();
    fold.reset();
    assert!(fold.finish().unwrap().is_empty());
}

#[test]
fn batches_of_another_schema_are_refused() {
    let batch = batch_of(&[plain_event(0)], 0);
    let without_model: Vec<usize> = (0..batch.num_columns())
        .filter(|&at| batch.schema().field(at).name() != "model")
        .collect();
    let batch = batch.project(&without_model).unwrap();
    let refused = new_fold().fold(&batch).unwrap_err();
    assert!(matches!(refused, AggregateError::Column { column } if column == "model"));
    let refused = merge_window_rows(&[batch]).unwrap_err();
    assert!(matches!(refused, AggregateError::Column { .. }));
}

#[test]
fn rollups_that_cannot_be_kept_are_refused() {
    let good = default_rollups().remove(0);
    let cases = [
        vec![Rollup {
            name: String::new(),
            ..good.clone()
        }],
        vec![Rollup {
            window_seconds: 0,
            ..good.clone()
        }],
        vec![Rollup {
            dimensions: vec![Dimension::Model; 2],
            ..good.clone()
        }],
        vec![good.clone(), good],
    ];
    for rollups in cases {
        let refused = WindowFold::new(rollups.clone(), FoldOptions::default());
        assert!(
            matches!(refused, Err(AggregateError::Rollup { .. })),
            "{rollups:?}"
        );
    }
}
