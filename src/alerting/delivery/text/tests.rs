//! Words and rounded numbers.

use schemas::alerts::amount::{Amount, Unit};
use schemas::money::PicoUsd;

use super::{amount, facts, title};
use crate::alerting::delivery::test_changes::{firing, resolved};

#[test]
fn amounts_are_rounded_and_have_their_unit() {
    let shown = |text: &str, unit| {
        let PicoUsd(pico) = text.parse().unwrap();
        amount(Amount { pico, unit })
    };
    for (text, unit, expected) in [
        ("1234567.885", Unit::Usd, "$1,234,567.89"),
        ("0", Unit::Usd, "$0.00"),
        ("-12.345", Unit::Usd, "-$12.35"),
        ("0.994999", Unit::Usd, "$0.99"),
        ("999.999", Unit::Usd, "$1,000.00"),
        ("0.0012345", Unit::UsdPerCall, "$0.001235 a call"),
        ("2.5", Unit::UsdPerCall, "$2.50 a call"),
        ("-0.05", Unit::UsdPerUser, "-$0.050000 an active user"),
        ("0.2345", Unit::Share, "23.5 %"),
        ("1", Unit::Share, "100.0 %"),
        ("12000.4", Unit::Tokens, "12,000 tokens"),
        ("1", Unit::Calls, "1 calls"),
        ("812.5", Unit::TokensPerCall, "813 tokens a call"),
        ("40.25", Unit::Days, "40.3 days"),
        ("3.140", Unit::Plain, "3.14"),
        ("100", Unit::Plain, "100"),
    ] {
        assert_eq!(shown(text, unit), expected, "{text}");
    }
}

#[test]
fn a_title_names_state_rule_and_summary() {
    let mut change = firing("a");
    assert_eq!(
        title(&change),
        "[FIRING] FeatureSpike: search costs more than usual"
    );
    change.step = "80%".to_owned();
    change.annotations.clear();
    assert_eq!(
        title(&change),
        "[FIRING 80%] FeatureSpike: feature=search, severity=page"
    );
    change.labels.clear();
    assert_eq!(title(&change), "[FIRING 80%] FeatureSpike");
}

#[test]
fn facts_tell_the_number_the_baseline_and_the_cause() {
    let mut change = resolved("a");
    change
        .annotations
        .insert("runbook_url".to_owned(), "https://x/y".to_owned());
    let lines: Vec<String> = facts(&change)
        .iter()
        .map(|(name, fact)| format!("{name}: {fact}"))
        .collect();
    let expected = [
        "Value: $12.50",
        "Threshold: $9.00",
        "Expected: $3.25",
        "Over it: $9.25",
        "Since: 2026-11-27 07:00 UTC",
        "Until: 2026-11-27 07:30 UTC",
        "Where: feature=search, severity=page",
        "Made by: user_id u-17 $10.00 (80 %), model (none) $0.00 (1 %)",
        "Runbook: https://x/y",
    ];
    assert_eq!(lines, expected);
}
