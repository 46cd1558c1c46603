//! How amounts, instants and durations are written, for people and exact.

use schemas::alerts::alert::Contributor;
use schemas::alerts::amount::{Amount, Unit};
use schemas::time::{US_PER_S, format_rfc3339};

use crate::alerting::template::{Found, Function};

/// What stands where the alert has no value.
const UNKNOWN: &str = "unknown";
/// Contributors that a sentence names.
const CONTRIBUTORS_MAX: usize = 5;
/// Decimal places of an [`Amount`].
const PLACES: u32 = 12;
const PICO: i128 = 10_i128.pow(PLACES);
const US_PER_DAY: i128 = 86_400_000_000;

/// Writes a value; without a function exactly as it is.
pub(super) fn write(found: &Found, function: Option<Function>) -> String {
    match (found, function) {
        (Found::Unknown, _) => UNKNOWN.to_owned(),
        (Found::Text(text), _) => text.clone(),
        (Found::InstantUs(at_us), None) => seconds_of(&format_rfc3339(*at_us)),
        (Found::InstantUs(at_us), Some(_)) => minutes_of(&format_rfc3339(*at_us)),
        (Found::SpanUs(span_us), None) => format!("{}s", span_us / US_PER_S),
        (Found::SpanUs(span_us), Some(_)) => duration(i128::from(*span_us)),
        (Found::Amount(amount), None) => exact(amount.pico),
        (Found::Amount(amount), Some(Function::Humanize)) => by_unit(*amount),
        (Found::Amount(amount), Some(function)) => amount_by(function, amount.pico),
    }
}

fn amount_by(function: Function, pico: i128) -> String {
    match function {
        Function::Usd => usd(pico),
        Function::Percent => percent(pico),
        Function::Duration => duration(pico.saturating_mul(US_PER_DAY) / PICO),
        Function::Count | Function::Time | Function::Humanize => count(pico),
    }
}

fn by_unit(amount: Amount) -> String {
    let Amount { pico, unit } = amount;
    match unit {
        Unit::Usd => usd(pico),
        Unit::UsdPerCall => format!("{} a call", usd(pico)),
        Unit::UsdPerToken => {
            let of_million = usd(pico.saturating_mul(1_000_000));
            format!("{of_million} a million tokens")
        }
        Unit::UsdPerUser => format!("{} a user", usd(pico)),
        Unit::Share => percent(pico),
        Unit::Tokens => format!("{} tokens", count(pico)),
        Unit::TokensPerCall => format!("{} tokens a call", count(pico)),
        Unit::Calls => format!("{} calls", count(pico)),
        Unit::Days => amount_by(Function::Duration, pico),
        Unit::Plain => count(pico),
    }
}

/// Cents from a dollar on, ten-thousandths below it, and every digit of what is less than these.
fn usd(pico: i128) -> String {
    let sign = if pico < 0 { "-" } else { "" };
    let magnitude = pico.abs();
    let places = if magnitude >= PICO || magnitude == 0 {
        2
    } else {
        4
    };
    let rounded = rounded(magnitude, places);
    if rounded == 0 && magnitude != 0 {
        return format!("{sign}${}", exact(magnitude));
    }
    format!("{sign}${}", grouped(rounded, places))
}

/// One decimal place, unless it is zero.
fn percent(pico: i128) -> String {
    let sign = if pico < 0 { "-" } else { "" };
    let tenths = grouped(rounded(pico.abs().saturating_mul(100), 1), 1);
    format!("{sign}{}%", tenths.strip_suffix(".0").unwrap_or(&tenths))
}

/// Whole from ten on; below it one decimal place, unless it is zero.
fn count(pico: i128) -> String {
    let sign = if pico < 0 { "-" } else { "" };
    let places = if pico.abs() < 10 * PICO { 1 } else { 0 };
    let number = grouped(rounded(pico.abs(), places), places);
    format!("{sign}{}", number.strip_suffix(".0").unwrap_or(&number))
}

/// The two largest units, such as `2d 3h`.
fn duration(span_us: i128) -> String {
    const UNITS: [(i128, &str); 4] = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")];
    let sign = if span_us < 0 { "-" } else { "" };
    let mut rest_s = span_us.abs() / i128::from(US_PER_S);
    let mut parts = Vec::new();
    for (length_s, name) in UNITS {
        let count = rest_s / length_s;
        rest_s %= length_s;
        // A second unit is said only directly behind the first.
        if count > 0 && parts.len() < 2 {
            parts.push(format!("{count}{name}"));
        } else if !parts.is_empty() {
            break;
        }
    }
    if parts.is_empty() {
        return "0s".to_owned();
    }
    format!("{sign}{}", parts.join(" "))
}

/// Who made most of it, such as `user u-17 91%, model gpt-5 9%`.
pub(super) fn contributors(contributors: &[Contributor]) -> Found {
    if contributors.is_empty() {
        return Found::Unknown;
    }
    let named = contributors.iter().take(CONTRIBUTORS_MAX).map(|part| {
        let dimension = part.dimension.trim_end_matches("_id").replace('_', " ");
        let value = if part.value.is_empty() {
            "(none named)"
        } else {
            &part.value
        };
        let share = percent(i128::from(part.share_permille) * (PICO / 1000));
        format!("{dimension} {value} {share}")
    });
    Found::Text(named.collect::<Vec<_>>().join(", "))
}

/// The exact decimal without zeros at its end.
fn exact(pico: i128) -> String {
    let sign = if pico < 0 { "-" } else { "" };
    let magnitude = pico.unsigned_abs();
    let one = PICO.unsigned_abs();
    let text = format!("{}.{:012}", magnitude / one, magnitude % one);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{sign}{text}")
}

/// A magnitude in units of its `places`th decimal place, rounded half to even.
fn rounded(magnitude: i128, places: u32) -> i128 {
    let unit = 10_i128.pow(PLACES - places);
    let (whole, rest) = (magnitude / unit, magnitude % unit);
    let is_up = rest * 2 > unit || (rest * 2 == unit && whole % 2 == 1);
    whole + i128::from(is_up)
}

/// Writes units of the `places`th decimal place with commas between thousands.
fn grouped(value: i128, places: u32) -> String {
    let one = 10_i128.pow(places);
    let digits = (value / one).to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if places > 0 {
        let width = usize::try_from(places).unwrap_or_default();
        text.push_str(&format!(".{:0width$}", value % one));
    }
    text
}

/// An instant without what is below a second.
fn seconds_of(instant: &str) -> String {
    match instant.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => instant.to_owned(),
    }
}

/// `2026-11-27 06:54 UTC`
fn minutes_of(instant: &str) -> String {
    match instant.rsplit_once(':') {
        Some((minutes, _)) => format!("{} UTC", minutes.replacen('T', " ", 1)),
        None => instant.to_owned(),
    }
}
