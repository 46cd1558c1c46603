//! What is summed of a key's windows, and what a measure makes of it.

use std::ops::AddAssign;

use schemas::alerts::alert_measure::AlertMeasure;
use schemas::alerts::amount::Amount;
use schemas::money::{PICO_USD_PER_USD, PicoUsd};

/// One, in the unit of an [`Amount`].
pub(crate) const ONE: i128 = PICO_USD_PER_USD;

/// Sums over windows of one key.
///
/// # Units
/// `cost_pico`, `input_cost_pico`: 10^-12 US dollars; all else counts calls or tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sums {
    pub(crate) cost_pico: i128,
    pub(crate) input_cost_pico: i128,
    pub(crate) calls: i64,
    pub(crate) error_calls: i64,
    pub(crate) retry_calls: i64,
    pub(crate) unpriced_calls: i64,
    pub(crate) unmetered_calls: i64,
    pub(crate) input_tokens: i64,
    pub(crate) output_tokens: i64,
    pub(crate) cache_read_tokens: i64,
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.cost_pico += other.cost_pico;
        self.input_cost_pico += other.input_cost_pico;
        self.calls += other.calls;
        self.error_calls += other.error_calls;
        self.retry_calls += other.retry_calls;
        self.unpriced_calls += other.unpriced_calls;
        self.unmetered_calls += other.unmetered_calls;
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.cache_read_tokens += other.cache_read_tokens;
    }
}

impl Sums {
    /// What a measure makes of the sums; `None` if it is a rate over nothing, or one that sums
    /// alone do not tell.
    pub(crate) fn amount(&self, measure: AlertMeasure) -> Option<Amount> {
        let count = |count: i64| Some(i128::from(count) * ONE);
        let pico = match measure {
            AlertMeasure::Cost => Some(self.cost_pico),
            AlertMeasure::Tokens => {
                Some((i128::from(self.input_tokens) + i128::from(self.output_tokens)) * ONE)
            }
            AlertMeasure::Calls => count(self.calls),
            AlertMeasure::UnpricedCalls => count(self.unpriced_calls),
            AlertMeasure::UnmeteredCalls => count(self.unmetered_calls),
            AlertMeasure::CostPerCall => ratio(self.cost_pico, self.calls),
            AlertMeasure::CostPerToken => {
                ratio(self.cost_pico, self.input_tokens + self.output_tokens)
            }
            AlertMeasure::InputTokensPerCall => share(self.input_tokens, self.calls),
            AlertMeasure::RetryShare => share(self.retry_calls, self.calls),
            AlertMeasure::ErrorShare => share(self.error_calls, self.calls),
            AlertMeasure::CacheHitShare => share(self.cache_read_tokens, self.input_tokens),
            AlertMeasure::CostPerActiveUser | AlertMeasure::PriceBookAge => None,
        };
        pico.map(|pico| Amount {
            pico,
            unit: measure.unit(),
        })
    }

    /// The dollars by which a measure is beyond a level: what the calls would not have cost at it.
    ///
    /// A share of calls is dear by the share of the cost that lies over the level. `None` if
    /// nothing says what the difference costs.
    pub(crate) fn dollars_over(
        &self,
        measure: AlertMeasure,
        value_pico: i128,
        level_pico: i128,
    ) -> Option<PicoUsd> {
        let excess = value_pico.checked_sub(level_pico)?;
        let pico = match measure {
            AlertMeasure::Cost => excess,
            AlertMeasure::CostPerCall => excess.checked_mul(i128::from(self.calls))?,
            AlertMeasure::RetryShare | AlertMeasure::ErrorShare => {
                // In thousandths of a thousandth, so that no product leaves 128 bits.
                let millionths = excess / (ONE / 1_000_000);
                self.cost_pico.checked_mul(millionths)? / 1_000_000
            }
            _ => return None,
        };
        Some(PicoUsd(pico))
    }
}

/// A quotient, cut behind its twelfth place.
fn ratio(pico: i128, over: i64) -> Option<i128> {
    (over > 0).then(|| pico / i128::from(over))
}

fn share(part: i64, whole: i64) -> Option<i128> {
    ratio(i128::from(part) * ONE, whole)
}
