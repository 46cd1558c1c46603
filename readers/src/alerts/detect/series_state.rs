//! One key of one rule: what was learned, and the evidence so far.
#![expect(
    clippy::float_arithmetic,
    reason = "statistics; what is reported as money is exact elsewhere"
)]

use super::assessment::{Assessment, Verdict};
use super::baseline::{Baseline, Sums};
use super::bucket::Bucket;
use super::daily_maxima::DailyMaxima;
use super::evidence::{Compared, Evidence};
use super::pace::{PACES, Pace, STRONG};
use super::peers::Peers;
use super::season::{Hour, Season};
use super::settings::{DetectorSettings, SeriesTest};

mod learning;

const HOUR_S: i64 = 3_600;
/// After so long without a call a key starts anew, seconds.
const GAP_S_MAX: i64 = 28 * 86_400;
/// After how many hours a key is measured by itself.
const ESTABLISHED_HOURS: u32 = 72;
/// What quiet hours count at least.
const ACTIVITY_MIN: f64 = 0.01;
/// Calls that must be missing before silence is one.
const SILENT_CALLS_MIN: f64 = 30.0;

/// What a key with money enough to matter has besides.
#[derive(Debug, Clone, PartialEq)]
struct History {
    season: Season,
    maxima: [DailyMaxima; PACES],
}

/// The state of one key of one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesState {
    evidence: Evidence,
    baseline: Baseline,
    hour: Sums,
    day: Sums,
    /// The largest sums of the day.
    day_maxima: [f32; PACES],
    /// What the series does on its worst normal days, dollars.
    worst: [f32; PACES],
    history: Option<Box<History>>,
}

impl SeriesState {
    /// A key that is seen for the first time, in a bucket that starts at `start_s`.
    #[must_use]
    pub const fn new(start_s: i64) -> Self {
        const NOTHING: Sums = Sums {
            usd: 0.0,
            numerator: 0.0,
            denominator: 0.0,
        };
        Self {
            evidence: Evidence::new(start_s),
            baseline: Baseline::new(),
            hour: NOTHING,
            day: NOTHING,
            day_maxima: [0.0; PACES],
            worst: [0.0; PACES],
            history: None,
        }
    }

