//! An alert's change in words, for people who read it in a chat or a mail.

use schemas::alerts::alert::{ALERT_NAME, AlertChange, AlertState};
use schemas::alerts::amount::{Amount, Unit};
use schemas::money::PICO_USD_PER_USD;
use schemas::time::format_rfc3339;

/// Contributors that a text names at most.
const CONTRIBUTORS_MAX: usize = 5;
/// 10^-12 units in a hundredth of one.
const PICO_PER_HUNDREDTH: i128 = PICO_USD_PER_USD / 100;
/// Amounts of money below this are told in millionths: a call often costs less than a cent.
const SMALL_PICO: i128 = PICO_USD_PER_USD / 10;

/// The change in one line: its state, the rule, what it says.
pub(crate) fn title(change: &AlertChange) -> String {
    let state = change.state.as_str().to_uppercase();
    let step = match change.step.as_str() {
        "" => String::new(),
        step => format!(" {step}"),
    };
    let said = change.annotations.get("summary");
    let said = said.map_or_else(|| key(change), String::clone);
    match said.as_str() {
        "" => format!("[{state}{step}] {}", change.rule),
        said => format!("[{state}{step}] {}: {said}", change.rule),
    }
}

/// What was found, what was to be expected, since when, and who made most of it: a line each, with
/// its name.
pub(crate) fn facts(change: &AlertChange) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Value", amount(change.value))];
    if let Some(threshold) = change.threshold {
        facts.push(("Threshold", amount(threshold)));
    }
    if let Some(baseline) = change.baseline {
        facts.push(("Expected", amount(baseline)));
    }
    if let Some(over) = change.over_usd {
        facts.push(("Over it", amount(Amount::usd(over))));
    }
    facts.push(("Since", minute(change.started_at_us)));
    if let (AlertState::Resolved, Some(at_us)) = (change.state, change.resolved_at_us) {
        facts.push(("Until", minute(at_us)));
    }
    if let Some(at_us) = change.projected_at_us {
        facts.push(("Budget used up", minute(at_us)));
    }
    let key = key(change);
    if !key.is_empty() {
        facts.push(("Where", key));
    }
    if let Some(made_by) = contributors(change) {
        facts.push(("Made by", made_by));
    }
    for (annotation, name) in [("description", "What"), ("runbook_url", "Runbook")] {
        if let Some(text) = change.annotations.get(annotation) {
            facts.push((name, text.clone()));
        }
    }
    facts
}

/// The labels that are not the rule's name, such as `feature=search, tenant=acme`.
fn key(change: &AlertChange) -> String {
    let labels = change.labels.iter();
    let labels = labels.filter(|(name, value)| *name != ALERT_NAME && !value.is_empty());
    let labels: Vec<String> = labels
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    labels.join(", ")
}

/// Who made most of it; `None` if nobody is known.
pub(crate) fn contributors(change: &AlertChange) -> Option<String> {
    let named = change.contributors.iter().take(CONTRIBUTORS_MAX);
    let named: Vec<String> = named
        .map(|one| {
            let value = match one.value.as_str() {
                "" => "(none)",
                value => value,
            };
            let percent = (one.share_permille + 5) / 10;
            let cost = amount(Amount::usd(one.cost_usd));
            format!("{} {value} {cost} ({percent} %)", one.dimension)
        })
        .collect();
    (!named.is_empty()).then(|| named.join(", "))
}

/// An amount for people: rounded half up, with its unit.
pub(crate) fn amount(amount: Amount) -> String {
    let is_small = amount.pico.abs() < SMALL_PICO;
    match amount.unit {
        Unit::Usd => dollars(amount.pico, false),
        Unit::UsdPerCall => format!("{} a call", dollars(amount.pico, is_small)),
        // What one token costs is too little to read.
        Unit::UsdPerToken => {
            let of_million = amount.pico.saturating_mul(1_000_000);
            format!("{} a million tokens", dollars(of_million, false))
        }
        Unit::UsdPerUser => format!("{} an active user", dollars(amount.pico, is_small)),
        Unit::Share => format!("{} %", tenths(amount.pico.saturating_mul(100))),
        Unit::Tokens => format!("{} tokens", whole(amount.pico)),
        Unit::Calls => format!("{} calls", whole(amount.pico)),
        Unit::TokensPerCall => format!("{} tokens a call", whole(amount.pico)),
        Unit::Days => format!("{} days", tenths(amount.pico)),
        Unit::Plain => trimmed(amount),
    }
}

fn dollars(pico: i128, is_small: bool) -> String {
    let sign = if pico < 0 { "-" } else { "" };
    if is_small {
        let millionths = rounded(pico, PICO_USD_PER_USD / 1_000_000).unsigned_abs();
        return format!("{sign}$0.{millionths:06}");
    }
    let cents = rounded(pico, PICO_PER_HUNDREDTH).unsigned_abs();
    format!("{sign}${}.{:02}", grouped(cents / 100), cents % 100)
}

fn whole(pico: i128) -> String {
    let sign = if pico < 0 { "-" } else { "" };
    let units = rounded(pico, PICO_USD_PER_USD).unsigned_abs();
    format!("{sign}{}", grouped(units))
}

fn tenths(pico: i128) -> String {
    let sign = if pico < 0 { "-" } else { "" };
    let tenths = rounded(pico, PICO_USD_PER_USD / 10).unsigned_abs();
    format!("{sign}{}.{}", grouped(tenths / 10), tenths % 10)
}

fn trimmed(amount: Amount) -> String {
    let text = amount.to_string();
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// How many of a unit, rounded half away from zero.
fn rounded(pico: i128, unit: i128) -> i128 {
    let half = if pico < 0 { -unit / 2 } else { unit / 2 };
    pico.saturating_add(half) / unit
}

/// Digits in groups of three.
fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An instant to the minute.
fn minute(time_us: i64) -> String {
    let text = format_rfc3339(time_us);
    match text.get(..16) {
        Some(minute) => format!("{} UTC", minute.replace('T', " ")),
        None => text,
    }
}

#[cfg(test)]
mod tests;
