//! Rules over windows that a test makes up: what fires, when, and how often.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::array::{Decimal128Array, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::DataType;
use schemas::alerts::alert::{AlertChange, AlertState};
use schemas::alerts::alert_measure::AlertMeasure;
use schemas::alerts::rule::{
    BudgetRule, Direction, Filter, Level, Period, Rule, RuleGroup, RuleKind, ThresholdRule,
};
use schemas::money::{PICO_USD_PER_USD, PicoUsd};
use schemas::rollup::{Dimension, default_rollups};
use schemas::time::{US_PER_S, parse_rfc3339_us};
use schemas::window_rows::window_schema;

use super::{Evaluator, Instant};

mod laws;
mod queries;
mod spikes;
mod times;

const KEYS_MAX: usize = 1_000;
const MINUTE_US: i64 = 60 * US_PER_S;
pub(super) const USD: i128 = PICO_USD_PER_USD;

/// One row of windows.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub(super) minute: i64,
    pub(super) texts: Vec<(&'static str, String)>,
    pub(super) counts: Vec<(&'static str, i64)>,
    pub(super) cost_pico: i128,
}

impl Row {
    pub(super) fn of_feature(feature: &str, minute: i64, cost_usd: i128) -> Self {
        Self {
            minute,
            texts: vec![
                ("feature", feature.to_owned()),
                ("tenant", "acme".to_owned()),
            ],
            counts: vec![("calls", 10)],
            cost_pico: cost_usd * USD,
        }
    }

    pub(super) fn counts(mut self, counts: &[(&'static str, i64)]) -> Self {
        self.counts = counts.to_vec();
        self
    }
}

pub(super) fn start_us() -> i64 {
    parse_rfc3339_us("2026-11-24T10:00:00Z").unwrap()
}

pub(super) fn minute_us(minute: i64) -> i64 {
    start_us() + minute * MINUTE_US
}

pub(super) fn rows(rows: &[Row]) -> RecordBatch {
    let schema = window_schema();
    let columns = schema.fields().iter().map(|field| -> ArrayRef {
        let name = field.name().as_str();
        let count = |row: &Row| {
            row.counts
                .iter()
                .find(|(of, _)| *of == name)
                .map(|(_, n)| *n)
        };
        match (name, field.data_type()) {
            ("window_start", _) => Arc::new(
                TimestampMicrosecondArray::from_iter_values(
                    rows.iter().map(|row| minute_us(row.minute)),
                )
                .with_timezone("UTC"),
            ),
            ("window_seconds", _) => Arc::new(Int64Array::from(vec![60; rows.len()])),
            ("cost_usd", data_type) => Arc::new(
                Decimal128Array::from_iter_values(rows.iter().map(|row| row.cost_pico))
                    .with_data_type(data_type.clone()),
            ),
            (_, DataType::Utf8) => Arc::new(StringArray::from_iter(rows.iter().map(|row| {
                let text = row.texts.iter().find(|(of, _)| *of == name);
                text.map(|(_, text)| text.as_str())
            }))),
            (_, DataType::Int64) if field.is_nullable() => {
                Arc::new(Int64Array::from_iter(rows.iter().map(count)))
            }
            (_, DataType::Int64) => Arc::new(Int64Array::from_iter_values(
                rows.iter().map(|row| count(row).unwrap_or(0)),
            )),
            (_, other) => arrow::array::new_null_array(other, rows.len()),
        }
    });
    RecordBatch::try_new(Arc::clone(&schema), columns.collect()).unwrap()
}

pub(super) fn threshold(measure: AlertMeasure, above: &[i128]) -> ThresholdRule {
    let levels = above.iter().map(|&pico| Level {
        name: format!("{}", pico / USD),
        pico,
    });
    ThresholdRule {
        measure,
        span_s: 300,
        direction: Direction::Above,
        levels: levels.collect(),
        calls_min: 0,
        floor_usd: PicoUsd(0),
    }
}

pub(super) fn rule(kind: RuleKind) -> Rule {
    Rule {
        name: "TooDear".to_owned(),
        kind,
        keys: vec![Dimension::Feature],
        filters: Vec::new(),
        for_s: 0,
        keep_firing_for_s: 0,
        labels: BTreeMap::from([("severity".to_owned(), "page".to_owned())]),
        annotations: BTreeMap::new(),
        line: 1,
    }
}

/// An evaluator of one rule, with a clock in minutes.
pub(super) struct Bench {
    pub(super) evaluator: Evaluator,
    pub(super) said: Vec<AlertChange>,
}

impl Bench {
    pub(super) fn new(rule: Rule) -> Self {
        Self::restored(rule, &[])
    }

    pub(super) fn restored(rule: Rule, changes: &[AlertChange]) -> Self {
        let group = RuleGroup {
            name: "spend".to_owned(),
            interval_s: 10,
            rules: vec![rule],
        };
        let evaluator = Evaluator::new(vec![group], &default_rollups(), changes, KEYS_MAX);
        Self {
            evaluator: evaluator.unwrap(),
            said: Vec::new(),
        }
    }

    pub(super) fn absorb(&mut self, given: &[Row]) -> &mut Self {
        self.evaluator.absorb(&rows(given), "feature").unwrap();
        self
    }

    /// Evaluates at the end of a minute, with everything complete up to the end of another.
    pub(super) fn evaluate(&mut self, now: i64, complete: i64) -> Vec<String> {
        let at = Instant {
            now_us: minute_us(now),
            complete_until_us: Some(minute_us(complete)),
            price_facts_at_us: None,
        };
        let changes = self.evaluator.evaluate(at);
        let texts = changes.iter().map(text).collect();
        self.said.extend(changes);
        texts
    }
}

/// `feature state step value`.
pub(super) fn text(change: &AlertChange) -> String {
    let key = change.labels.get("feature").map_or("-", String::as_str);
    let step = if change.step.is_empty() {
        "-"
    } else {
        &change.step
    };
    let whole = change.value.pico / USD;
    format!("{key} {} {step} {whole}", change.state.as_str())
}

#[test]
fn a_breach_is_one_alert_however_often_it_is_looked_at() {
    let mut bench = Bench::new(rule(RuleKind::Threshold(threshold(
        AlertMeasure::Cost,
        &[50 * USD],
    ))));
    for minute in 0..30 {
        bench.absorb(&[Row::of_feature("search", minute, 20)]);
        let said = bench.evaluate(minute + 1, minute);
        match minute {
            2 => assert_eq!(said, ["search firing 50 60"]),
            _ => assert!(said.is_empty(), "minute {minute}: {said:?}"),
        }
    }
    assert_eq!(bench.evaluate(36, 35), ["search resolved 50 100"]);
    assert!(bench.evaluate(37, 36).is_empty());
    let ids: Vec<&str> = bench
        .said
        .iter()
        .map(|change| change.alert_id.as_str())
        .collect();
    assert_eq!(ids[0], ids[1]);
    let numbers: Vec<u32> = bench
        .said
        .iter()
        .map(|change| change.change_number)
        .collect();
    assert_eq!(numbers, [0, 1]);
}

#[test]
fn a_fall_of_one_key_hides_no_rise_of_another() {
    let mut bench = Bench::new(rule(RuleKind::Threshold(threshold(
        AlertMeasure::Cost,
        &[50 * USD],
    ))));
    bench.absorb(&[
        Row::of_feature("search", 0, 60),
        Row::of_feature("chat", 0, 10),
    ]);
    assert_eq!(bench.evaluate(1, 0), ["search firing 50 60"]);
    bench.absorb(&[
        Row::of_feature("search", 6, 0),
        Row::of_feature("chat", 6, 60),
    ]);
    assert_eq!(
        bench.evaluate(7, 6),
        ["chat firing 50 60", "search resolved 50 60"]
    );
}

#[test]
fn steps_raise_the_same_alert_and_never_fall_back() {
    let levels = [50 * USD, 80 * USD, 95 * USD];
    let mut bench = Bench::new(rule(RuleKind::Threshold(threshold(
        AlertMeasure::Cost,
        &levels,
    ))));
    for (minute, cost, said) in [
        (0, 60, vec!["search firing 50 60"]),
        (1, 10, vec![]),
        (2, 30, vec!["search firing 95 100"]),
        (5, 0, vec![]),
    ] {
        bench.absorb(&[Row::of_feature("search", minute, cost)]);
        assert_eq!(bench.evaluate(minute + 1, minute), said, "minute {minute}");
    }
    assert_eq!(bench.evaluate(20, 19), ["search resolved 95 100"]);
    let first = &bench.said[0].alert_id;
    assert!(bench.said.iter().all(|change| change.alert_id == *first));
    let numbers: Vec<u32> = bench
        .said
        .iter()
        .map(|change| change.change_number)
        .collect();
    assert_eq!(numbers, [0, 1, 2]);
}

#[test]
fn filters_choose_the_calls_that_count() {
    let mut filtered = rule(RuleKind::Threshold(threshold(
        AlertMeasure::Cost,
        &[50 * USD],
    )));
    filtered.filters = vec![Filter {
        dimension: Dimension::Tenant,
        keeps: false,
        values: vec!["acme".to_owned()],
    }];
    let mut bench = Bench::new(filtered);
    let mut other = Row::of_feature("search", 0, 60);
    other.texts[1].1 = "umbrella".to_owned();
    bench.absorb(&[Row::of_feature("chat", 0, 60), other]);
    assert_eq!(bench.evaluate(1, 0), ["search firing 50 60"]);
}

#[test]
fn a_budget_takes_steps_and_begins_anew_with_its_period() {
    let budget = BudgetRule {
        amount_usd: PicoUsd(100 * USD),
        period: Period::Day,
        steps_permille: vec![500, 800],
        forecast: false,
    };
    let mut bench = Bench::new(rule(RuleKind::Budget(budget)));
    let day = 24 * 60;
    for (minute, cost, said) in [
        (0, 40, vec![]),
        (10, 10, vec!["search firing 50% 50"]),
        (20, 60, vec!["search firing 80% 110"]),
        (day, 20, vec!["search resolved 80% 110"]),
        (day + 1, 40, vec!["search firing 50% 60"]),
    ] {
        bench.absorb(&[Row::of_feature("search", minute, cost)]);
        assert_eq!(bench.evaluate(minute + 1, minute), said, "minute {minute}");
    }
    assert_ne!(bench.said[0].alert_id, bench.said[3].alert_id);
    assert_eq!(bench.said[1].over_usd, Some(PicoUsd(10 * USD)));
}

#[test]
fn a_budget_that_will_be_exceeded_says_when() {
    let budget = BudgetRule {
        amount_usd: PicoUsd(100 * USD),
        period: Period::Day,
        steps_permille: vec![800],
        forecast: true,
    };
    let mut bench = Bench::new(rule(RuleKind::Budget(budget)));
    // 10:00 to 12:00 of the day: 60 dollars in half of it are 120 at its end.
    bench.absorb(&[Row::of_feature("search", 119, 60)]);
    assert_eq!(bench.evaluate(120, 120), ["search firing forecast 60"]);
    let change = &bench.said[0];
    assert_eq!(change.over_usd, Some(PicoUsd(20 * USD)));
    assert_eq!(
        change.projected_at_us,
        parse_rfc3339_us("2026-11-24T20:00:00Z")
    );
}

#[test]
fn cost_per_active_user_counts_each_user_once() {
    let mut dear = rule(RuleKind::Threshold(ThresholdRule {
        span_s: 1_800,
        ..threshold(AlertMeasure::CostPerActiveUser, &[10 * USD])
    }));
    dear.keys = vec![Dimension::Tenant];
    let mut bench = Bench::new(dear);
    let user = |user: &str, minute: i64, cost_usd: i128| Row {
        texts: vec![("tenant", "acme".to_owned()), ("user_id", user.to_owned())],
        ..Row::of_feature("", minute, cost_usd)
    };
    let first = [user("a", 0, 9), user("b", 0, 9), user("", 0, 50)];
    bench.evaluator.absorb(&rows(&first), "user").unwrap();
    assert!(bench.evaluate(15, 15).is_empty());
    bench
        .evaluator
        .absorb(&rows(&[user("a", 15, 9)]), "user")
        .unwrap();
    // 27 dollars of two users.
    assert_eq!(bench.evaluate(30, 30), ["- firing 10 13"]);
}

#[test]
fn the_age_of_the_price_book_has_no_keys() {
    let mut old = rule(RuleKind::Threshold(threshold(
        AlertMeasure::PriceBookAge,
        &[30 * USD],
    )));
    old.keys = Vec::new();
    let mut bench = Bench::new(old);
    let at = |days: i64| Instant {
        now_us: start_us(),
        complete_until_us: None,
        price_facts_at_us: Some(start_us() - days * 86_400 * US_PER_S),
    };
    assert!(bench.evaluator.evaluate(at(30)).is_empty());
    let later = Instant {
        now_us: start_us() + MINUTE_US,
        ..at(30)
    };
    let said = bench.evaluator.evaluate(later);
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].state, AlertState::Firing);
    assert_eq!(said[0].value.to_string(), "30.000694444444");
}
