//! Judges what a period has cost so far, and what it will have cost at its end, against an amount.

use schemas::alerts::amount::Amount;
use schemas::alerts::rule::{BudgetRule, Period};
use schemas::money::PicoUsd;
use schemas::time::{S_PER_DAY, US_PER_S, month_of_us};

use super::judgement::{Finding, Judgement};

const DAY_US: i64 = S_PER_DAY * US_PER_S;
/// The day of the epoch was a Thursday: weeks begin three days before.
const MONDAY_DAYS_BEFORE_EPOCH: i64 = 3;
const DAYS_PER_WEEK: i64 = 7;
/// A period is forecast once a part of it is over that is one in so many.
const SEEN_PART_MIN: i64 = 10;
/// The step of an alert that fires before anything of the amount is passed.
const FORECAST_STEP: &str = "forecast";
const PERMILLE: i128 = 1_000;

/// The start of the period that holds an instant, and of the next one.
///
/// # Units
/// Microseconds since the Unix epoch.
pub(crate) fn period_of(period: Period, time_us: i64) -> (i64, i64) {
    let day = time_us.div_euclid(DAY_US);
    let days = |from: i64, count: i64| (from * DAY_US, (from + count) * DAY_US);
    match period {
        Period::Day => days(day, 1),
        Period::Week => {
            let since_monday = (day + MONDAY_DAYS_BEFORE_EPOCH).rem_euclid(DAYS_PER_WEEK);
            days(day - since_monday, DAYS_PER_WEEK)
        }
        Period::Month => month_of_us(time_us).unwrap_or_else(|| days(day, 1)),
    }
}

/// Judges a key by what it has cost from the period's start to the present.
///
/// # Units
/// `present_us`: the end of the newest step with rows, microseconds since the Unix epoch.
pub(crate) fn judge_budget(rule: &BudgetRule, spent: PicoUsd, present_us: i64) -> Judgement {
    let (start_us, end_us) = period_of(rule.period, present_us - 1);
    let forecast = rule
        .forecast
        .then(|| Forecast::of(spent, start_us, present_us, end_us))
        .flatten();
    let overrun = forecast.filter(|forecast| forecast.at_end > rule.amount_usd);
    let mut steps = rule.steps_permille.iter().enumerate();
    let reached = |&(_, &permille): &(usize, &u32)| {
        let level = rule.amount_usd.0.checked_mul(i128::from(permille));
        let spent = spent.0.checked_mul(PERMILLE);
        matches!((level, spent), (Some(level), Some(spent)) if spent >= level && spent > 0)
    };
    let (rank, step, level) = match (steps.rfind(reached), overrun) {
        (Some((place, &permille)), _) => {
            let level = rule.amount_usd.0 / PERMILLE * i128::from(permille);
            (place + 1, step_name(permille), level)
        }
        (None, Some(_)) => (0, FORECAST_STEP.to_owned(), rule.amount_usd.0),
        (None, None) => return Judgement::Whole,
    };
    let projected_at_us = match overrun {
        Some(_) if spent > rule.amount_usd => None,
        Some(forecast) => forecast.reaches(rule.amount_usd),
        None => None,
    };
    let over = forecast.map_or(spent, |forecast| forecast.at_end.max(spent));
    let over = PicoUsd((over.0 - rule.amount_usd.0).max(0));
    Judgement::Broken(Finding {
        rank,
        step,
        value: Amount::usd(spent),
        threshold: Some(Amount::usd(PicoUsd(level))),
        baseline: None,
        over_usd: Some(over),
        started_at_us: start_us,
        not_before_us: start_us,
        projected_at_us,
    })
}

/// What a period will have cost at its end if it goes on as it went so far.
#[derive(Debug, Clone, Copy)]
struct Forecast {
    spent: PicoUsd,
    start_us: i64,
    present_us: i64,
    at_end: PicoUsd,
}

impl Forecast {
    /// `None` while too little of the period is over.
    fn of(spent: PicoUsd, start_us: i64, present_us: i64, end_us: i64) -> Option<Self> {
        let elapsed_us = present_us - start_us;
        let length_us = end_us - start_us;
        if elapsed_us < length_us / SEEN_PART_MIN {
            return None;
        }
        // In seconds, so that no product leaves 128 bits.
        let seconds = |us: i64| i128::from(us / US_PER_S);
        let at_end = spent.0.checked_mul(seconds(length_us))? / seconds(elapsed_us).max(1);
        Some(Self {
            spent,
            start_us,
            present_us,
            at_end: PicoUsd(at_end),
        })
    }

    /// When an amount is reached.
    fn reaches(&self, amount: PicoUsd) -> Option<i64> {
        let elapsed_s = i128::from((self.present_us - self.start_us) / US_PER_S);
        let until_s = amount.0.checked_mul(elapsed_s)? / self.spent.0.max(1);
        let until_us = i64::try_from(until_s).ok()?.checked_mul(US_PER_S)?;
        self.start_us.checked_add(until_us)
    }
}

/// The rank of the step of this name, as [`judge_budget`] gives it.
pub(crate) fn rank_of(rule: &BudgetRule, step: &str) -> usize {
    let mut steps = rule.steps_permille.iter();
    let place = steps.position(|&permille| step_name(permille) == step);
    place.map_or(0, |place| place + 1)
}

fn step_name(permille: u32) -> String {
    match permille % 10 {
        0 => format!("{}%", permille / 10),
        tenths => format!("{}.{tenths}%", permille / 10),
    }
}
