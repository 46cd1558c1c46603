//! What an evaluation of rules costs on one core, and what the evaluator holds in memory.
//!
//! `cargo bench --bench evaluation [-- KEYS]` gives 100,000 keys to 50 rules of all kinds but queries
//! and prints the CPU time of taking in an epoch's rows and of evaluating: an ordinary evaluation, and
//! the dearest, at which a window has become complete and every key is judged. Then a month goes by
//! for fewer keys, and the memory of each week is printed.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a bench prints figures, and stops at the first thing that is wrong"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    new_null_array,
};
use arrow::datatypes::DataType;
use readers::alerts::evaluator::{Evaluator, Instant};
use schemas::alerts::alert_measure::AlertMeasure;
use schemas::alerts::rule::{
    BudgetRule, Direction, Level, Period, Rule, RuleGroup, RuleKind, Seasonality, Sensitivity,
    SpikeRule, ThresholdRule,
};
use schemas::money::{PICO_USD_PER_USD, PicoUsd};
use schemas::rollup::{Dimension, default_rollups};
use schemas::time::{US_PER_S, parse_rfc3339_us};
use schemas::window_rows::window_schema;

/// The width of the windows of the rollup `user`.
const WINDOW_US: i64 = 900 * US_PER_S;
/// Rows of an epoch of two seconds at 20,000 events a second, were each of another user.
const EPOCH_ROWS: usize = 40_000;
const RULES: u32 = 50;
const WINDOWS_PER_WEEK: i64 = 7 * 96;
/// Keys of the month.
const MONTH_KEYS: usize = 2_000;

fn main() {
    let keys = std::env::args().find_map(|argument| argument.parse().ok());
    let keys = keys.unwrap_or(100_000);
    one_evaluation(keys);
    a_month();
}

/// CPU time of this thread, milliseconds.
fn cpu_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let ns: u64 = text
        .split_ascii_whitespace()
        .next()
        .unwrap()
        .parse()
        .unwrap();
    ns as f64 / 1e6
}

fn start_us() -> i64 {
    parse_rfc3339_us("2026-11-02T00:00:00Z").unwrap()
}

fn rule(number: u32) -> Rule {
    let usd = |usd: u32| PicoUsd(i128::from(usd) * PICO_USD_PER_USD);
    let threshold = |measure, level: PicoUsd, span_s| {
        RuleKind::Threshold(ThresholdRule {
            measure,
            span_s,
            direction: Direction::Above,
            levels: vec![Level {
                name: String::new(),
                pico: level.0,
            }],
            calls_min: 0,
            floor_usd: PicoUsd(0),
        })
    };
    let spike = |measure| {
        RuleKind::Spike(SpikeRule {
            measure,
            direction: Direction::Above,
            sensitivity: Sensitivity::Medium,
            seasonality: Seasonality::Week,
            floor_usd: usd(5 + number),
            cold_start_usd: None,
        })
    };
    let kind = match number % 5 {
        0 => threshold(
            AlertMeasure::Cost,
            usd(1_000 + number),
            900 * (1 + number / 5),
        ),
        1 => threshold(AlertMeasure::RetryShare, PicoUsd(PICO_USD_PER_USD / 2), 900),
        2 => spike(AlertMeasure::Cost),
        3 => spike(AlertMeasure::CostPerCall),
        _ => RuleKind::Budget(BudgetRule {
            amount_usd: usd(1_000 + number),
            period: Period::Day,
            steps_permille: vec![500, 800],
            forecast: true,
        }),
    };
    Rule {
        name: format!("rule-{number}"),
        kind,
        keys: vec![Dimension::Tenant, Dimension::UserId],
        filters: Vec::new(),
        for_s: 0,
        keep_firing_for_s: 0,
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        line: 1,
    }
}

fn evaluator(keys_max: usize) -> Evaluator {
    let group = RuleGroup {
        name: "bench".to_owned(),
        interval_s: 1,
        rules: (0..RULES).map(rule).collect(),
    };
    Evaluator::new(vec![group], &default_rollups(), &[], keys_max).unwrap()
}

