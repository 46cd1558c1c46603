//! Which rollup feeds which rule, and in what steps.

use std::collections::BTreeMap;

use schemas::alerts::alert_measure::AlertMeasure;
use schemas::alerts::rule::{Direction, Level, Rule, RuleKind, ThresholdRule};
use schemas::money::PicoUsd;
use schemas::rollup::{Dimension, Rollup, default_rollups};

use super::feed_of;

fn rule(keys: &[Dimension], measure: AlertMeasure, span_s: u32) -> Rule {
    Rule {
        name: "r".to_owned(),
        kind: RuleKind::Threshold(ThresholdRule {
            measure,
            span_s,
            direction: Direction::Above,
            levels: vec![Level {
                name: String::new(),
                pico: 1,
            }],
            calls_min: 0,
            floor_usd: PicoUsd(0),
        }),
        keys: keys.to_vec(),
        filters: Vec::new(),
        for_s: 0,
        keep_firing_for_s: 0,
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        line: 1,
    }
}

/// `rollup step x steps`.
fn check(keys: &[Dimension], measure: AlertMeasure, span_s: u32, expected: &str) {
    let mut rollups = default_rollups();
    rollups.push(Rollup {
        name: "wide".to_owned(),
        window_seconds: 60,
        dimensions: vec![Dimension::Tenant],
    });
    let feed = feed_of(&rule(keys, measure, span_s), &rollups).unwrap();
    let text = feed.map(|feed| format!("{} {} x {}", feed.rollup, feed.step_s, feed.steps));
    assert_eq!(text.as_deref().unwrap_or("none"), expected);
}

#[test]
fn the_narrowest_windows_feed_a_rule_then_the_fewest_dimensions() {
    check(&[Dimension::Tenant], AlertMeasure::Cost, 60, "wide 60 x 1");
    check(
        &[Dimension::Model],
        AlertMeasure::Cost,
        60,
        "feature 60 x 1",
    );
    check(&[Dimension::UserId], AlertMeasure::Cost, 60, "user 900 x 1");
    check(&[], AlertMeasure::CostPerActiveUser, 900, "user 900 x 1");
    check(&[], AlertMeasure::PriceBookAge, 900, "none");
}

#[test]
fn a_long_span_slides_in_larger_steps() {
    check(
        &[Dimension::Feature],
        AlertMeasure::Cost,
        3_600,
        "feature 60 x 60",
    );
    check(
        &[Dimension::Feature],
        AlertMeasure::Cost,
        7_200,
        "feature 120 x 60",
    );
    check(
        &[Dimension::Feature],
        AlertMeasure::Cost,
        86_400,
        "feature 1440 x 60",
    );
    check(
        &[Dimension::Feature],
        AlertMeasure::Cost,
        90,
        "feature 60 x 2",
    );
}
