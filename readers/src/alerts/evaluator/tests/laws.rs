//! What holds of any rule: restarts, bounds, and rules that come and go.

use schemas::alerts::alert_measure::AlertMeasure;
use schemas::alerts::rule::{Rule, RuleKind};
use schemas::rollup::{Dimension, default_rollups};

use super::{Bench, KEYS_MAX, Row, USD, rule, threshold};
use crate::alerts::feed::feed_of;

fn cost_rule() -> Rule {
    rule(RuleKind::Threshold(threshold(
        AlertMeasure::Cost,
        &[50 * USD, 80 * USD],
    )))
}

#[test]
fn a_restart_goes_on_without_a_second_alert() {
    let given = [Row::of_feature("search", 0, 60)];
    let mut before = Bench::new(cost_rule());
    before.absorb(&given);
    assert_eq!(before.evaluate(1, 0), ["search firing 50 60"]);
    let mut after = Bench::restored(cost_rule(), &before.said);
    after.absorb(&given);
    assert!(after.evaluate(2, 1).is_empty());
    after.absorb(&[Row::of_feature("search", 1, 30)]);
    assert_eq!(after.evaluate(3, 2), ["search firing 80 90"]);
    assert_eq!(after.said[0].alert_id, before.said[0].alert_id);
    assert_eq!(after.said[0].change_number, 1);
    let mut last = Bench::restored(cost_rule(), &after.said);
    last.absorb(&given);
    assert_eq!(last.evaluate(20, 20), ["search resolved 80 90"]);
    // What is over does not begin anew under its old number.
    let mut again = Bench::restored(cost_rule(), &last.said);
    again.absorb(&given);
    assert_eq!(again.evaluate(21, 0), ["search firing 50 60"]);
    assert_eq!(again.said[0].change_number, 3);
}

#[test]
fn who_was_slower_takes_what_the_lake_has() {
    let given = [Row::of_feature("search", 0, 60)];
    let (mut faster, mut slower) = (Bench::new(cost_rule()), Bench::new(cost_rule()));
    faster.absorb(&given).evaluate(1, 0);
    slower.absorb(&given).evaluate(1, 0);
    assert_eq!(faster.said, slower.said);
    slower.evaluator.restore(&faster.said);
    assert!(slower.evaluate(2, 1).is_empty());
}

#[test]
fn an_alert_whose_rule_is_gone_is_over() {
    let mut before = Bench::new(cost_rule());
    before.absorb(&[Row::of_feature("search", 0, 60)]);
    before.evaluate(1, 0);
    let renamed = Rule {
        name: "Other".to_owned(),
        ..cost_rule()
    };
    let mut after = Bench::restored(renamed, &before.said);
    assert_eq!(after.evaluate(2, 1), ["search resolved 50 60"]);
    assert_eq!(after.said[0].change_number, 1);
    assert_eq!(after.said[0].rule, "TooDear");
    assert!(after.evaluate(3, 2).is_empty());
}

#[test]
fn keys_are_bounded_and_silent_ones_forgotten() {
    let mut bench = Bench::new(cost_rule());
    let many: Vec<Row> = (0..KEYS_MAX + 10)
        .map(|key| Row::of_feature(&format!("f{key}"), 0, 1))
        .collect();
    bench.absorb(&many);
    bench.evaluate(1, 0);
    let report = bench.evaluator.report();
    assert_eq!((report.keys, report.rows_dropped), (KEYS_MAX, 10));
    bench.absorb(&[Row::of_feature("f0", 60, 1)]);
    bench.evaluate(61, 60);
    assert_eq!(bench.evaluator.report().keys, 1);
    bench.absorb(&[Row::of_feature("f1005", 61, 60)]);
    assert_eq!(bench.evaluate(62, 61), ["f1005 firing 50 60"]);
}

#[test]
fn memory_is_flat_while_time_goes_on() {
    let mut bench = Bench::new(cost_rule());
    let mut sizes = Vec::new();
    for minute in 0..500 {
        let given: Vec<Row> = (0..50)
            .map(|key| Row::of_feature(&format!("f{key}"), minute, 1))
            .collect();
        bench.absorb(&given).evaluate(minute + 1, minute);
        sizes.push(bench.evaluator.memory_bytes());
    }
    assert!(sizes[499] <= sizes[20], "{} then {}", sizes[20], sizes[499]);
}

#[test]
fn a_rule_needs_a_rollup_with_its_dimensions() {
    let by_agent = Rule {
        keys: vec![Dimension::Agent, Dimension::Model],
        ..cost_rule()
    };
    let error = feed_of(&by_agent, &default_rollups()).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("no rollup groups by model, agent"), "{text}");
    let line = "dimensions = [\"model\", \"agent\"]";
    assert!(text.contains(line), "{text}");
}
