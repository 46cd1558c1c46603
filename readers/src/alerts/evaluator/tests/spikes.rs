//! Spikes against a past that was learned: what fires once, what is told of it, and what is not
//! learned.

use std::collections::BTreeMap;

use schemas::alerts::alert::{AlertChange, AlertState};
use schemas::alerts::alert_measure::AlertMeasure;
use schemas::alerts::rule::{Direction, Rule, RuleKind, Seasonality, Sensitivity, SpikeRule};
use schemas::money::PicoUsd;

use super::{Bench, Instant, Row, USD, minute_us, rule};

const DAY: i64 = 24 * 60;
/// The first minute behind what was learned.
const NOW: i64 = 10 * DAY;
/// In which a breach must be over once all is as usual.
const CALM: i64 = 60;

fn spike(measure: AlertMeasure, direction: Direction) -> Rule {
    rule(RuleKind::Spike(SpikeRule {
        measure,
        direction,
        sensitivity: Sensitivity::Medium,
        seasonality: Seasonality::Week,
        floor_usd: PicoUsd(5 * USD),
        cold_start_usd: None,
    }))
}

fn cost() -> Rule {
    spike(AlertMeasure::Cost, Direction::Above)
}

/// A dollar a minute, and one retry of fifty calls.
fn usual(minute: i64) -> Row {
    let retries = i64::from(minute % 5 == 0);
    Row::of_feature("search", minute, 1).counts(&[("calls", 10), ("retry_calls", retries)])
}

/// Ten days that are all alike have been learned.
fn learned(rule: Rule, restored: &[AlertChange]) -> Bench {
    let mut bench = Bench::restored(rule, restored);
    for day in 0..NOW / DAY {
        let minutes = day * DAY..(day + 1) * DAY;
        bench.absorb(&minutes.map(usual).collect::<Vec<_>>());
        let end_us = minute_us((day + 1) * DAY);
        bench.evaluator.learn(Instant {
            now_us: end_us,
            complete_until_us: Some(end_us),
            price_facts_at_us: None,
        });
    }
    bench
}

/// Evaluates in each minute while it is open.
fn go_on(
    bench: &mut Bench,
    minutes: std::ops::Range<i64>,
    row: impl Fn(i64) -> Row,
) -> Vec<String> {
    let each = minutes.flat_map(|minute| {
        bench.absorb(&[row(minute)]);
        bench.evaluate(minute, minute - 1)
    });
    each.collect()
}

fn dear(minute: i64) -> Row {
    Row::of_feature("search", minute, 1_000)
}

#[test]
fn a_spike_fires_in_its_open_minute_once_and_resolves() {
    let mut bench = learned(cost(), &[]);
    assert!(go_on(&mut bench, NOW..NOW + 5, usual).is_empty());
    let began = NOW + 5;
    assert_eq!(
        go_on(&mut bench, began..began + 1, dear),
        ["search firing - 1000"]
    );
    let baseline = bench.said[0].baseline.unwrap().pico;
    assert!(
        (USD * 9 / 10..USD * 11 / 10).contains(&baseline),
        "{baseline}"
    );
    // The dollars over are what a reader would subtract.
    let (value, over) = (bench.said[0].value.pico, bench.said[0].over_usd.unwrap().0);
    assert!((value - baseline - over).abs() < USD / 100, "{over}");
    assert_eq!(bench.said[0].started_at_us, minute_us(began));
    assert!(go_on(&mut bench, began + 1..began + 75, dear).is_empty());
    let over = began + 75;
    let said = go_on(&mut bench, over..over + CALM, usual);
    assert_eq!(said.len(), 1, "{said:?}");
    let (first, last) = (&bench.said[0], &bench.said[1]);
    assert_eq!(last.state, AlertState::Resolved);
    assert_eq!(last.alert_id, first.alert_id);
    // All of it: 75 minutes of a thousand dollars, instead of one each.
    assert!((74_900 * USD..=75_100 * USD).contains(&last.value.pico));
    let baseline = last.baseline.unwrap().pico;
    assert!((70 * USD..90 * USD).contains(&baseline), "{baseline}");
}

