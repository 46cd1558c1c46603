//! Whether a budget will hold.

use super::{DAY_S, Feed, HOUR_S, START_S, SeriesTest, cents, office, office_week};
use crate::alerts::detect::{BudgetPosition, forecast_budget};

const MONTH_DAYS: i64 = 28;

fn position(amount_usd: f64, spent_usd: f64, passed_s: i64) -> BudgetPosition {
    let period_start_s = START_S + 28 * DAY_S;
    BudgetPosition {
        amount_usd,
        spent_usd,
        period_start_s,
        period_end_s: period_start_s + MONTH_DAYS * DAY_S,
        now_s: period_start_s + passed_s,
    }
}

#[test]
fn a_new_key_has_no_forecast_at_first() {
    assert_eq!(forecast_budget(&position(100.0, 1.0, DAY_S), None), None);
    let later = forecast_budget(&position(100.0, 10.0, 7 * DAY_S), None).unwrap();
    assert!((later.end_usd - 40.0).abs() < 1e-6);
    assert!((later.burn_rate - 0.4).abs() < 1e-6);
    assert_eq!(later.exceeded_at_s, None);
}

#[test]
fn a_budget_that_will_not_hold_has_a_date() {
    let forecast = forecast_budget(&position(100.0, 50.0, 7 * DAY_S), None).unwrap();
    let day = (forecast.exceeded_at_s.unwrap() - START_S) / DAY_S - 28;
    assert!((13..=14).contains(&day), "{day}");
}

#[test]
fn what_is_over_was_exceeded_now() {
    let at = position(10.0, 10.5, HOUR_S);
    let forecast = forecast_budget(&at, None).unwrap();
    assert_eq!(forecast.exceeded_at_s, Some(at.now_s));
}

#[test]
fn a_quiet_weekend_is_not_taken_for_the_pace_of_the_month() {
    let mut feed = Feed::new(SeriesTest::Volume);
    feed.feed(MONTH_DAYS * 24, office_week, cents);
    // Four weeks of 22.8 dollars a working day and 4.8 a day of a weekend.
    let month_usd = 4.0 * (5.0 * 22.8 + 2.0 * 4.8);
    let state = Some((&feed.state, &feed.settings));
    let early = forecast_budget(&position(1_000.0, 0.0, 0), state).unwrap();
    assert!((early.end_usd / month_usd - 1.0).abs() < 0.15, "{early:?}");
}

#[test]
fn the_date_lies_in_working_hours() {
    let mut feed = Feed::new(SeriesTest::Volume);
    feed.feed(MONTH_DAYS * 24, office, cents);
    let state = Some((&feed.state, &feed.settings));
    let forecast = forecast_budget(&position(104.0, 0.0, 0), state).unwrap();
    let hour = forecast.exceeded_at_s.unwrap().rem_euclid(DAY_S) / HOUR_S;
    assert!((8..=18).contains(&hour), "{hour}");
}
