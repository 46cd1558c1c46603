//! Templates write exact figures for people, and what is wrong with one is found before it is used.

use std::collections::BTreeMap;

use schemas::alerts::alert::{AlertChange, AlertState, Contributor};
use schemas::alerts::amount::{Amount, Unit};
use schemas::money::PicoUsd;

use super::fill::RuleTexts;
use super::scope::Scope;
use super::{Template, Values};
use crate::alerting::rule_file;

const PICO: i128 = 1_000_000_000_000;

fn amount(pico: i128, unit: Unit) -> Amount {
    Amount { pico, unit }
}

fn change() -> AlertChange {
    let label = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let labels = [
        ("alertname", "FeatureSpike"),
        ("tenant", "acme"),
        ("feature", "{{ $value }}"),
    ];
    AlertChange {
        alert_id: "a1".to_owned(),
        change_number: 1,
        rule_group: "spend".to_owned(),
        rule: "FeatureSpike".to_owned(),
        labels: labels.into_iter().map(label).collect(),
        annotations: BTreeMap::new(),
        state: AlertState::Firing,
        step: "80%".to_owned(),
        value: amount(1_234_567_891_234_567, Unit::Usd),
        threshold: Some(amount(PICO / 5, Unit::Share)),
        baseline: None,
        over_usd: Some(PicoUsd(-4_200_000_000)),
        // 2026-11-27T06:54:18Z
        started_at_us: 1_795_762_458_000_000,
        fired_at_us: None,
        resolved_at_us: None,
        projected_at_us: Some(1_796_000_000_000_000),
        changed_at_us: 1_795_762_458_000_000 + 93_784_000_000,
        contributors: vec![
            Contributor {
                dimension: "user_id".to_owned(),
                value: "u-17".to_owned(),
                cost_usd: PicoUsd(PICO),
                calls: 9,
                share_permille: 914,
            },
            Contributor {
                dimension: "model".to_owned(),
                value: String::new(),
                cost_usd: PicoUsd(PICO),
                calls: 1,
                share_permille: 90,
            },
        ],
    }
}

fn filled(template: &str) -> String {
    let change = change();
    let values = Values {
        change: &change,
        labels: &change.labels,
    };
    Template::parse(template).unwrap().fill(values)
}

#[test]
fn variables_are_exact_and_functions_write_for_people() {
    for (template, text) in [
        (
            "no variables, { braces } and }}",
            "no variables, { braces } and }}",
        ),
        ("{{$value}}", "1234.567891234567"),
        ("{{ $value | usd }} now", "$1,234.57 now"),
        ("{{ $value | humanize }}", "$1,234.57"),
        ("{{ $over_usd }} {{ $over_usd|usd }}", "-0.0042 -$0.0042"),
        ("{{ $threshold }} {{ $threshold | percent }}", "0.2 20%"),
        ("{{ $baseline | usd }}", "unknown"),
        ("{{ $step }} of {{ $labels.tenant }}", "80% of acme"),
        ("{{ $labels.nobody }}.", "."),
        ("{{ $started_at }}", "2026-11-27T06:54:18Z"),
        ("{{ $started_at | time }}", "2026-11-27 06:54 UTC"),
        ("{{ $projected_at | time }}", "2026-11-30 00:53 UTC"),
        ("{{ $lasted }} {{ $lasted | duration }}", "93784s 1d 2h"),
        (
            "{{ $contributors }}",
            "user u-17 91.4%, model (none named) 9%",
        ),
        ("{{ $labels.feature }}", "{{ $value }}"),
    ] {
        assert_eq!(filled(template), text, "{template}");
    }
}

#[test]
fn amounts_by_unit() {
    let humanized = |pico: i128, unit: Unit| {
        let mut change = change();
        change.value = amount(pico, unit);
        let values = Values {
            change: &change,
            labels: &change.labels,
        };
        Template::parse("{{ $value | humanize }}")
            .unwrap()
            .fill(values)
    };
    for (pico, unit, text) in [
        (0, Unit::Usd, "$0.00"),
        (PICO, Unit::Usd, "$1.00"),
        (PICO - 1, Unit::Usd, "$1.0000"),
        (123, Unit::Usd, "$0.000000000123"),
        (1_250_000_000, Unit::UsdPerCall, "$0.0012 a call"),
        (1_350_000_000, Unit::UsdPerCall, "$0.0014 a call"),
        (-1_500_000 * PICO, Unit::UsdPerUser, "-$1,500,000.00 a user"),
        (2_500_000, Unit::UsdPerToken, "$2.50 a million tokens"),
        (234_000_000_000, Unit::Share, "23.4%"),
        (PICO, Unit::Share, "100%"),
        (1_234_567 * PICO, Unit::Tokens, "1,234,567 tokens"),
        (2_500_000_000_000, Unit::TokensPerCall, "2.5 tokens a call"),
        (12 * PICO, Unit::Calls, "12 calls"),
        (31 * PICO + PICO / 2, Unit::Days, "31d 12h"),
        (PICO / 86_400, Unit::Days, "0s"),
        (7 * PICO, Unit::Plain, "7"),
    ] {
        assert_eq!(humanized(pico, unit), text, "{pico} {unit:?}");
    }
}

