//! Instants as microseconds since the Unix epoch, and the texts that name them.

use std::sync::Arc;

use arrow::datatypes::{DataType, TimeUnit};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;

/// Microseconds in a second.
pub const US_PER_S: i64 = 1_000_000;
/// Microseconds in a millisecond.
pub const US_PER_MS: i64 = 1_000;
/// Seconds in a day; UTC days in the tables have no leap seconds.
pub const S_PER_DAY: i64 = 86_400;
const US_PER_DAY: i64 = S_PER_DAY * US_PER_S;

/// The Arrow type of every instant: `Timestamp(us, "UTC")`.
#[must_use]
pub fn timestamp_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC")))
}

/// Reads an RFC 3339 instant with an offset; digits below a microsecond are cut, and a leap second
/// is the second before it.
///
/// # Units
/// Microseconds since the Unix epoch, UTC. `None` if the text is no such instant.
#[must_use]
pub fn parse_rfc3339_us(text: &str) -> Option<i64> {
    // jiff also takes other ISO 8601 spellings; RFC 3339 has exactly this frame.
    let (date_time, rest) = text.split_at_checked("YYYY-MM-DDTHH:MM:SS".len())?;
    let bytes = date_time.as_bytes();
    let framed = bytes[4] == b'-'
        && bytes[7] == b'-'
        && matches!(bytes[10], b'T' | b't' | b' ')
        && bytes[13] == b':'
        && bytes[16] == b':';
    let (fraction, offset) = split_fraction(rest)?;
    if !framed || !is_offset(offset.as_bytes()) {
        return None;
    }
    // RFC 3339 allows any number of digits, jiff nine.
    let fraction = &fraction[..fraction.len().min(".ffffff".len())];
    let instant = format!("{date_time}{fraction}{offset}");
    Some(instant.parse::<Timestamp>().ok()?.as_microsecond())
}

/// Splits a point with digits from what follows them.
fn split_fraction(text: &str) -> Option<(&str, &str)> {
    let Some(digits) = text.strip_prefix('.') else {
        return Some(("", text));
    };
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    (length > 0).then(|| text.split_at(1 + length))
}

/// Whether a text is `Z` or `+HH:MM`, below 24 hours.
fn is_offset(text: &[u8]) -> bool {
    match *text {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            let digits = [h1, h2, m1, m2];
            digits.iter().all(u8::is_ascii_digit) && [h1, h2] <= *b"23" && m1 <= b'5'
        }
        _ => false,
    }
}

/// Writes an instant as RFC 3339 in UTC with six decimal places.
///
/// # Units
/// `time_us`: microseconds since the Unix epoch. An instant outside the years -9999 to 9999 is
/// written as its number.
#[must_use]
pub fn format_rfc3339(time_us: i64) -> String {
    match Timestamp::from_microsecond(time_us) {
        Ok(instant) => format!("{instant:.6}"),
        Err(_) => time_us.to_string(),
    }
}

/// The UTC day that an instant lies in.
///
/// # Units
/// In: microseconds since the Unix epoch. Out: days since it (the raw value of a `Date32`).
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    reason = "2^63 us are 107 million days, which fit i32"
)]
pub const fn date_of_us(time_us: i64) -> i32 {
    time_us.div_euclid(US_PER_DAY) as i32
}

/// The UTC month that an instant lies in: its start, and that of the next one.
///
/// # Units
/// Microseconds since the Unix epoch. `None` outside the years -9999 to 9999.
#[must_use]
pub fn month_of_us(time_us: i64) -> Option<(i64, i64)> {
    let instant = Timestamp::from_microsecond(time_us).ok()?;
    let first = Offset::UTC.to_datetime(instant).date().first_of_month();
    let next = first.last_of_month().tomorrow().ok()?;
    let start_us = |day: Date| {
        let midnight = day.to_datetime(Time::midnight());
        let instant = Offset::UTC.to_timestamp(midnight).ok()?;
        Some(instant.as_microsecond())
    };
    Some((start_us(first)?, start_us(next)?))
}

/// Writes a day as `YYYY-MM-DD`, as the tables' partition values are written.
///
/// # Units
/// `days`: days since the Unix epoch.
#[must_use]
pub fn format_date(days: i32) -> String {
    let midnight_s = i64::from(days) * S_PER_DAY;
    match Timestamp::from_second(midnight_s) {
        Ok(instant) => instant.strftime("%Y-%m-%d").to_string(),
        Err(_) => days.to_string(),
    }
}

#[cfg(test)]
mod tests;
