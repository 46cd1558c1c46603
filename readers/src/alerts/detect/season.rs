//! The rhythm of a series: hour of the day, on working days and on weekends, and day of the week.
#![expect(
    clippy::float_arithmetic,
    reason = "statistics; what is reported as money is exact elsewhere"
)]

use super::number::{from_fixed, to_fixed};
use super::settings::Seasonality;

const HOURS: usize = 24;
const DAYS: usize = 7;
/// The weight of what is assumed before anything is seen (a flat day), in calls.
const PRIOR_CALLS: f64 = 10.0;
/// Of how many visits of an hour the profile is a mean of, at most: about three weeks.
const HOUR_VISITS_MAX: f64 = 15.0;
/// The same for a day of the week: about a month.
const DAY_VISITS_MAX: f64 = 4.0;

/// An hour since the Unix epoch, with its place in day and week (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hour(pub(super) u32);

impl Hour {
    fn of_day(self) -> usize {
        usize::try_from(self.0 % 24).unwrap_or(0)
    }

    /// Days since the Unix epoch.
    pub(super) const fn day(self) -> u32 {
        self.0 / 24
    }

    /// Monday is 0: the epoch was a Thursday.
    fn day_of_week(self) -> usize {
        usize::try_from((self.day() + 3) % 7).unwrap_or(0)
    }

    fn is_weekend(self) -> bool {
        self.day_of_week() >= 5
    }
}

/// Factors around 1, each in 1/1024.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Season {
    working_hours: [u16; HOURS],
    weekend_hours: [u16; HOURS],
    days: [u16; DAYS],
}

impl Season {
    pub(super) fn flat() -> Self {
        let one = to_fixed(1.0);
        Self {
            working_hours: [one; HOURS],
            weekend_hours: [one; HOURS],
            days: [one; DAYS],
        }
    }

    /// What this hour is expected to have, as a factor of the level.
    pub(super) fn factor(&self, hour: Hour, seasonality: Seasonality) -> f64 {
        match seasonality {
            Seasonality::Off => 1.0,
            Seasonality::Day => from_fixed(self.working_hours[hour.of_day()]),
            Seasonality::Week => from_fixed(self.hours(hour)[hour.of_day()]) * self.day(hour),
        }
    }

    /// What the day of this hour is expected to have, as a factor of the level.
    pub(super) fn day_factor(&self, hour: Hour, seasonality: Seasonality) -> f64 {
        match seasonality {
            Seasonality::Off | Seasonality::Day => 1.0,
            Seasonality::Week => self.day(hour),
        }
    }

    /// Learns from a complete hour that had `ratio` times the level; `age_days` is the age of the
    /// series, `level` its calls an hour.
    pub(super) fn learn_hour(&mut self, hour: Hour, ratio: f64, age_days: f64, level: f64) {
        let visits = if hour.is_weekend() {
            age_days * 2.0 / 7.0
        } else {
            age_days * 5.0 / 7.0
        };
        let weight = 1.0 / (visits.min(HOUR_VISITS_MAX) + 2.0 + PRIOR_CALLS / level.max(1e-6));
        let ratio = ratio / self.day(hour).max(0.05);
        move_towards(
            &mut self.working_hours_or_weekend(hour)[hour.of_day()],
            ratio,
            weight,
        );
        // Weekends are seen seldom: until they are known they follow the working days.
        if !hour.is_weekend() && age_days < 7.0 {
            self.weekend_hours[hour.of_day()] = self.working_hours[hour.of_day()];
        }
    }

    /// Learns from a complete day that had `ratio` times the level; brings the hours back to a
    /// mean of 1, so that level, hours and days do not drift apart.
    pub(super) fn learn_day(&mut self, last_hour: Hour, ratio: f64, age_days: f64, level: f64) {
        let visits = (age_days / 7.0).min(DAY_VISITS_MAX);
        let weight = 1.0 / (visits + 2.0 + PRIOR_CALLS / (24.0 * level).max(1e-6));
        move_towards(&mut self.days[last_hour.day_of_week()], ratio, weight);
        normalise(self.working_hours_or_weekend(last_hour));
        normalise(&mut self.days);
    }

    fn working_hours_or_weekend(&mut self, hour: Hour) -> &mut [u16; HOURS] {
        if hour.is_weekend() {
            &mut self.weekend_hours
        } else {
            &mut self.working_hours
        }
    }

    fn hours(&self, hour: Hour) -> &[u16; HOURS] {
        if hour.is_weekend() {
            &self.weekend_hours
        } else {
            &self.working_hours
        }
    }

    fn day(&self, hour: Hour) -> f64 {
        from_fixed(self.days[hour.day_of_week()])
    }
}

fn move_towards(factor: &mut u16, target: f64, weight: f64) {
    let now = from_fixed(*factor);
    *factor = to_fixed(now + weight * (target - now));
}

fn normalise<const N: usize>(factors: &mut [u16; N]) {
    let sum: f64 = factors.iter().map(|&factor| from_fixed(factor)).sum();
    let mean = sum / f64::from(u32::try_from(N).unwrap_or(1));
    if mean > 0.0 {
        for factor in factors {
            *factor = to_fixed(from_fixed(*factor) / mean);
        }
    }
}
