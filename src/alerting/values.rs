//! What single texts of a rule mean: durations, percentages, dollars, counts, choices.
//!
//! Each returns what to write instead if the text means nothing, to be put behind the field's name.

use schemas::money::{PicoUsd, parse_decimal};
use schemas::time::S_PER_DAY;

use crate::alerting::fields::shortened;
use crate::alerting::problem::hint;

/// The units of durations, the longest first, in seconds.
const DURATION_UNITS: [(char, u32); 5] = [
    ('w', 604_800),
    ('d', 86_400),
    ('h', 3600),
    ('m', 60),
    ('s', 1),
];
/// Places of the amounts of rules: those of `Amount`.
const PLACES: u8 = 12;
/// Largest number of a rule, in whole units.
const WHOLE_MAX: i128 = 1_000_000_000_000_000;

/// A span such as `90s`, `15m`, `1h30m` or `7d`, at least a second long, seconds.
pub(crate) fn span_s(text: &str) -> Result<u32, String> {
    match duration_s(text)? {
        0 => Err("must be at least 1s".to_owned()),
        seconds => Ok(seconds),
    }
}

/// A duration such as `0s`, `90s`, `15m`, `1h30m` or `7d`, seconds.
pub(crate) fn duration_s(text: &str) -> Result<u32, String> {
    let wrong = || {
        let got = shortened(text);
        format!("must be a duration such as 90s, 15m, 1h30m or 7d, got \"{got}\"")
    };
    let mut units = DURATION_UNITS.into_iter();
    let mut rest = text;
    let mut seconds = 0_u32;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (count, behind) = rest.split_at(digits);
        let name = behind.chars().next().ok_or_else(wrong)?;
        // Units come from the longest to the shortest, each once: anything else is a slip.
        let (_, length_s) = units.find(|(unit, _)| *unit == name).ok_or_else(wrong)?;
        let count: u32 = count.parse().map_err(|_| wrong())?;
        let part = count.checked_mul(length_s);
        let sum = part.and_then(|part| seconds.checked_add(part));
        seconds = sum.ok_or("must be shorter than 136 years")?;
        rest = behind.strip_prefix(name).unwrap_or_default();
    }
    if text.is_empty() {
        return Err(wrong());
    }
    Ok(seconds)
}

/// An amount such as `5`, `0.25` or `$5`, exact.
pub(crate) fn dollars(text: &str) -> Result<PicoUsd, String> {
    let number = text.strip_prefix('$').unwrap_or(text);
    decimal(number, PLACES)
        .map(PicoUsd)
        .map_err(|why| format!("must be an amount in US dollars such as 5 or 0.25: {why}"))
}

/// An amount above zero.
pub(crate) fn dollars_above_zero(text: &str) -> Result<PicoUsd, String> {
    match dollars(text)? {
        PicoUsd(0) => Err("must be above zero".to_owned()),
        amount => Ok(amount),
    }
}

/// A percentage such as `20%`, 10^-12 of the whole.
pub(crate) fn share(text: &str) -> Result<i128, String> {
    let number = text.strip_suffix('%').ok_or_else(|| {
        let got = shortened(text);
        format!("must be a percentage such as 20%, got \"{got}\"")
    })?;
    // A hundredth of the number has two places more.
    decimal(number.trim_end(), PLACES - 2)
        .map_err(|why| format!("must be a percentage such as 20%: {why}"))
}

/// A percentage with at most one decimal place, thousandths.
pub(crate) fn permille(text: &str) -> Result<u32, String> {
    const PICO_PER_PERMILLE: i128 = 1_000_000_000;
    let pico = share(text)?;
    match u32::try_from(pico / PICO_PER_PERMILLE) {
        Ok(permille @ 1..=10_000) if pico % PICO_PER_PERMILLE == 0 => Ok(permille),
        _ => Err("must be from 0.1% to 1000%, with at most one decimal place".to_owned()),
    }
}

/// A number such as `100` or `2.5`, 10^-12 of its unit.
pub(crate) fn number(text: &str) -> Result<i128, String> {
    decimal(text, PLACES).map_err(|why| format!("must be a number such as 100 or 2.5: {why}"))
}

/// Days such as `30`, or a duration of whole days such as `30d`, 10^-12 of a day.
pub(crate) fn days(text: &str) -> Result<i128, String> {
    let Ok(seconds) = duration_s(text) else {
        return number(text).map_err(|_| {
            let got = shortened(text);
            format!("must be a number of days such as 30d, got \"{got}\"")
        });
    };
    let seconds = i64::from(seconds);
    if seconds % S_PER_DAY != 0 {
        return Err("must be whole days such as 30d".to_owned());
    }
    Ok(i128::from(seconds / S_PER_DAY) * 10_i128.pow(12))
}

/// A whole number of zero or more.
pub(crate) fn count(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| {
        let got = shortened(text);
        format!("must be a whole number such as 100, got \"{got}\"")
    })
}

/// `true` or `false`.
pub(crate) fn truth(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(format!(
            "must be true or false, got \"{}\"",
            shortened(other)
        )),
    }
}

/// One of some names.
pub(crate) fn choice<T: Copy>(text: &str, choices: &[(&str, T)]) -> Result<T, String> {
    let chosen = choices.iter().find(|(name, _)| *name == text);
    chosen.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        format!("cannot be \"{}\"{}", shortened(text), hint(text, &names))
    })
}

/// A decimal of zero or more with at most so many places, as an integer of its last one.
fn decimal(text: &str, places: u8) -> Result<i128, String> {
    let got = || format!("got \"{}\"", shortened(text));
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    let is_plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if !is_plain {
        return Err(got());
    }
    if fraction.len() > usize::from(places) {
        return Err(format!(
            "{}, which has more than {places} decimal places",
            got()
        ));
    }
    let value = parse_decimal(text.as_bytes(), places).map_err(|_| got())?;
    if value / 10_i128.pow(u32::from(places)) > WHOLE_MAX {
        return Err(format!("{}, which is beyond {WHOLE_MAX}", got()));
    }
    Ok(value)
}

#[cfg(test)]
mod tests;
