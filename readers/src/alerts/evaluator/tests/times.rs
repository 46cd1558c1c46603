//! What has not arrived yet, what comes late, and how patient a rule is.

use schemas::alerts::alert_measure::AlertMeasure;
use schemas::alerts::rule::{Direction, Rule, RuleKind, ThresholdRule};
use schemas::money::PicoUsd;

use super::{Bench, Row, USD, rule, threshold};

fn cost_rule() -> Rule {
    rule(RuleKind::Threshold(threshold(
        AlertMeasure::Cost,
        &[50 * USD],
    )))
}

#[test]
fn a_sum_fires_before_its_minute_is_over() {
    let mut bench = Bench::new(cost_rule());
    bench.absorb(&[Row::of_feature("search", 10, 60)]);
    assert_eq!(bench.evaluate(10, 8), ["search firing 50 60"]);
}

#[test]
fn a_half_arrived_minute_is_no_drop() {
    let silence = ThresholdRule {
        direction: Direction::Below,
        span_s: 60,
        ..threshold(AlertMeasure::Calls, &[5 * USD])
    };
    let mut bench = Bench::new(rule(RuleKind::Threshold(silence)));
    for minute in 0..5 {
        bench.absorb(&[Row::of_feature("search", minute, 1)]);
        // The newest minute has a tenth of its calls, and is not complete.
        bench.absorb(&[Row::of_feature("search", minute + 1, 1).counts(&[("calls", 1)])]);
        let said = bench.evaluate(minute + 2, minute + 1);
        assert!(said.is_empty(), "minute {minute}: {said:?}");
    }
    // Complete, the sixth minute has one call.
    assert_eq!(bench.evaluate(7, 6), ["search firing 5 1"]);
}

#[test]
fn silence_is_found_where_there_were_calls_before() {
    let silence = ThresholdRule {
        direction: Direction::Below,
        ..threshold(AlertMeasure::Calls, &[USD])
    };
    let mut bench = Bench::new(rule(RuleKind::Threshold(silence)));
    bench.absorb(&[Row::of_feature("search", 0, 1)]);
    for minute in 1..6 {
        assert!(bench.evaluate(minute, minute).is_empty());
    }
    assert_eq!(bench.evaluate(6, 6), ["search firing 1 0"]);
    assert!(bench.evaluate(30, 30).is_empty());
    bench.absorb(&[Row::of_feature("search", 30, 1)]);
    assert_eq!(bench.evaluate(31, 31), ["search resolved 1 0"]);
}

#[test]
fn a_share_waits_for_its_minute_to_be_complete() {
    let retries = ThresholdRule {
        calls_min: 10,
        floor_usd: PicoUsd(USD),
        span_s: 60,
        ..threshold(AlertMeasure::RetryShare, &[USD / 5])
    };
    let mut bench = Bench::new(rule(RuleKind::Threshold(retries)));
    let storm = Row::of_feature("search", 0, 2).counts(&[("calls", 10), ("retry_calls", 10)]);
    bench.absorb(&[storm]);
    assert!(bench.evaluate(1, 0).is_empty());
    bench.absorb(&[Row::of_feature("search", 0, 2).counts(&[("calls", 90)])]);
    assert!(bench.evaluate(2, 1).is_empty(), "a tenth is no storm");
    let storm = Row::of_feature("search", 1, 10).counts(&[("calls", 10), ("retry_calls", 5)]);
    bench.absorb(&[storm]);
    assert_eq!(bench.evaluate(3, 2), ["search firing 0 0"]);
    // Three tenths too many of ten dollars.
    assert_eq!(bench.said[0].over_usd, Some(PicoUsd(3 * USD)));
    // No calls at all are no share: what stood before stands, for a day.
    assert!(bench.evaluate(5, 4).is_empty());
    let day = 24 * 60;
    assert_eq!(bench.evaluate(5 + day, 4 + day), ["search resolved 0 0"]);
}

#[test]
fn a_late_part_corrects_the_judgement() {
    let mut bench = Bench::new(cost_rule());
    for minute in 0..4 {
        bench.absorb(&[Row::of_feature("search", minute, 12)]);
        assert!(bench.evaluate(minute + 1, minute).is_empty());
    }
    bench.absorb(&[Row::of_feature("search", 1, 5)]);
    assert_eq!(bench.evaluate(5, 4), ["search firing 50 53"]);
    // A correction of prices is a part like any other.
    bench.absorb(&[Row::of_feature("search", 2, -10)]);
    assert_eq!(bench.evaluate(6, 4), ["search resolved 50 53"]);
    // Broken again by the same minute, it is the same alert, and its changes count on.
    bench.absorb(&[Row::of_feature("search", 2, 10)]);
    assert_eq!(bench.evaluate(7, 4), ["search firing 50 53"]);
    let numbers: Vec<u32> = bench.said.iter().map(|said| said.change_number).collect();
    assert_eq!(numbers, [0, 1, 2]);
    assert_eq!(bench.said[0].alert_id, bench.said[2].alert_id);
}

#[test]
fn rows_that_lag_behind_the_clock_are_judged_where_they_lie() {
    let mut bench = Bench::new(Rule {
        kind: RuleKind::Threshold(ThresholdRule {
            span_s: 60,
            ..threshold(AlertMeasure::Cost, &[50 * USD])
        }),
        ..cost_rule()
    });
    bench.absorb(&[
        Row::of_feature("search", 0, 60),
        Row::of_feature("search", 3, 1),
    ]);
    assert_eq!(bench.evaluate(60, 0), ["search firing 50 60"]);
}

#[test]
fn a_rule_waits_before_it_fires_and_before_it_ends() {
    let mut bench = Bench::new(Rule {
        for_s: 120,
        keep_firing_for_s: 180,
        ..cost_rule()
    });
    bench.absorb(&[Row::of_feature("search", 0, 60)]);
    assert_eq!(bench.evaluate(1, 0), ["search pending 50 60"]);
    assert!(bench.evaluate(2, 1).is_empty());
    assert_eq!(bench.evaluate(3, 2), ["search firing 50 60"]);
    assert!(bench.evaluate(7, 6).is_empty(), "whole since now");
    bench.absorb(&[Row::of_feature("search", 7, 60)]);
    assert!(bench.evaluate(8, 7).is_empty(), "broken again");
    assert!(bench.evaluate(13, 13).is_empty());
    assert!(bench.evaluate(15, 15).is_empty());
    assert_eq!(bench.evaluate(16, 16), ["search resolved 50 60"]);
}

#[test]
fn what_was_only_pending_ends_without_having_fired() {
    let mut bench = Bench::new(Rule {
        for_s: 600,
        keep_firing_for_s: 600,
        ..cost_rule()
    });
    bench.absorb(&[Row::of_feature("search", 0, 60)]);
    assert_eq!(bench.evaluate(1, 0), ["search pending 50 60"]);
    assert_eq!(bench.evaluate(7, 7), ["search resolved 50 60"]);
    assert_eq!(bench.said[1].fired_at_us, None);
}
