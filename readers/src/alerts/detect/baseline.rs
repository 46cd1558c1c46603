//! What a series is expected to be: level, rhythm, ratio and price, learned hour by hour.
#![expect(
    clippy::float_arithmetic,
    reason = "statistics; what is reported as money is exact elsewhere"
)]

use super::bucket::Bucket;
use super::number::narrow;
use super::season::{Hour, Season};
use super::settings::DetectorSettings;

/// Days in which a level that follows forgets half, and one that remembers does.
const FAST_DAYS: f64 = 7.0;
const SLOW_DAYS: f64 = 21.0;
/// The same for ratio and price, which should not move at all.
const RATIO_DAYS: f64 = 14.0;
/// By how many times the level an hour may weigh in the ratio.
const RATIO_WEIGHT_MAX: f64 = 3.0;

/// Sums over one hour, one day, or a fading past.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Sums {
    pub(super) usd: f32,
    pub(super) numerator: f32,
    pub(super) denominator: f32,
}

impl Sums {
    pub(super) fn add(&mut self, usd: f64, numerator: f64, denominator: f64) {
        self.usd = narrow(f64::from(self.usd) + usd);
        self.numerator = narrow(f64::from(self.numerator) + numerator);
        self.denominator = narrow(f64::from(self.denominator) + denominator);
    }

    fn fade(&mut self, factor: f64) {
        self.usd = narrow(f64::from(self.usd) * factor);
        self.numerator = narrow(f64::from(self.numerator) * factor);
        self.denominator = narrow(f64::from(self.denominator) * factor);
    }
}

/// What was learned of a series.
///
/// The expected numerator of an hour is level (denominator an hour) x rhythm x ratio (numerator by
/// denominator); in dollars it is that times the price (dollars a unit of the numerator).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Baseline {
    /// Denominator an hour, following within days.
    level: f32,
    /// The same, following within weeks: a holiday does not make the working day after it a rise.
    level_slow: f32,
    /// A fading past, for ratio and price.
    past: Sums,
    /// Complete hours learned from.
    pub(super) hours: u32,
}

impl Baseline {
    pub(super) const fn new() -> Self {
        Self {
            level: 0.0,
            level_slow: 0.0,
            past: Sums {
                usd: 0.0,
                numerator: 0.0,
                denominator: 0.0,
            },
            hours: 0,
        }
    }

    pub(super) fn age_days(&self) -> f64 {
        f64::from(self.hours) / 24.0
    }

    /// Denominator an hour that a rise is measured against.
    pub(super) fn level(&self) -> f64 {
        f64::from(self.level.max(self.level_slow))
    }

    /// Numerator by denominator.
    pub(super) fn ratio(&self) -> f64 {
        quotient(self.past.numerator, self.past.denominator)
    }

    /// Dollars a unit of the numerator.
    pub(super) fn price(&self) -> f64 {
        quotient(self.past.usd, self.past.numerator)
    }

    /// Dollars a unit of the denominator.
    pub(super) fn usd_by_denominator(&self) -> f64 {
        quotient(self.past.usd, self.past.denominator)
    }

    /// Learns from a complete hour; `excess_max_usd` bounds what it may be over what is expected.
    pub(super) fn learn_hour(
        &mut self,
        season: Option<&mut Season>,
        hour: Hour,
        seen: Sums,
        excess_max_usd: f64,
        settings: &DetectorSettings,
    ) {
        let factor = season
            .as_deref()
            .map_or(1.0, |season| season.factor(hour, settings.seasonality));
        let known = self.hours >= 24;
        let mut denominator = f64::from(seen.denominator);
        if known {
            let expected = self.level() * factor;
            let unit = self.usd_by_denominator();
            let bound = if unit > 0.0 {
                excess_max_usd / unit
            } else {
                f64::INFINITY
            };
            denominator = denominator.min(expected + bound.max(expected));
        }
        self.level = follow(
            self.level,
            denominator,
            factor,
            weight(self.hours, FAST_DAYS),
        );
        let slowly = weight(self.hours, SLOW_DAYS);
        self.level_slow = follow(self.level_slow, denominator, factor, slowly);
        if let Some(season) = season {
            let level = f64::from(self.level);
            if level > 0.0 {
                season.learn_hour(hour, denominator / level, self.age_days(), level);
            }
        }
        self.learn_ratio(seen, excess_max_usd, known);
        self.hours = self.hours.saturating_add(1);
    }

    fn learn_ratio(&mut self, seen: Sums, excess_max_usd: f64, known: bool) {
        // An hour with many more calls than usual must not outweigh days.
        let weight_max = RATIO_WEIGHT_MAX * self.level();
        let share = if known && f64::from(seen.denominator) > weight_max {
            weight_max / f64::from(seen.denominator)
        } else {
            1.0
        };
        let (usd, numerator) = (
            f64::from(seen.usd) * share,
            f64::from(seen.numerator) * share,
        );
        let denominator = f64::from(seen.denominator) * share;
        let mut share = 1.0;
        if known && usd > 0.0 && numerator > 0.0 {
            let expected_usd = usd / numerator * self.ratio() * denominator;
            share = ((expected_usd + excess_max_usd.max(expected_usd)) / usd).min(1.0);
        }
        self.past.fade(1.0 - weight(u32::MAX, RATIO_DAYS));
        self.past.add(usd * share, numerator * share, denominator);
    }

    /// Takes what a series does now for its new normal.
    pub(super) fn accept(&mut self, day: Sums, factor: f64) {
        let level = f64::from(day.denominator) / 24.0 / factor.max(0.05);
        self.level = narrow(level);
        self.level_slow = self.level;
        self.past = day;
    }

    /// What the bucket was expected to cost, at what a unit costs in it.
    pub(super) fn bucket_price(&self, bucket: &Bucket) -> f64 {
        if bucket.numerator > 0.0 {
            bucket.usd / bucket.numerator
        } else {
            self.price()
        }
    }
}

fn quotient(above: f32, below: f32) -> f64 {
    if below > 0.0 {
        f64::from(above) / f64::from(below)
    } else {
        0.0
    }
}

/// The weight of a new hour: a plain mean at first, then a mean that halves in `days`.
fn weight(hours: u32, days: f64) -> f64 {
    let fading = std::f64::consts::LN_2 / (24.0 * days);
    fading.max(1.0 / (f64::from(hours) + 1.0))
}

/// Moves a level by what an hour had beyond its share. Not by the quotient of both, which is wrong
/// on average while the rhythm is not known well.
fn follow(level: f32, denominator: f64, factor: f64, weight: f64) -> f32 {
    let level = f64::from(level);
    narrow((level + weight * (denominator - level * factor)).max(0.0))
}
