//! Event times: RFC 3339 texts and milliseconds as microseconds since the Unix epoch.

use schemas::time::{S_PER_DAY, US_PER_MS, US_PER_S, parse_rfc3339_us};

/// 0001-01-01T00:00:00Z: the first instant that the dates of common SQL engines hold.
const INSTANT_MIN_US: i64 = -62_135_596_800 * US_PER_S;
/// The last instant that [`parse_rfc3339_us`] reads, 9999-12-30T22:00:00.999999Z.
const INSTANT_MAX_US: i64 = 253_402_207_200 * US_PER_S + 999_999;

/// Bytes of `YYYY-MM-DDTHH:MM:`.
const MINUTE_BYTES: usize = 17;

/// Reads event times, most of which lie in the same minute as the one before.
#[derive(Debug)]
pub(crate) struct InstantReader {
    minute: [u8; MINUTE_BYTES],
    minute_us: i64,
}

impl Default for InstantReader {
    fn default() -> Self {
        Self {
            minute: *b"1970-01-01T00:00:",
            minute_us: 0,
        }
    }
}

impl InstantReader {
    /// Reads an RFC 3339 text with an offset; digits below a microsecond are cut.
    ///
    /// # Units
    /// Microseconds since the Unix epoch; `None` if the text names no instant of the years 1 to
    /// 9999.
    #[inline]
    pub(crate) fn read(&mut self, text: &str) -> Option<i64> {
        self.common_form(text.as_bytes())
            .or_else(|| parse_rfc3339_us(text).filter(is_in_range))
    }

    /// Reads the form in which nearly all clocks write, `YYYY-MM-DDTHH:MM:SS[.f]` with `Z` or
    /// `+HH:MM`; `None` for every other text, be it an instant or not.
    #[inline]
    fn common_form(&mut self, text: &[u8]) -> Option<i64> {
        let (minute, rest) = text.split_first_chunk()?;
        if *minute != self.minute {
            self.minute_us = minute_us(minute)?;
            self.minute = *minute;
        }
        let &[tens, ones, ref tail @ ..] = rest else {
            return None;
        };
        // Leap seconds are left to the careful reader.
        let second = two_digits(tens, ones).filter(|&second| second <= 59)?;
        let (fraction_us, tail) = match tail {
            [b'.', digits @ ..] => fraction(digits)?,
            tail => (0, tail),
        };
        Some(self.minute_us + (second - offset_s(tail)?) * US_PER_S + fraction_us)
    }
}

/// The instant that many milliseconds after the Unix epoch.
///
/// # Units
/// As for [`instant_of_text`].
pub(crate) fn instant_of_ms(time_ms: i64) -> Option<i64> {
    time_ms.checked_mul(US_PER_MS).filter(is_in_range)
}

fn is_in_range(time_us: &i64) -> bool {
    (INSTANT_MIN_US..=INSTANT_MAX_US).contains(time_us)
}

/// Reads `YYYY-MM-DDTHH:MM:` as microseconds since the Unix epoch, were it in UTC.
fn minute_us(text: &[u8; MINUTE_BYTES]) -> Option<i64> {
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        b':',
        i1,
        i2,
        b':',
    ] = *text
    else {
        return None;
    };
    let year = two_digits(y1, y2)? * 100 + two_digits(y3, y4)?;
    let (month, day) = (two_digits(m1, m2)?, two_digits(d1, d2)?);
    let (hour, minute) = (two_digits(h1, h2)?, two_digits(i1, i2)?);
    // The first and the last year are left to the careful reader.
    let is_plain = (2..=9998).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour <= 23
        && minute <= 59;
    let minutes = hour * 60 + minute;
    is_plain.then_some((days_since_epoch(year, month, day) * S_PER_DAY + minutes * 60) * US_PER_S)
}

#[inline]
fn two_digits(tens: u8, ones: u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then_some(i64::from(tens) * 10 + i64::from(ones))
}

/// Reads one to nine digits as a fraction of a second in microseconds, and what follows them.
#[inline]
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let mut value_us = 0;
    let mut unit_us = 100_000;
    let mut length = 0;
    while let Some(digit) = text.get(length).filter(|byte| byte.is_ascii_digit()) {
        value_us += i64::from(digit - b'0') * unit_us;
        unit_us /= 10;
        length += 1;
    }
    (1..=9)
        .contains(&length)
        .then_some((value_us, &text[length..]))
}

/// Reads `Z` or `+HH:MM` as seconds east of Greenwich.
#[inline]
fn offset_s(text: &[u8]) -> Option<i64> {
    match *text {
        [b'Z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (two_digits(h1, h2)?, two_digits(m1, m2)?);
            let magnitude_s = hours * 3_600 + minutes * 60;
            let is_plain = hours <= 23 && minutes <= 59;
            is_plain.then_some(if sign == b'+' {
                magnitude_s
            } else {
                -magnitude_s
            })
        }
        _ => None,
    }
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar after the year 0.
const fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March put the leap day last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year / 4 - year / 100 + year / 400;
    // 153 days in each five months from March on; 719,468 days from 0000-03-01 to 1970-01-01.
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests;
