//! Evidence against a series: dollars over what was expected, summed up at three paces.
//!
//! Each pace is a sum that grows by what a bucket costs over its expectation and a slack, never
//! falls below zero, and fades. A large slack with a short memory sees what is violent, within
//! minutes; a small slack with a long memory sees what creeps, within days.
#![expect(
    clippy::float_arithmetic,
    reason = "statistics; what is reported as money is exact elsewhere"
)]

use super::number::narrow;
use super::pace::{PACES, Pace, PaceTable, STRONG};

/// How long a breach must be calm to be over, seconds, by the pace that found it.
const CALM_S: [f64; PACES] = [1_800.0, 7_200.0, 43_200.0];
/// The part of its slack that a breach may still be over its baseline then: it ends lower than it
/// begins.
const CALM_PART_OF_SLACK: f64 = 0.5;
/// The part of its threshold that a breach may still cost within that time.
const CALM_PART: f64 = 0.25;
/// The part of the evidence that is most of it.
const MOST: f32 = 0.5;

/// What a span was and what it should have been.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compared {
    pub(super) end_s: i64,
    pub(super) width_s: f64,
    /// Dollars.
    pub(super) usd: f64,
    /// Dollars expected.
    pub(super) expected_usd: f64,
    /// The measure, and what it is compared with: units of the numerator and of the baseline.
    pub(super) value: f64,
    pub(super) basis: f64,
    /// How busy the span should be, or is, by the mean of all hours; at most 1.
    pub(super) activity: f64,
    /// Whether it is complete, so that it may bring a breach nearer to its end.
    pub(super) may_calm: bool,
}

/// A breach that is going on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct OpenBreach {
    pub(super) pace: Pace,
    /// The fastest pace that had most of the evidence when it began: its sums have least in them of
    /// what was before.
    pub(super) clearest: Pace,
    /// End of the bucket that brought it over the threshold.
    pub(super) since_s: i64,
    /// Dollars over the baseline so far.
    pub(super) over_usd: f32,
    /// How long it has been calm, quiet hours counting less, and what it cost over its slack then.
    calm_s: f32,
    calm_usd: f32,
}

/// The running sums.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Evidence {
    /// End of the last span that is in the sums.
    pub(super) at_s: i64,
    pub(super) sums: [f32; PACES],
    /// The measure and what it is compared with, since a pace had no evidence.
    pub(super) values: [f32; PACES],
    pub(super) bases: [f32; PACES],
    /// Dollars over what was expected since then, without slack, so that they do not fade.
    overs: [f32; PACES],
    /// What the measure is compared with over the memory of the strong pace, fading.
    pub(super) recent_basis: f32,
    pub(super) breach: Option<OpenBreach>,
}

impl Evidence {
    pub(super) const fn new(at_s: i64) -> Self {
        Self {
            at_s,
            sums: [0.0; PACES],
            values: [0.0; PACES],
            bases: [0.0; PACES],
            overs: [0.0; PACES],
            recent_basis: 0.0,
            breach: None,
        }
    }

    /// Adds one span; `thresholds` in dollars.
    pub(super) fn add(&mut self, span: &Compared, thresholds: &[f64; PACES], paces: &PaceTable) {
        let over = span.usd - span.expected_usd;
        let fade_of = |pace: usize| (1.0 - span.width_s / paces.memory_s[pace]).max(0.0);
        let mut found = None;
        for (pace, &threshold) in thresholds.iter().enumerate() {
            let fade = fade_of(pace);
            // A breach is told as a whole, its pauses included.
            if self.breach.is_none() && self.sums[pace] <= 0.0 {
                self.values[pace] = 0.0;
                self.bases[pace] = 0.0;
                self.overs[pace] = 0.0;
            }
            let slack = paces.slack[pace] * span.expected_usd;
            let sum = (f64::from(self.sums[pace]) * fade + over - slack).max(0.0);
            self.sums[pace] = narrow(sum);
            self.values[pace] = narrow(f64::from(self.values[pace]) + span.value);
            self.bases[pace] = narrow(f64::from(self.bases[pace]) + span.basis);
            self.overs[pace] = narrow(f64::from(self.overs[pace]) + over);
            if found.is_none() && sum > threshold {
                found = Some(pace);
            }
        }
        self.recent_basis = narrow(f64::from(self.recent_basis) * fade_of(STRONG) + span.basis);
        self.at_s = span.end_s;
        match (&mut self.breach, found) {
            (Some(_), _) => self.go_on(span, thresholds, paces),
            (None, Some(pace)) => {
                self.breach = Some(OpenBreach {
                    pace: Pace::ALL[pace],
                    clearest: self.clearest(pace),
                    since_s: span.end_s,
                    over_usd: self.overs[pace],
                    calm_s: 0.0,
                    calm_usd: 0.0,
                });
            }
            (None, None) => {}
        }
    }

    fn go_on(&mut self, span: &Compared, thresholds: &[f64; PACES], paces: &PaceTable) {
        let Some(breach) = &mut self.breach else {
            return;
        };
        let pace = breach.pace.index();
        let over = span.usd - span.expected_usd;
        if over.is_finite() {
            breach.over_usd = narrow((f64::from(breach.over_usd) + over).max(0.0));
        }
        let slack = CALM_PART_OF_SLACK * paces.slack[pace] * span.expected_usd;
        let calm = f64::from(breach.calm_usd) + over - slack;
        let calm_max = slack / span.width_s * CALM_S[pace];
        if calm > calm_max.min(CALM_PART * thresholds[pace]) {
            breach.calm_usd = 0.0;
            breach.calm_s = 0.0;
        } else if span.may_calm {
            breach.calm_usd = narrow(calm.max(0.0));
            breach.calm_s = narrow(f64::from(breach.calm_s) + span.width_s * span.activity);
        }
        if f64::from(breach.calm_s) >= CALM_S[pace] {
            self.breach = None;
            self.sums = [0.0; PACES];
        }
    }

    fn clearest(&self, found: usize) -> Pace {
        let most = MOST * self.sums[found];
        let clearest = self.sums.iter().position(|&sum| sum >= most);
        Pace::ALL[clearest.map_or(found, |clearest| clearest.min(found))]
    }

    /// Whether a breach has been calm for a while, but not for long enough.
    pub(super) fn is_clearing(&self) -> bool {
        self.breach
            .is_some_and(|breach| f64::from(breach.calm_s) > CALM_S[breach.pace.index()] / 2.0)
    }
}
