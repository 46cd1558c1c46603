//! What is no incident: growth, launches, holidays, weekends, noise.

use super::{DAY_S, Feed, HOUR_S, NONE, SeriesTest, Verdict, cents, office, office_week};

#[test]
fn a_daily_rhythm_is_no_breach() {
    let mut feed = Feed::new(SeriesTest::Volume);
    feed.feed(28 * 24, office, cents);
    assert_eq!(feed.breaches, NONE);
    assert_eq!(feed.verdict(), Verdict::Quiet);
}

#[test]
fn monday_after_a_weekend_is_no_breach() {
    let mut feed = Feed::new(SeriesTest::Volume);
    feed.feed(35 * 24, office_week, cents);
    assert_eq!(feed.breaches, NONE);
}

#[test]
fn growth_is_no_breach() {
    let mut feed = Feed::new(SeriesTest::Volume);
    let growing =
        |at_s: i64| office(at_s) * 1.08_f64.powi(i32::try_from(at_s / (7 * DAY_S)).unwrap());
    feed.feed(56 * 24, growing, cents);
    assert_eq!(feed.breaches, NONE);
}

#[test]
fn the_day_after_a_holiday_is_no_breach() {
    let mut feed = Feed::new(SeriesTest::Volume);
    let holiday = |at_s: i64| {
        let day = at_s / DAY_S;
        if (28..32).contains(&day) {
            office(at_s) * 0.2
        } else {
            office(at_s)
        }
    };
    feed.feed(40 * 24, holiday, cents);
    assert_eq!(feed.breaches, NONE);
}

#[test]
fn a_launch_that_stays_becomes_the_normal() {
    let mut feed = Feed::new(SeriesTest::Volume);
    let launch = |at_s: i64| {
        if at_s >= 21 * DAY_S {
            office(at_s) * 4.0
        } else {
            office(at_s)
        }
    };
    feed.feed(21 * 24, launch, cents);
    assert_eq!(feed.breaches, NONE);
    feed.feed(24, launch, cents);
    assert_eq!(
        feed.breaches.len(),
        1,
        "four times the volume at once is worth a look"
    );
    feed.feed(5 * 24, launch, cents);
    assert_eq!(feed.verdict(), Verdict::Quiet, "{:?}", feed.last);
    feed.feed(14 * 24, launch, cents);
    assert_eq!(feed.breaches.len(), 1, "{:?}", feed.breaches);
}

#[test]
fn a_launch_does_not_change_the_ratio() {
    let mut feed = Feed::new(SeriesTest::Ratio);
    let launch = |at_s: i64| {
        if at_s >= 21 * DAY_S {
            office(at_s) * 4.0
        } else {
            office(at_s)
        }
    };
    feed.feed(28 * 24, launch, cents);
    assert_eq!(feed.breaches, NONE);
}

#[test]
fn a_constant_series_is_no_breach() {
    let mut feed = Feed::new(SeriesTest::Volume);
    for _ in 0..20 * 24 * 12 {
        feed.bucket(1.0, 10.0);
    }
    assert_eq!(feed.breaches, NONE);
    let expected = feed
        .state
        .expected_usd(feed.at_s, feed.at_s + HOUR_S, &feed.settings);
    assert!((expected - 12.0).abs() < 0.5, "dollars an hour: {expected}");
}

#[test]
fn bursts_that_always_came_are_no_breach() {
    let mut feed = Feed::new(SeriesTest::Volume);
    // A batch of twenty dollars each night, and nothing else.
    for day in 0..40_i64 {
        for bucket in 0..24 * 12 {
            if bucket == 36 + (day % 3) {
                feed.bucket(20.0, 500.0);
            } else {
                feed.bucket(0.0, 0.0);
            }
        }
    }
    assert_eq!(feed.breaches, NONE);
}

#[test]
fn small_change_is_no_breach() {
    let mut feed = Feed::new(SeriesTest::Volume);
    let tiny = |_: i64| 0.000_001;
    feed.feed(14 * 24, office, tiny);
    feed.feed(24, |at_s| office(at_s) * 50.0, tiny);
    assert_eq!(feed.breaches, NONE);
}

#[test]
fn a_bucket_that_arrived_by_half_is_no_drop() {
    let mut feed = Feed::new(SeriesTest::Silence);
    feed.feed(14 * 24, office, cents);
    assert_eq!(feed.breaches, NONE);
    // The last hours are not complete: that they are empty says nothing.
    let open = feed
        .state
        .assess(&[], feed.at_s, &feed.settings, &feed.peers);
    assert_eq!(open.verdict, Verdict::Quiet);
    let complete = feed
        .state
        .assess(&[], feed.at_s + 14 * HOUR_S, &feed.settings, &feed.peers);
    assert_eq!(complete.verdict, Verdict::Breach);
}
