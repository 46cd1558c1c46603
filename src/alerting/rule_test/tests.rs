//! Tests of rules are read whole, are played exactly, and fail where they should.

use schemas::rollup::default_rollups;

use super::{TestFile, parse, play, series, verdict};
use crate::alerting::rule_file;

fn values(column: &str, notation: &str) -> Vec<Option<i128>> {
    let values = series::parse(column, notation).unwrap();
    (0..values.len() + 1).map(|at| values.get(at)).collect()
}

#[test]
fn values_are_written_as_prometheus_writes_them() {
    let some = |values: &[i128]| {
        let behind = std::iter::once(None);
        values
            .iter()
            .copied()
            .map(Some)
            .chain(behind)
            .collect::<Vec<_>>()
    };
    assert_eq!(values("calls", "1 2 3"), some(&[1, 2, 3]));
    assert_eq!(values("calls", "5x2"), some(&[5, 5, 5]));
    assert_eq!(values("calls", "1+2x3"), some(&[1, 3, 5, 7]));
    assert_eq!(values("calls", " 10-1x2  0x0 "), some(&[10, 9, 8, 0]));
    assert_eq!(
        values("calls", "_ 1 _x2 2"),
        [None, Some(1), None, None, Some(2), None]
    );
    let cent = 10_000_000_000;
    assert_eq!(values("cost_usd", "0.01+0.01x1"), some(&[cent, 2 * cent]));
    assert_eq!(values("calls", ""), [None]);
}

#[test]
fn values_that_are_none_are_refused() {
    for (column, notation, wrong) in [
        ("calls", "1.5", "which is no value"),
        ("calls", "1 x3", "which is no value"),
        ("calls", "-1", "which is no value"),
        ("calls", "1-1x2", "which falls below zero"),
        ("calls", "5xx", "which is no run"),
        ("calls", "1+x3", "which is no value"),
        ("calls", "1x300000", "more than 200000 values"),
        ("calls", "1x99999999999999999999", "which is no run"),
        ("cost_usd", "0.0000000000001", "which is no value"),
        ("latency_ms_sum", "1", "plays no part in rules"),
    ] {
        let found = series::parse(column, notation).unwrap_err();
        assert!(found.contains(wrong), "{notation}: {found}");
    }
}

#[test]
fn all_problems_of_a_file_come_at_once() {
    let text = "\
rule_file: [a.yaml]
tests:
  - start: Monday
    interval: 7s
    input_series:
      - rollup: featur
      - rollup: feature
        dimensions: {tenant: acme, user_id: u}
        values: {callz: 1, cost_usd: dear}
    alert_rule_test:
      - eval_time: 1000000m
        alertname: A
        exp_alerts: [{exp_label: {a: b}}]
";
    let problems = parse(text, &default_rollups()).unwrap_err();
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let begins = [
        "1:1: the file has no key `rule_file`; did you mean `rule_files`?",
        "1:1: the file needs `rule_files`",
        "3:12: `start` must be an instant with its offset",
        "6:17: `rollup` is no rollup of the configuration; did you mean `feature`?",
        "7:9: the test's `interval` of 7 s must divide the windows of the rollup feature, 60 s",
        "8:9: the rollup feature has no dimension `user_id`; known are tenant, feature, provider, model",
        "9:18: there is no measure `callz`; did you mean `calls`?",
        "9:38: `cost_usd` has \"dear\", which is no value",
        "11:9: `eval_time` is more than 200000 evaluations after the start",
        "13:23: an expected alert has no key `exp_label`; did you mean `exp_labels`?",
    ];
    assert_eq!(lines.len(), begins.len(), "{lines:#?}");
    for (line, begin) in lines.iter().zip(begins) {
        assert!(line.starts_with(begin), "{line}\n{begin}");
    }
}

const RULES: &str = "\
groups:
  - name: g
    labels: {severity: page}
    rules:
      - alert: Dear
        threshold: {measure: cost, over: 5m, above: [10, 100]}
        by: [feature]
        for: 2m
        annotations: {summary: '{{ $labels.feature }} costs {{ $value | usd }}'}
";

fn file(expectations: &str) -> TestFile {
    let text = format!(
        "\
rule_files: [rules.yaml]
tests:
  - input_series:
      - rollup: feature
        dimensions: {{tenant: acme, feature: search}}
        values: {{calls: 1x19, cost_usd: 1x4 5x4 0x9}}
    alert_rule_test:
{expectations}"
    );
    parse(&text, &default_rollups()).unwrap()
}

/// The differences of each expectation.
fn differences(expectations: &str) -> Vec<Vec<String>> {
    let file = file(expectations);
    let groups = rule_file::parse(RULES).unwrap();
    let test = &file.tests[0];
    let outcomes = play::play(test, &groups, &default_rollups(), 60).unwrap();
    outcomes.iter().map(verdict::differences).collect()
}

#[test]
fn what_is_expected_passes() {
    let expectations = "      - {eval_time: 7m, alertname: Dear}
      - eval_time: 10m
        alertname: Dear
        exp_alerts:
          - exp_labels: {severity: page, feature: search}
            exp_step: '10'
            exp_annotations: {summary: search costs $21.00}
      - {eval_time: 19m, alertname: Dear}
";
    assert_eq!(
        differences(expectations),
        [Vec::<String>::new(), vec![], vec![]]
    );
}

#[test]
fn what_is_not_as_expected_is_told() {
    let expectations = "      - eval_time: 7m
        alertname: Dear
        exp_alerts: [{exp_labels: {feature: search}}]
      - {eval_time: 10m, alertname: Dear}
      - eval_time: 10m
        alertname: Dear
        exp_alerts:
          - exp_labels: {severity: page, feature: search}
            exp_step: '100'
            exp_annotations: {summary: cheap}
";
    let found = differences(expectations);
    assert_eq!(
        found[0],
        [
            "- {feature=\"search\"} was expected, and does not fire",
            "  {feature=\"search\", severity=\"page\"} is pending; its value is 13.000000000000",
        ]
    );
    assert_eq!(found[1].len(), 1);
    assert!(found[1][0].starts_with("+ {feature=\"search\", severity=\"page\"} fires"));
    assert_eq!(
        found[2],
        [
            "! {feature=\"search\", severity=\"page\"}: the annotation summary differs",
            "    expected: cheap",
            "    found:    search costs $21.00",
            "! {feature=\"search\", severity=\"page\"}: the step differs",
            "    expected: 100",
            "    found:    10",
        ]
    );
}

/// Half a minute of a series is half of its window: parts add up.
#[test]
fn parts_of_a_window_add_up() {
    let text = "\
rule_files: [rules.yaml]
tests:
  - interval: 30s
    input_series:
      - rollup: feature
        dimensions: {feature: search}
        values: {cost_usd: 3x39}
    alert_rule_test:
      - {eval_time: 1m, alertname: Dear}
      - eval_time: 10m
        alertname: Dear
        exp_alerts:
          - exp_labels: {severity: page, feature: search}
            exp_annotations: {summary: search costs $24.00}
";
    let file = parse(text, &default_rollups()).unwrap();
    let groups = rule_file::parse(RULES).unwrap();
    let outcomes = play::play(&file.tests[0], &groups, &default_rollups(), 60).unwrap();
    for outcome in &outcomes {
        assert_eq!(verdict::differences(outcome), Vec::<String>::new());
    }
}