    /// Memory that the state takes, bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.history.as_ref().map_or(0, |_| size_of::<History>())
    }

    /// Up to when buckets were absorbed, seconds since the Unix epoch.
    #[must_use]
    pub const fn absorbed_until_s(&self) -> i64 {
        self.evidence.at_s
    }

    /// Takes a final bucket: complete, and past the lateness. In order, each once; a bucket that
    /// starts before what was absorbed is left out. What lies between was empty.
    pub fn absorb(&mut self, bucket: &Bucket, settings: &DetectorSettings, peers: &mut Peers) {
        if bucket.start_s < self.evidence.at_s {
            return;
        }
        self.absorb_nothing_until(bucket.start_s, settings, peers);
        self.roll_over(bucket.start_s, settings, peers);
        let thresholds = self.thresholds(settings, peers);
        let compared = self.compare(bucket, settings);
        let was_breach = self.evidence.breach.is_some();
        self.evidence
            .add(&compared, &thresholds, settings.test.paces());
        self.hour
            .add(bucket.usd, bucket.numerator, bucket.denominator);
        // A breach counts once, and for no more than its threshold.
        if !was_breach {
            self.remember_maxima(&thresholds);
        }
    }

    /// Says that up to `until_s` nothing more will come: the span since the last absorbed bucket
    /// was empty.
    pub fn absorb_nothing_until(
        &mut self,
        until_s: i64,
        settings: &DetectorSettings,
        peers: &mut Peers,
    ) {
        if until_s - self.evidence.at_s > GAP_S_MAX {
            // Too long ago to tell anything: the key is as new.
            *self = Self::new(until_s);
        }
        while self.evidence.at_s < until_s {
            self.roll_over(self.evidence.at_s, settings, peers);
            let hour_end_s = (self.evidence.at_s.div_euclid(HOUR_S) + 1) * HOUR_S;
            let end_s = until_s.min(hour_end_s);
            let empty = empty_bucket(self.evidence.at_s, end_s);
            let thresholds = self.thresholds(settings, peers);
            let compared = self.compare(&empty, settings);
            self.evidence
                .add(&compared, &thresholds, settings.test.paces());
            if settings.test == SeriesTest::Silence && self.evidence.breach.is_none() {
                self.remember_maxima(&thresholds);
            }
        }
    }

    /// Judges the series with its recent buckets, which may still change: in order, from where the
    /// absorbed ones end. Buckets that are absent before `complete_until_s` were empty.
    ///
    /// The last bucket may be open still: a rise is seen before it is complete.
    #[must_use]
    pub fn assess(
        &self,
        recent: &[Bucket],
        complete_until_s: i64,
        settings: &DetectorSettings,
        peers: &Peers,
    ) -> Assessment {
        let mut evidence = self.evidence;
        let thresholds = self.thresholds(settings, peers);
        for bucket in recent {
            if bucket.start_s < evidence.at_s {
                continue;
            }
            self.pass_over(&mut evidence, bucket.start_s, &thresholds, settings);
            let mut compared = self.compare(bucket, settings);
            // What is still to come may be what goes on.
            compared.may_calm = bucket.end_s() <= complete_until_s;
            evidence.add(&compared, &thresholds, settings.test.paces());
        }
        self.pass_over(&mut evidence, complete_until_s, &thresholds, settings);
        self.verdict(&evidence, settings)
    }

    /// Whether recent buckets of so many dollars together cannot be a breach, whatever was learned:
    /// sums of evidence grow by no more than what was spent, and no threshold is below the floor.
    /// Most keys of a rule are told apart by this alone.
    #[must_use]
    pub fn stays_below_floor(&self, recent_usd: f64, settings: &DetectorSettings) -> bool {
        // Sums are rounded a little.
        let floor_usd = settings.floor_usd * (1.0 - 1e-6);
        let mut sums = self.evidence.sums.iter();
        settings.test != SeriesTest::Silence
            && self.evidence.breach.is_none()
            && sums.all(|&sum| f64::from(sum) + recent_usd < floor_usd)
    }

    /// Dollars that are expected between two instants in which nothing came.
    #[cfg(test)]
    pub(super) fn expected_usd(
        &self,
        from_s: i64,
        until_s: i64,
        settings: &DetectorSettings,
    ) -> f64 {
        let mut sum = 0.0;
        let mut at_s = from_s;
        while at_s < until_s {
            let end_s = until_s.min((at_s.div_euclid(HOUR_S) + 1) * HOUR_S);
            let empty = empty_bucket(at_s, end_s);
            sum += self.compare(&empty, settings).expected_usd;
            at_s = end_s;
        }
        sum
    }

    fn verdict(&self, evidence: &Evidence, settings: &DetectorSettings) -> Assessment {
        let shown = evidence.breach.map_or(Pace::Strong, |breach| {
            // Sums have to agree with the dollars over; a mean would be blurred by what was before.
            match settings.test {
                SeriesTest::Ratio => breach.clearest,
                SeriesTest::Volume | SeriesTest::Silence => breach.pace,
            }
        });
        let (value, basis) = (
            f64::from(evidence.values[shown.index()]),
            f64::from(evidence.bases[shown.index()]),
        );
        let (value, baseline) = match settings.test {
            SeriesTest::Ratio if basis > 0.0 => (value / basis, self.baseline.ratio()),
            SeriesTest::Ratio => (0.0, self.baseline.ratio()),
            SeriesTest::Volume => (value, basis),
            SeriesTest::Silence => (0.0, basis),
        };
        let verdict = match evidence.breach {
            Some(_) if evidence.is_clearing() => Verdict::Clearing,
            Some(_) => Verdict::Breach,
            None if self.is_established() => Verdict::Quiet,
            None => Verdict::Learning,
        };
        Assessment {
            verdict,
            value,
            baseline,
            over_usd: evidence
                .breach
                .map_or(0.0, |breach| f64::from(breach.over_usd)),
            since_s: evidence.breach.map(|breach| breach.since_s),
            pace: evidence.breach.map(|breach| breach.pace),
        }
    }

    /// Whether it has history enough to be measured by itself.
    fn is_established(&self) -> bool {
        self.baseline.hours >= ESTABLISHED_HOURS
    }

    /// Above which sums a breach begins, dollars.
    fn thresholds(&self, settings: &DetectorSettings, peers: &Peers) -> [f64; PACES] {
        let established = self.is_established();
        let table = settings.test.paces();
        let busy = self.busyness(settings);
        let mut thresholds = [f64::INFINITY; PACES];
        let day_usd = 24.0 * self.baseline.level() * self.baseline.usd_by_denominator();
        let paces = if settings.test == SeriesTest::Silence {
            1
        } else {
            PACES
        };
        for (pace, threshold) in thresholds.iter_mut().enumerate().take(paces) {
            let factor = settings.sensitivity.0 * table.evidence[pace];
            let own = factor * f64::from(self.worst[pace]) * busy;
            let cold = match peers.worst(pace) {
                _ if established => 0.0,
                Some(worst) => settings.cold_start_usd.min(factor * worst),
                None => settings.cold_start_usd,
            };
            let share = day_usd * table.day_share[pace] * settings.sensitivity.0;
            *threshold = own.max(cold).max(share).max(settings.floor_usd);
        }
        if settings.test == SeriesTest::Silence {
            let calls = SILENT_CALLS_MIN * self.baseline.usd_by_denominator();
            thresholds[0] = if established {
                thresholds[0].max(calls)
            } else {
                f64::INFINITY
            };
        }
        thresholds
    }

    /// By how much the noise of a ratio grows with the volume of the last hours: as that of a sum
    /// of independent calls does.
    fn busyness(&self, settings: &DetectorSettings) -> f64 {
        let hours = settings.test.paces().memory_s[STRONG] / 3_600.0;
        let usual = self.baseline.level() * hours;
        if settings.test == SeriesTest::Ratio && usual > 0.0 {
            (f64::from(self.evidence.recent_basis) / usual)
                .max(1.0)
                .sqrt()
        } else {
            1.0
        }
    }

    fn season_factor(&self, at_s: i64, settings: &DetectorSettings) -> f64 {
        self.history.as_deref().map_or(1.0, |history| {
            history.season.factor(hour_at(at_s), settings.seasonality)
        })
    }

    fn compare(&self, bucket: &Bucket, settings: &DetectorSettings) -> Compared {
        let level = self.baseline.level() * hours(bucket);
        let span = Compared {
            end_s: bucket.end_s(),
            width_s: f64::from(bucket.width_s),
            usd: bucket.usd,
            expected_usd: 0.0,
            value: bucket.numerator,
            basis: bucket.denominator,
            activity: ACTIVITY_MIN,
            may_calm: true,
        };
        if settings.test == SeriesTest::Ratio {
            let expected = self.baseline.ratio() * bucket.denominator;
            let activity = if level > 0.0 {
                bucket.denominator / level
            } else {
                1.0
            };
            return Compared {
                expected_usd: expected * self.baseline.bucket_price(bucket),
                activity: activity.clamp(ACTIVITY_MIN, 1.0),
                ..span
            };
        }
        let factor = self.season_factor(bucket.start_s, settings);
        let activity = factor.clamp(ACTIVITY_MIN, 1.0);
        if settings.test == SeriesTest::Volume {
            let expected = self.baseline.ratio() * level * factor;
            return Compared {
                expected_usd: expected * self.baseline.bucket_price(bucket),
                basis: expected,
                activity,
                ..span
            };
        }
        // One call ends a silence, whatever it cost.
        let (usd, expected_usd) = if bucket.denominator > 0.0 {
            (0.0, f64::INFINITY)
        } else {
            (level * factor * self.baseline.usd_by_denominator(), 0.0)
        };
        Compared {
            usd,
            expected_usd,
            basis: level * factor,
            activity,
            ..span
        }
    }

    /// Lets empty time pass, hour by hour.
    fn pass_over(
        &self,
        evidence: &mut Evidence,
        until_s: i64,
        thresholds: &[f64; PACES],
        settings: &DetectorSettings,
    ) {
        while evidence.at_s < until_s {
            let end_s = until_s.min((evidence.at_s.div_euclid(HOUR_S) + 1) * HOUR_S);
            let empty = empty_bucket(evidence.at_s, end_s);
            evidence.add(
                &self.compare(&empty, settings),
                thresholds,
                settings.test.paces(),
            );
        }
    }
}

fn hour_at(at_s: i64) -> Hour {
    Hour(u32::try_from(at_s.div_euclid(HOUR_S)).unwrap_or(0))
}

fn hours(bucket: &Bucket) -> f64 {
    f64::from(bucket.width_s) / 3_600.0
}

fn empty_bucket(start_s: i64, end_s: i64) -> Bucket {
    Bucket {
        start_s,
        width_s: u32::try_from(end_s - start_s).unwrap_or(u32::MAX),
        ..Bucket::default()
    }
}
