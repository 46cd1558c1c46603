//! Whether a budget will hold: what was spent, what is still to come, and on which day it is spent.
#![expect(
    clippy::float_arithmetic,
    reason = "a forecast; what was spent is exact elsewhere"
)]

use super::series_state::SeriesState;
use super::settings::DetectorSettings;

const HOUR_S: i64 = 3_600;
/// The share of a period that must have passed before its own pace is a forecast.
const SEEN_SHARE_MIN: f64 = 0.05;

/// A budget of one key, and where it stands.
///
/// # Units
/// US dollars; seconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BudgetPosition {
    /// What may be spent in the period.
    pub amount_usd: f64,
    /// What was spent in it so far.
    pub spent_usd: f64,
    /// Start of the period.
    pub period_start_s: i64,
    /// End of the period, exclusive.
    pub period_end_s: i64,
    /// Up to when `spent_usd` is known.
    pub now_s: i64,
}

/// What becomes of a budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BudgetForecast {
    /// What the whole period will cost.
    pub end_usd: f64,
    /// The present pace by the one that would just use the budget up: above 1 it will not hold.
    pub burn_rate: f64,
    /// When the budget is spent or was, if that is before the end of the period.
    pub exceeded_at_s: Option<i64>,
}

/// Forecasts a budget; `None` while it cannot be told: too little of the period has passed, and
/// the key is too new to know what an hour costs.
///
/// `state` is that of the key's cost under a [`SeriesTest::Volume`] rule: what is still to come
/// follows its level and rhythm. Without one the period's own pace goes on.
///
/// [`SeriesTest::Volume`]: super::settings::SeriesTest::Volume
#[must_use]
pub fn forecast_budget(
    position: &BudgetPosition,
    state: Option<(&SeriesState, &DetectorSettings)>,
) -> Option<BudgetForecast> {
    let spent_before_end = position.spent_usd >= position.amount_usd;
    let known = state.filter(|(state, _)| state.is_established());
    let passed_s = seconds(position.now_s - position.period_start_s);
    let period_s = seconds(position.period_end_s - position.period_start_s);
    if !spent_before_end && known.is_none() && passed_s < SEEN_SHARE_MIN * period_s {
        return None;
    }
    let own_pace = position.spent_usd / passed_s.max(1.0);
    let mut end_usd = position.spent_usd;
    let mut exceeded_at_s = spent_before_end.then_some(position.now_s);
    let mut at_s = position.now_s;
    while at_s < position.period_end_s {
        let next_s = position
            .period_end_s
            .min((at_s.div_euclid(HOUR_S) + 1) * HOUR_S);
        let hour_usd = match known {
            Some((state, settings)) => state.expected_usd(at_s, next_s, settings),
            None => own_pace * seconds(next_s - at_s),
        };
        end_usd += hour_usd;
        if exceeded_at_s.is_none() && end_usd > position.amount_usd {
            exceeded_at_s = Some(next_s);
        }
        at_s = next_s;
    }
    Some(BudgetForecast {
        end_usd,
        burn_rate: end_usd / position.amount_usd,
        exceeded_at_s,
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a period is far shorter than 2^53 seconds"
)]
fn seconds(span_s: i64) -> f64 {
    span_s as f64
}
