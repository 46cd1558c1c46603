//! What the established keys of a rule do on their worst normal days: the scale for new keys.
#![expect(
    clippy::float_arithmetic,
    reason = "statistics; what is reported as money is exact elsewhere"
)]

use super::pace::PACES;

/// How many keys' values are needed before they speak for others.
const VALUES_MIN: u32 = 50;
/// The share of values that a new key must leave behind.
const SHARE: f64 = 0.98;
/// By how much the estimate moves, as a factor.
const STEP: f64 = 0.05;

/// An estimate, for each pace, of a high quantile over all established keys of a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peers {
    quantiles: [f64; PACES],
    values: u32,
}

impl Default for Peers {
    fn default() -> Self {
        Self {
            quantiles: [0.0; PACES],
            values: 0,
        }
    }
}

impl Peers {
    /// Counts a key's typical worst day.
    pub(super) fn observe(&mut self, worst: &[f64; PACES]) {
        self.values = self.values.saturating_add(1);
        for (quantile, &value) in self.quantiles.iter_mut().zip(worst) {
            if *quantile == 0.0 {
                *quantile = value;
            } else if value > *quantile {
                *quantile *= 1.0 + STEP * SHARE;
            } else {
                *quantile *= 1.0 - STEP * (1.0 - SHARE);
            }
        }
    }

    /// The quantile of a pace; `None` while too few keys are established.
    pub(super) fn worst(&self, pace: usize) -> Option<f64> {
        (self.values >= VALUES_MIN).then(|| self.quantiles[pace])
    }
}
