//! A file means what it says with every default; whatever the text, the reader answers.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use schemas::alerts::alert_measure::AlertMeasure;
use schemas::alerts::rule::{
    BudgetRule, Direction, Filter, Level, Period, RuleKind, Seasonality, Sensitivity, SpikeRule,
    SqlRule, ThresholdRule,
};
use schemas::money::PicoUsd;
use schemas::rollup::Dimension;

use super::parse;

mod refusals;

const PICO: i128 = 1_000_000_000_000;

const ALL_KINDS: &str = "\
groups:
  - name: spend
    interval: 30s
    labels: {severity: ticket, team: platform}
    rules:
      - alert: FeatureSpike
        spike: {measure: tokens, direction: below, sensitivity: low, seasonality: off,
                floor_usd: 2.50, cold_start_usd: 50}
        by: [tenant, feature]
        where: {tenant: {not: [internal, '']}, provider: openai}
        for: 1m
        keep_firing_for: 10m
        labels: {severity: page}
        annotations: {summary: '{{ $labels.feature }} of {{ $labels.severity }}'}
      - alert: RetryStorm
        threshold: {measure: retry_share, over: 15m, above: [20%, 50.5%], calls_min: 100}
        by: [feature]
      - alert: MonthlyBudget
        budget: {amount_usd: 10000.10, period: week, steps: [50%, 99.9%], forecast: false}
  - name: rest
    rules:
      - alert: OutsideRegion
        sql:
          query: |
            SELECT region, count(*) AS value FROM events
        annotations: {summary: '{{ $labels.anything }} {{ $value | count }}'}
      - alert: Defaults
        spike: {}
      - alert: DefaultBudget
        budget: {amount_usd: $5}
      - alert: OldBook
        threshold: {measure: price_book_age, above: 30d}
";

#[test]
fn a_rule_is_read_with_key_filters_and_labels() {
    let groups = parse(ALL_KINDS).unwrap();
    assert_eq!(groups.len(), 2);
    assert_eq!((groups[0].interval_s, groups[1].interval_s), (30, 10));
    let unsaid = ALL_KINDS.replace("    interval: 30s\n", "");
    assert_eq!(parse(&unsaid).unwrap()[0].interval_s, 1);
    let rules = &groups[0].rules;
    let spike = &rules[0];
    assert_eq!(
        spike.kind,
        RuleKind::Spike(SpikeRule {
            measure: AlertMeasure::Tokens,
            direction: Direction::Below,
            sensitivity: Sensitivity::Low,
            seasonality: Seasonality::Off,
            floor_usd: PicoUsd(PICO * 5 / 2),
            cold_start_usd: Some(PicoUsd(50 * PICO)),
        })
    );
    assert_eq!(spike.keys, [Dimension::Tenant, Dimension::Feature]);
    let filter = |dimension, keeps, values: &[&str]| Filter {
        dimension,
        keeps,
        values: values.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(
        spike.filters,
        [
            filter(Dimension::Tenant, false, &["internal", ""]),
            filter(Dimension::Provider, true, &["openai"]),
        ]
    );
    assert_eq!(
        (spike.for_s, spike.keep_firing_for_s, spike.line),
        (60, 600, 6)
    );
    assert_eq!(spike.labels["severity"], "page");
    assert_eq!(spike.labels["team"], "platform");
}

fn level(name: &str, pico: i128) -> Level {
    Level {
        name: name.to_owned(),
        pico,
    }
}

#[test]
fn levels_and_steps_are_exact() {
    let groups = parse(ALL_KINDS).unwrap();
    let rules = &groups[0].rules;
    assert_eq!(rules[1].labels["severity"], "ticket");
    assert_eq!(
        rules[1].kind,
        RuleKind::Threshold(ThresholdRule {
            measure: AlertMeasure::RetryShare,
            span_s: 900,
            direction: Direction::Above,
            levels: vec![level("20%", PICO / 5), level("50.5%", PICO * 505 / 1000)],
            calls_min: 100,
            floor_usd: PicoUsd(0),
        })
    );
    assert_eq!(
        rules[2].kind,
        RuleKind::Budget(BudgetRule {
            amount_usd: PicoUsd(10_000 * PICO + PICO / 10),
            period: Period::Week,
            steps_permille: vec![500, 999],
            forecast: false,
        })
    );
}

#[test]
fn what_a_rule_leaves_out_has_a_default() {
    let groups = parse(ALL_KINDS).unwrap();
    let rules = &groups[1].rules;
    assert_eq!(
        rules[0].kind,
        RuleKind::Sql(SqlRule {
            query: "SELECT region, count(*) AS value FROM events\n".to_owned(),
        })
    );
    assert_eq!(
        rules[1].kind,
        RuleKind::Spike(SpikeRule {
            measure: AlertMeasure::Cost,
            direction: Direction::Above,
            sensitivity: Sensitivity::Medium,
            seasonality: Seasonality::Week,
            floor_usd: PicoUsd(5 * PICO),
            cold_start_usd: None,
        })
    );
    assert!(matches!(
        &rules[2].kind,
        RuleKind::Budget(budget)
            if budget.period == Period::Month
                && budget.steps_permille == [500, 800, 950, 1000]
                && budget.forecast
    ));
    assert!(matches!(
        &rules[3].kind,
        RuleKind::Threshold(age) if age.span_s == 0 && age.levels == [level("", 30 * PICO)]
    ));
}

/// Whatever the text, it is rules or problems whose places are in it.
#[test]
fn no_text_breaks_the_reader() {
    const PIECES: [&str; 24] = [
        "",
        "\n",
        " ",
        "  ",
        "\t",
        ":",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "'",
        "\"",
        "|",
        ">",
        "&a ",
        "*a",
        "!",
        "#",
        "%",
        "{{ $value",
        "}}",
        "\u{1f4b8}",
        "\u{0}",
    ];
    let mut random = StdRng::seed_from_u64(6);
    let lines = ALL_KINDS.lines().count();
    for _ in 0..3000 {
        let mut text: Vec<char> = ALL_KINDS.chars().collect();
        for _ in 0..random.random_range(1..6) {
            let at = random.random_range(0..text.len());
            let end = text.len().min(at + random.random_range(0..9));
            let piece = PIECES[random.random_range(0..PIECES.len())];
            text.splice(at..end, piece.chars());
        }
        let text: String = text.into_iter().collect();
        for problem in parse(&text).err().into_iter().flatten() {
            let place = problem.place;
            assert!(
                (1..=lines + 6).contains(&place.line) && place.column >= 1,
                "{text}\n{problem}"
            );
        }
    }
}
