//! An alert in Alertmanager's spelling.

use serde_json::json;

use super::{label_name, postable};
use crate::alerting::delivery::test_changes::{firing, resolved};

/// 2026-11-27T08:00:00Z.
const NOW_US: i64 = 1_795_766_400_000_000;

#[test]
fn what_fires_ends_some_minutes_ahead() {
    let mut change = firing("a");
    change.labels.insert("tenant".to_owned(), String::new());
    let alert = serde_json::to_value(postable(&change, Some("https://t/"), NOW_US)).unwrap();
    let expected = json!({
        "labels": { "alertname": "FeatureSpike", "feature": "search", "severity": "page" },
        "annotations": {
            "summary": "search costs more than usual",
            "value": "$12.50",
            "threshold": "$9.00",
            "baseline": "$3.25",
            "over_usd": "9.250000000000",
            "contributors": "user_id u-17 $10.00 (80 %), model (none) $0.00 (1 %)",
            "alert_id": "a",
        },
        "startsAt": "2026-11-27T07:00:00.000000Z",
        "endsAt": "2026-11-27T08:05:00.000000Z",
        "generatorURL": "https://t/",
    });
    assert_eq!(alert, expected);
}

#[test]
fn what_is_over_ends_when_it_did_and_never_before_its_start() {
    let ends = |change| {
        let alert = serde_json::to_value(postable(&change, None, NOW_US)).unwrap();
        assert!(alert.get("generatorURL").is_none());
        alert["endsAt"].as_str().unwrap().to_owned()
    };
    assert_eq!(ends(resolved("a")), "2026-11-27T07:30:00.000000Z");
    let mut early = resolved("a");
    early.resolved_at_us = Some(0);
    assert_eq!(ends(early), "2026-11-27T07:00:00.000000Z");
}

#[test]
fn names_have_the_letters_that_it_takes() {
    for (name, expected) in [
        ("feature", "feature"),
        ("service-tier", "service_tier"),
        ("5xx share", "_5xx_share"),
        ("caf\u{e9}", "caf_"),
        ("", "_"),
    ] {
        assert_eq!(label_name(name), expected);
    }
}