#[test]
fn what_is_no_template_is_refused() {
    for (template, expression, message) in [
        ("a {{ $value", 0, "has a `{{` without its `}}`"),
        ("{{ $value }} {{ }}", 1, "has an empty `{{ }}`"),
        (
            "{{ $vaule }}",
            0,
            "has no variable `$vaule`; did you mean `$value`?",
        ),
        ("{{ $labels.1st }}", 0, "`1st` is no label's name"),
        ("{{ $labels. }}", 0, "`` is no label's name"),
        (
            "{{ $value | usdd }}",
            0,
            "has no function `usdd`; did you mean `usd`?",
        ),
        (
            "{{ $value | usd | count }}",
            0,
            "`$value | usd | count`: one function",
        ),
        ("{{ if $value }}", 0, "`if $value` is no variable"),
        ("{{ usd $value }}", 0, "`usd $value` is no variable"),
        ("{{ .Labels.x }}", 0, "`.Labels.x` is no variable"),
    ] {
        let errors = Template::parse(template).unwrap_err();
        assert_eq!(errors.len(), 1, "{template}: {errors:?}");
        assert_eq!(errors[0].expression, expression, "{template}");
        assert!(
            errors[0].message.starts_with(message),
            "{template}: {errors:?}"
        );
    }
    let long = "x".repeat(5000);
    assert!(Template::parse(&long).is_err());
}

#[test]
fn a_rule_knows_what_its_templates_can_use() {
    let scope = |unit: Unit, is_identity: bool| Scope {
        labels: Some(vec!["alertname".to_owned(), "tenant".to_owned()]),
        unit,
        is_identity,
    };
    let check = |scope: &Scope, template: &str| {
        let errors = scope.check(&Template::parse(template).unwrap());
        errors
            .into_iter()
            .map(|error| error.message)
            .collect::<Vec<_>>()
    };
    let money = scope(Unit::Usd, false);
    let fine =
        "{{ $labels.tenant }} {{ $value | usd }} {{ $lasted | duration }} {{ $started_at | time }}";
    assert_eq!(check(&money, fine), Vec::<String>::new());
    for (scope, template, message) in [
        (
            &money,
            "{{ $labels.tenent }}",
            "has no label `tenent`; did you mean `tenant`?",
        ),
        (
            &money,
            "{{ $value | percent }}",
            "`percent` cannot write `$value`: what fits is `usd` or `humanize`",
        ),
        (
            &money,
            "{{ $started_at | usd }}",
            "`usd` cannot write `$started_at`: what fits is `time` or `humanize`",
        ),
        (
            &money,
            "{{ $step | usd }}",
            "`usd` cannot write `$step`: it is a text",
        ),
        (
            &scope(Unit::Share, false),
            "{{ $value | usd }}",
            "`usd` cannot write `$value`: what fits is `percent` or `humanize`",
        ),
        (
            &scope(Unit::Usd, true),
            "{{ $value }}",
            "uses `$value`, which changes while the alert lasts",
        ),
    ] {
        let errors = check(scope, template);
        assert_eq!(errors.len(), 1, "{template}: {errors:?}");
        assert!(errors[0].starts_with(message), "{template}: {errors:?}");
    }
}

/// A label whose value came with an event is data: it is never read as a template.
#[test]
fn only_what_the_rule_says_is_filled_in() {
    let rules = "\
groups:
  - name: spend
    rules:
      - alert: FeatureSpike
        spike: {}
        by: [tenant, feature]
        labels: {severity: page, owner: \"team-{{ $labels.tenant }}\"}
        annotations: {summary: \"{{ $labels.feature }} of {{ $labels.owner }}\"}
";
    let texts = RuleTexts::new(&rule_file::parse(rules).unwrap());
    let mut change = change();
    let unfilled = "team-{{ $labels.tenant }}".to_owned();
    change.labels.insert("owner".to_owned(), unfilled);
    texts.fill(&mut change);
    let labels: Vec<(&str, &str)> = change
        .labels
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        labels,
        [
            ("alertname", "FeatureSpike"),
            ("feature", "{{ $value }}"),
            ("owner", "team-acme"),
            ("severity", "page"),
            ("tenant", "acme"),
        ]
    );
    assert_eq!(change.annotations["summary"], "{{ $value }} of team-acme");
    let before = change.clone();
    change.rule = "Another".to_owned();
    texts.fill(&mut change);
    assert_eq!(change.labels, before.labels);
}
