//! What a state learns when an hour or a day ends.
#![expect(
    clippy::float_arithmetic,
    reason = "statistics; what is reported as money is exact elsewhere"
)]

use super::super::baseline::Sums;
use super::super::daily_maxima::DailyMaxima;
use super::super::evidence::Evidence;
use super::super::number::narrow;
use super::super::pace::PACES;
use super::super::peers::Peers;
use super::super::season::{Hour, Season};
use super::super::settings::{DetectorSettings, SeriesTest};
use super::{HOUR_S, History, SeriesState, hour_at};

impl SeriesState {
    /// Learns from the hour and the day that ended, if `at_s` lies behind them.
    pub(super) fn roll_over(&mut self, at_s: i64, settings: &DetectorSettings, peers: &mut Peers) {
        let (last, next) = (hour_at(self.evidence.at_s - 1), hour_at(at_s));
        if next == last || self.evidence.at_s.rem_euclid(HOUR_S) != 0 {
            return;
        }
        if self.baseline.hours == 0 && self.hour.denominator == 0.0 {
            // The hour before the first bucket.
            return;
        }
        self.learn_hour(last, settings);
        if next.day() != last.day() {
            self.learn_day(last, settings, peers);
        }
    }

    pub(super) fn remember_maxima(&mut self, thresholds: &[f64; PACES]) {
        let sums = self.evidence.sums.iter().zip(thresholds);
        for (maximum, (&sum, &threshold)) in self.day_maxima.iter_mut().zip(sums) {
            *maximum = maximum.max(sum.min(narrow(threshold)));
        }
    }

    fn learn_hour(&mut self, hour: Hour, settings: &DetectorSettings) {
        let seen = std::mem::take(&mut self.hour);
        self.day.add(
            f64::from(seen.usd),
            f64::from(seen.numerator),
            f64::from(seen.denominator),
        );
        if self.evidence.breach.is_some() {
            // A breach is no normal to learn from, until it has stayed.
            return;
        }
        let bound = (settings.sensitivity.0 * f64::from(self.worst[1])).max(settings.floor_usd);
        let season = self
            .history
            .as_mut()
            .filter(|_| settings.test != SeriesTest::Ratio)
            .map(|history| &mut history.season);
        self.baseline
            .learn_hour(season, hour, seen, bound, settings);
    }

    fn learn_day(&mut self, last: Hour, settings: &DetectorSettings, peers: &mut Peers) {
        let day = std::mem::take(&mut self.day);
        let maxima = std::mem::take(&mut self.day_maxima);
        self.accept_what_stays(last, day, settings);
        let matters = f64::from(day.usd) >= settings.floor_usd / 4.0;
        if self.history.is_none() && matters {
            self.history = Some(Box::new(History {
                season: Season::flat(),
                maxima: [DailyMaxima::new(), DailyMaxima::new(), DailyMaxima::new()],
            }));
        }
        let established = self.is_established();
        let in_breach = self.evidence.breach.is_some();
        let (age, level) = (self.baseline.age_days(), self.baseline.level());
        let Some(history) = self.history.as_deref_mut() else {
            return;
        };
        if level > 0.0 && !in_breach {
            let ratio = f64::from(day.denominator) / 24.0 / level;
            history.season.learn_day(last, ratio.min(3.0), age, level);
        }
        let mut worst = [0.0; PACES];
        for pace in 0..PACES {
            let maximum = f64::from(maxima[pace]);
            if maximum > 0.0 || !in_breach {
                history.maxima[pace].push(maximum);
            }
            worst[pace] = history.maxima[pace].typical_worst();
            self.worst[pace] = narrow(worst[pace]);
        }
        if established {
            peers.observe(&worst);
        }
    }

    fn accept_what_stays(&mut self, last: Hour, day: Sums, settings: &DetectorSettings) {
        let Some(breach) = self.evidence.breach else {
            return;
        };
        if self.evidence.at_s - breach.since_s < i64::from(settings.accept_after_s) {
            return;
        }
        let factor = self.history.as_deref().map_or(1.0, |history| {
            history.season.day_factor(last, settings.seasonality)
        });
        if day.denominator > 0.0 {
            self.baseline.accept(day, factor);
        }
        self.evidence = Evidence::new(self.evidence.at_s);
    }
}
