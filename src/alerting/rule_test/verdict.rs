//! Whether the alerts of a test are those that were expected, and what the difference is.

use std::collections::BTreeMap;

use schemas::alerts::alert::{ALERT_NAME, AlertChange, AlertState};

use crate::alerting::rule_test::ExpectedAlert;
use crate::alerting::rule_test::play::Outcome;

/// What is not as expected, a line each; none if all is.
pub(crate) fn differences(outcome: &Outcome<'_>) -> Vec<String> {
    let is_firing = |change: &&AlertChange| change.state == AlertState::Firing;
    let mut firing: Vec<&AlertChange> = outcome.standing.iter().filter(is_firing).collect();
    let mut lines = Vec::new();
    let mut missing = Vec::new();
    for expected in &outcome.expectation.alerts {
        let found = firing
            .iter()
            .position(|change| labels_of(change) == expected.labels);
        match found {
            Some(place) => lines.extend(of_alert(expected, firing.remove(place))),
            None => missing.push(expected),
        }
    }
    let missing = missing.into_iter().map(|expected| {
        let labels = braced(&expected.labels);
        format!("- {labels} was expected, and does not fire")
    });
    lines.extend(missing);
    let surplus = firing.into_iter().map(|change| {
        let (labels, value) = (braced(&labels_of(change)), change.value);
        format!("+ {labels} fires, and was not expected; its value is {value}")
    });
    lines.extend(surplus);
    if !lines.is_empty() {
        let pending = outcome.standing.iter().filter(|change| !is_firing(change));
        lines.extend(pending.map(|change| {
            let (labels, value) = (braced(&labels_of(change)), change.value);
            format!("  {labels} is pending; its value is {value}")
        }));
    }
    lines
}

/// What is not as expected of an alert that does fire.
fn of_alert(expected: &ExpectedAlert, change: &AlertChange) -> Vec<String> {
    let mut lines = Vec::new();
    let labels = braced(&expected.labels);
    let mut differs = |what: &str, expected: &str, found: &str| {
        lines.push(format!("! {labels}: {what} differs"));
        lines.push(format!("    expected: {expected}"));
        lines.push(format!("    found:    {found}"));
    };
    for (name, text) in &expected.annotations {
        let found = change.annotations.get(name).map_or("", String::as_str);
        if found.trim_end() != text.trim_end() {
            differs(&format!("the annotation {name}"), text, found);
        }
    }
    if let Some(step) = expected.step.as_ref().filter(|step| **step != change.step) {
        differs("the step", step, &change.step);
    }
    lines
}

/// The labels that an expectation names.
fn labels_of(change: &AlertChange) -> BTreeMap<String, String> {
    let mut labels = change.labels.clone();
    labels.remove(ALERT_NAME);
    labels
}

fn braced(labels: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = labels
        .iter()
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    format!("{{{}}}", pairs.join(", "))
}