/// Most users cost little, and few a dollar a window, so that they get a rhythm of their own.
fn cost_pico(user: usize) -> i128 {
    let cents = if user.is_multiple_of(20) { 100 } else { 1 };
    cents * PICO_USD_PER_USD / 100
}

/// Rows of one window for some users.
fn rows(users: std::ops::Range<usize>, window_us: i64) -> RecordBatch {
    let schema = window_schema();
    let count = users.len();
    let columns = schema.fields().iter().map(|field| -> ArrayRef {
        match (field.name().as_str(), field.data_type()) {
            ("window_start", _) => {
                let starts = TimestampMicrosecondArray::from_value(window_us, count);
                Arc::new(starts.with_timezone("UTC"))
            }
            ("user_id", _) => {
                let names = users.clone().map(|user| format!("user-{user}"));
                Arc::new(StringArray::from_iter_values(names))
            }
            ("tenant", _) => Arc::new(StringArray::from_iter_values((0..count).map(|_| "acme"))),
            ("cost_usd" | "input_cost_usd", data_type) => {
                let costs = users.clone().map(cost_pico);
                let costs = Decimal128Array::from_iter_values(costs);
                Arc::new(costs.with_data_type(data_type.clone()))
            }
            ("calls" | "input_tokens" | "output_tokens", _) => {
                Arc::new(Int64Array::from_value(10, count))
            }
            (_, DataType::Int64) => Arc::new(Int64Array::from_value(0, count)),
            (_, other) => new_null_array(other, count),
        }
    });
    RecordBatch::try_new(Arc::clone(&schema), columns.collect()).unwrap()
}

fn at(now_us: i64, complete_until_us: i64) -> Instant {
    Instant {
        now_us,
        complete_until_us: Some(complete_until_us),
        price_facts_at_us: None,
    }
}

fn one_evaluation(keys: usize) {
    let mut evaluator = evaluator(keys);
    let mut window_us = start_us();
    // A day goes by, so that every key has a past.
    for _ in 0..96 {
        evaluator.absorb(&rows(0..keys, window_us), "user").unwrap();
        window_us += WINDOW_US;
        evaluator.learn(at(window_us, window_us));
    }
    let (mut absorb, mut usual) = (f64::INFINITY, f64::INFINITY);
    for look in 1..=5 {
        let first = (usize::try_from(look).unwrap() * EPOCH_ROWS) % keys.max(1);
        let epoch = rows(first..(first + EPOCH_ROWS).min(keys), window_us);
        let begun = cpu_ms();
        evaluator.absorb(&epoch, "user").unwrap();
        absorb = absorb.min(cpu_ms() - begun);
        let begun = cpu_ms();
        let changes = evaluator.evaluate(at(window_us + look * 2 * US_PER_S, window_us));
        usual = usual.min(cpu_ms() - begun);
        assert!(changes.is_empty(), "{changes:?}");
    }
    evaluator.absorb(&rows(0..keys, window_us), "user").unwrap();
    window_us += WINDOW_US;
    let begun = cpu_ms();
    evaluator.evaluate(at(window_us + 60 * US_PER_S, window_us));
    let dearest = cpu_ms() - begun;
    let report = evaluator.report();
    println!("{keys} keys, {RULES} rules, one core:");
    println!("  an epoch of {EPOCH_ROWS} rows taken in   {absorb:8.1} ms");
    println!("  an ordinary evaluation          {usual:8.1} ms");
    println!("  the dearest, all keys judged    {dearest:8.1} ms");
    println!(
        "  memory                          {:8.1} MiB for {} keys in pictures",
        evaluator.memory_bytes() as f64 / f64::from(1 << 20),
        report.keys
    );
}

fn a_month() {
    let mut evaluator = evaluator(MONTH_KEYS);
    let mut window_us = start_us();
    for week in 1..=4 {
        for _ in 0..WINDOWS_PER_WEEK {
            let batch = rows(0..MONTH_KEYS, window_us);
            evaluator.absorb(&batch, "user").unwrap();
            window_us += WINDOW_US;
            evaluator.evaluate(at(window_us, window_us));
        }
        let bytes = evaluator.memory_bytes();
        let mib = bytes as f64 / f64::from(1 << 20);
        println!("{MONTH_KEYS} keys, week {week}: {mib:.1} MiB");
    }
}
