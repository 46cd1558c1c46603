//! When a price holds: from a day on, or between two times of the day.

use crate::time::{S_PER_DAY, US_PER_S, date_of_us, format_date, format_rfc3339, parse_rfc3339_us};

/// Microseconds in a day.
pub(super) const US_PER_DAY: i64 = S_PER_DAY * US_PER_S;

/// When a price holds; always, if nothing is set.
///
/// # Units
/// `from_us`, `until_us`: microseconds since the Unix epoch, inclusive and exclusive. `daily_us`:
/// microseconds since midnight UTC, start inclusive, end exclusive; wraps midnight if the end is
/// smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Condition {
    pub(super) from_us: Option<i64>,
    pub(super) until_us: Option<i64>,
    pub(super) daily_us: Option<(i64, i64)>,
}

/// From when until when an entry of an operator's book holds.
///
/// # Units
/// Microseconds since the Unix epoch, start inclusive, end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) from_us: i64,
    /// `None` if it does not end.
    pub(super) until_us: Option<i64>,
}

impl Period {
    pub(super) const fn condition(self) -> Condition {
        Condition {
            from_us: Some(self.from_us),
            until_us: self.until_us,
            daily_us: None,
        }
    }

    /// What both have in common.
    pub(super) fn intersection(self, other: Self) -> Option<Self> {
        let ends = [self.until_us, other.until_us].into_iter().flatten();
        let common = Self {
            from_us: self.from_us.max(other.from_us),
            until_us: ends.min(),
        };
        let is_empty = common.until_us.is_some_and(|until| until <= common.from_us);
        (!is_empty).then_some(common)
    }
}

/// Reads a UTC day, which means its start, or an instant with its offset.
pub(super) fn parse_instant(text: &str) -> Option<i64> {
    parse_rfc3339_us(text).or_else(|| parse_rfc3339_us(&format!("{text}T00:00:00Z")))
}

/// Writes an instant as an operator's book may have it: as a day if it is the start of one.
///
/// # Units
/// `time_us`: microseconds since the Unix epoch.
#[must_use]
pub fn format_instant(time_us: i64) -> String {
    if time_us.rem_euclid(US_PER_DAY) == 0 {
        return format_date(date_of_us(time_us));
    }
    let text = format_rfc3339(time_us);
    match text.strip_suffix('Z') {
        Some(digits) => format!("{}Z", digits.trim_end_matches('0').trim_end_matches('.')),
        None => text,
    }
}

/// A span of time in which the same prices hold.
///
/// # Units
/// Microseconds since the Unix epoch, start inclusive, end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first instant; `i64::MIN` if there is none.
    pub start_us: i64,
    /// The instant behind the last one; `i64::MAX` if there is none.
    pub end_us: i64,
}

impl Span {
    /// All time.
    pub const ALWAYS: Self = Self {
        start_us: i64::MIN,
        end_us: i64::MAX,
    };

    /// Whether an instant lies in the span.
    #[must_use]
    pub const fn contains(self, time_us: i64) -> bool {
        self.start_us <= time_us && time_us < self.end_us
    }

    /// Cuts the span at a boundary, keeping the side on which an instant lies.
    pub(super) const fn cut(&mut self, boundary_us: i64, time_us: i64) {
        if boundary_us <= time_us {
            if boundary_us > self.start_us {
                self.start_us = boundary_us;
            }
        } else if boundary_us < self.end_us {
            self.end_us = boundary_us;
        }
    }
}

impl Condition {
    /// Reads `YYYY-MM-DD` and two times of the day such as `00:30Z`; `None` if one is none.
    pub(super) fn parse(
        from: Option<&str>,
        daily_from: Option<&str>,
        daily_until: Option<&str>,
    ) -> Option<Self> {
        let from_us = match from {
            Some(day) => Some(parse_rfc3339_us(&format!("{day}T00:00:00Z"))?),
            None => None,
        };
        let daily_us = match (daily_from, daily_until) {
            (Some(from), Some(until)) => {
                Some((parse_time_of_day(from)?, parse_time_of_day(until)?))
            }
            (None, None) => None,
            _ => return None,
        };
        Some(Self {
            from_us,
            until_us: None,
            daily_us,
        })
    }

    /// Whether the price holds at an instant; cuts the span to where the answer stays the same.
    pub(super) fn holds(self, time_us: i64, span: &mut Span) -> bool {
        let started = self.from_us.is_none_or(|from_us| {
            span.cut(from_us, time_us);
            from_us <= time_us
        });
        let goes_on = self.until_us.is_none_or(|until_us| {
            span.cut(until_us, time_us);
            time_us < until_us
        });
        let in_hours = self.daily_us.is_none_or(|(from_us, until_us)| {
            let time_of_day_us = time_us.rem_euclid(US_PER_DAY);
            let midnight_us = time_us.saturating_sub(time_of_day_us);
            for boundary_us in [
                from_us,
                until_us,
                from_us + US_PER_DAY,
                until_us + US_PER_DAY,
            ] {
                span.cut(midnight_us.saturating_add(boundary_us), time_us);
            }
            span.cut(midnight_us, time_us);
            if until_us < from_us {
                time_of_day_us >= from_us || time_of_day_us < until_us
            } else {
                from_us <= time_of_day_us && time_of_day_us < until_us
            }
        });
        started && goes_on && in_hours
    }
}

/// Reads `HH:MMZ`.
fn parse_time_of_day(text: &str) -> Option<i64> {
    let (hours, minutes) = text.strip_suffix('Z')?.split_once(':')?;
    let two_digits = |digits: &str, limit: i64| {
        let is_number = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let value = digits.parse::<i64>().ok()?;
        (is_number && value < limit).then_some(value)
    };
    let minutes = two_digits(hours, 24)? * 60 + two_digits(minutes, 60)?;
    Some(minutes * 60 * US_PER_S)
}

#[cfg(test)]
mod tests;
