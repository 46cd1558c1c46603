//! RFC 3339 as its grammar says it, and days by counting them.

const US_PER_S: i64 = 1_000_000;
const MONTH_DAYS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Microseconds since the Unix epoch of an RFC 3339 date and time; `None` if the text is none, or
/// does not lie within the years 1 to 9999 in UTC.
///
/// A leap second is taken for the second before it, and digits below a microsecond are cut.
#[must_use]
pub fn rfc3339_us(text: &str) -> Option<i64> {
    let (date, rest) = split(text, 10)?;
    let (separator, rest) = split(rest, 1)?;
    let (time, rest) = split(rest, 8)?;
    if !matches!(separator, "T" | "t" | " ") {
        return None;
    }
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let leap_day = i64::from(is_leap && month == 2);
    let length = MONTH_DAYS.get(usize::try_from(month).ok()?.checked_sub(1)?)? + leap_day;
    if !(1..=length).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (fraction_us, offset) = fraction(rest)?;
    let days = days_before(year, month, is_leap) + day - 1;
    let local_s = days * 86_400 + hour * 3_600 + minute * 60 + second.min(59);
    let time_us = (local_s - offset_s(offset)?) * US_PER_S + fraction_us;
    let bounds = days_before(1, 1, false) * 86_400 * US_PER_S..LAST_US + 1;
    bounds.contains(&time_us).then_some(time_us)
}

/// The last instant that every clock of the world can write with a year of four digits, as the
/// program documents it: 9999-12-30T22:00:00.999999Z.
const LAST_US: i64 = 253_402_207_200 * US_PER_S + 999_999;

fn split(text: &str, at: usize) -> Option<(&str, &str)> {
    text.split_at_checked(at)
}

fn numbers(text: &str, separator: char, widths: [usize; 3]) -> Option<[i64; 3]> {
    let mut found = [0; 3];
    let mut parts = text.split(separator);
    for (number, width) in found.iter_mut().zip(widths) {
        *number = digits(parts.next()?, width)?;
    }
    parts.next().is_none().then_some(found)
}

fn digits(text: &str, width: usize) -> Option<i64> {
    let is_number = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// Microseconds of a fraction, if there is one, and what stands behind it.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(rest) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    let (fraction, rest) = rest.split_at(end);
    let six: String = fraction.chars().chain("000000".chars()).take(6).collect();
    (end > 0).then_some((six.parse().ok()?, rest))
}

fn offset_s(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let (sign, rest) = split(text, 1)?;
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    let magnitude = hours * 3_600 + minutes * 60;
    match sign {
        _ if hours > 23 || minutes > 59 => None,
        "+" => Some(magnitude),
        "-" => Some(-magnitude),
        _ => None,
    }
}

/// Days from the Unix epoch to the first of a month.
fn days_before(year: i64, month: i64, is_leap: bool) -> i64 {
    let leap_days = |year: i64| year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let years = (year - 1) * 365 + leap_days(year - 1) - (1969 * 365 + leap_days(1969));
    let months = usize::try_from(month - 1).unwrap_or_default();
    years + MONTH_DAYS[..months].iter().sum::<i64>() + i64::from(is_leap && month > 2)
}