#[test]
fn a_breach_is_no_past_to_learn_from() {
    let mut bench = learned(cost(), &[]);
    go_on(&mut bench, NOW..NOW + 75, dear);
    go_on(&mut bench, NOW + 75..NOW + 6 * 60, usual);
    assert_eq!(bench.said.len(), 2);
    let again = NOW + 6 * 60;
    assert_eq!(
        go_on(&mut bench, again..again + 1, dear),
        ["search firing - 1000"]
    );
    let baseline = bench.said[2].baseline.unwrap().pico;
    assert!(
        (USD * 9 / 10..USD * 3 / 2).contains(&baseline),
        "{baseline}"
    );
    assert_ne!(bench.said[2].alert_id, bench.said[0].alert_id);
}

#[test]
fn a_key_without_a_past_may_cost_what_the_rule_says() {
    for (cold_start_usd, said) in [
        (Some(PicoUsd(50 * USD)), vec!["search firing - 60"]),
        (None, vec![]),
    ] {
        let mut new = cost();
        if let RuleKind::Spike(spike) = &mut new.kind {
            spike.cold_start_usd = cold_start_usd;
        }
        let mut bench = Bench::new(new);
        assert!(go_on(&mut bench, 0..1, |at| Row::of_feature("search", at, 20)).is_empty());
        let given = |at| Row::of_feature("search", at, 40);
        let found = go_on(&mut bench, 1..2, given);
        assert_eq!(found, said, "{cold_start_usd:?}");
    }
}

#[test]
fn a_restart_in_a_breach_is_the_same_alert() {
    let mut before = learned(cost(), &[]);
    assert_eq!(go_on(&mut before, NOW..NOW + 10, dear).len(), 1);
    let missed: Vec<Row> = (NOW..NOW + 10).map(dear).collect();
    // Who does not know what was said says it.
    let mut unknowing = learned(cost(), &[]);
    unknowing.absorb(&missed);
    assert_eq!(unknowing.evaluate(NOW + 10, NOW + 10).len(), 1);

    let mut after = learned(cost(), &before.said);
    after.absorb(&missed);
    assert!(after.evaluate(NOW + 10, NOW + 10).is_empty());
    assert!(go_on(&mut after, NOW + 10..NOW + 20, dear).is_empty());
    let said = go_on(&mut after, NOW + 20..NOW + 20 + CALM, usual);
    assert_eq!(said.len(), 1, "{said:?}");
    let (first, last) = (&before.said[0], &after.said[0]);
    assert_eq!(last.state, AlertState::Resolved);
    assert_eq!(last.alert_id, first.alert_id);
    assert_eq!((first.change_number, last.change_number), (0, 1));
}

#[test]
fn a_share_is_told_as_it_is_in_the_breach() {
    let mut bench = learned(spike(AlertMeasure::RetryShare, Direction::Above), &[]);
    assert!(go_on(&mut bench, NOW..NOW + 5, usual).is_empty());
    let storm =
        |minute| Row::of_feature("search", minute, 10).counts(&[("calls", 10), ("retry_calls", 6)]);
    let said = go_on(&mut bench, NOW + 5..NOW + 35, storm);
    assert_eq!(said.len(), 1, "{said:?}");
    let told = &bench.said[0];
    assert!(
        (USD / 2..=USD * 3 / 5).contains(&told.value.pico),
        "{told:?}"
    );
    let baseline = told.baseline.unwrap().pico;
    assert!((USD / 100..USD * 3 / 100).contains(&baseline), "{baseline}");
}

#[test]
fn a_silence_is_told_once_with_the_calls_that_are_missing() {
    let mut bench = learned(spike(AlertMeasure::Cost, Direction::Below), &[]);
    let mut said = BTreeMap::new();
    for minute in NOW..NOW + 30 {
        let changes = bench.evaluate(minute + 1, minute + 1);
        said.extend((!changes.is_empty()).then_some((minute, changes)));
    }
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said.values().next().unwrap(), &["search firing - 0"]);
    // Ten calls a minute, of ten cents each: five dollars are missing after fifty calls.
    let missing = bench.said[0].baseline.unwrap();
    assert_eq!(missing.unit, AlertMeasure::Calls.unit());
    assert!((45 * USD..85 * USD).contains(&missing.pico), "{missing}");
    let said = go_on(&mut bench, NOW + 30..NOW + 30 + CALM, usual);
    assert_eq!(said, ["search resolved - 0"]);
}
