//! What is an incident: violent, strong or creeping, in volume or in what a call costs.

use super::{
    Bucket, DAY_S, Feed, HOUR_S, MINUTE_S, NONE, Sensitivity, SeriesTest, Verdict, cents, office,
    office_week,
};
use crate::alerts::detect::Pace;

#[test]
fn a_spike_is_seen_within_minutes() {
    let mut feed = Feed::new(SeriesTest::Volume);
    feed.feed(21 * 24 + 10, office, cents);
    feed.feed(2, |at_s| office(at_s) * 10.0, cents);
    assert_eq!(feed.breaches.len(), 1);
    let delay_s = feed.breaches[0] - (21 * DAY_S + 10 * HOUR_S);
    assert!(delay_s <= 30 * MINUTE_S, "{delay_s} s");
    let now = feed.assess(&[]);
    assert!(now.value > 3.0 * now.baseline, "{now:?}");
    // 900 calls an hour too many at 2 cents or a little more or less.
    assert!((15.0..60.0).contains(&now.over_usd), "{now:?}");
}

#[test]
fn one_breach_is_one_breach() {
    let mut feed = Feed::new(SeriesTest::Volume);
    feed.feed(21 * 24, office, cents);
    feed.feed(48, |at_s| office(at_s) * 8.0, cents);
    assert_eq!(feed.breaches.len(), 1);
    feed.feed(48, office, cents);
    assert_eq!(feed.breaches.len(), 1);
    assert_eq!(feed.verdict(), Verdict::Quiet);
}

#[test]
fn one_earlier_spike_does_not_make_it_deaf() {
    let mut feed = Feed::new(SeriesTest::Volume);
    feed.feed(21 * 24 + 10, office, cents);
    feed.feed(3, |at_s| office(at_s) * 50.0, cents);
    feed.feed(3 * 24, office, cents);
    assert_eq!(feed.breaches.len(), 1);
    feed.feed(3, |at_s| office(at_s) * 12.0, cents);
    assert_eq!(feed.breaches.len(), 2);
}

#[test]
fn a_loop_at_night_is_seen_though_the_day_has_more() {
    let mut feed = Feed::new(SeriesTest::Volume);
    feed.feed(21 * 24, office_week, cents);
    // 120 calls an hour from one o'clock on: noon's volume.
    feed.feed(6, |_| 120.0, cents);
    assert_eq!(feed.breaches.len(), 1);
    assert!(feed.breaches[0] - 21 * DAY_S <= 5 * HOUR_S);
}

#[test]
fn the_weekend_has_a_profile_of_its_own() {
    let mut feed = Feed::new(SeriesTest::Volume);
    feed.feed(33 * 24, office_week, cents);
    assert_eq!(feed.breaches, NONE);
    // A Saturday as busy as a working day.
    feed.feed(20, office, cents);
    assert_eq!(feed.breaches.len(), 1);
}

#[test]
fn a_slow_drift_of_the_ratio_is_seen_within_days() {
    let mut feed = Feed::new(SeriesTest::Ratio);
    feed.feed(21 * 24, office, cents);
    let drifting = |at_s: i64| {
        let days = f64::from(i32::try_from((at_s - 21 * DAY_S) / HOUR_S).unwrap()) / 24.0;
        0.02 * (1.0 + 0.1 * days)
    };
    feed.feed(6 * 24, office, drifting);
    assert_eq!(feed.breaches.len(), 1);
    assert!(feed.breaches[0] < 26 * DAY_S);
}

#[test]
fn a_dearer_call_is_seen_within_hours_at_normal_volume() {
    let mut feed = Feed::new(SeriesTest::Ratio);
    feed.feed(21 * 24 + 9, office, cents);
    feed.feed(6, office, |_| 0.05);
    assert_eq!(feed.breaches.len(), 1);
    assert!(feed.breaches[0] < 21 * DAY_S + 12 * HOUR_S);
}

#[test]
fn one_huge_call_is_seen_in_its_bucket() {
    for test in [SeriesTest::Volume, SeriesTest::Ratio] {
        let mut feed = Feed::new(test);
        feed.feed(14 * 24 + 10, office, cents);
        assert_eq!(feed.verdict(), Verdict::Quiet);
        // The bucket is open still.
        let open = Bucket {
            start_s: feed.at_s,
            width_s: 300,
            usd: 15.0,
            numerator: 15.0,
            denominator: 5.0,
        };
        let seen = feed.assess(&[open]);
        assert_eq!(seen.verdict, Verdict::Breach);
        assert_ne!(seen.pace, Some(Pace::Creeping));
        assert!((seen.over_usd - 15.0).abs() < 1.0, "{seen:?}");
    }
}

#[test]
fn a_new_key_is_measured_in_dollars() {
    let mut feed = Feed::new(SeriesTest::Volume);
    feed.feed(3, |_| 100.0, cents);
    assert_eq!(feed.verdict(), Verdict::Learning);
    feed.feed(3, |_| 3_000.0, cents);
    assert_eq!(feed.verdict(), Verdict::Breach);
    let over_usd = feed.assess(&[]).over_usd;
    assert!(over_usd > feed.settings.cold_start_usd, "{over_usd}");
}

#[test]
fn a_single_event_is_learning() {
    let mut feed = Feed::new(SeriesTest::Volume);
    feed.bucket(0.02, 1.0);
    assert_eq!(feed.verdict(), Verdict::Learning);
    assert_eq!(feed.breaches, NONE);
}

#[test]
fn silence_is_one_when_calls_are_expected() {
    let mut feed = Feed::new(SeriesTest::Silence);
    feed.feed(21 * 24 + 10, office, cents);
    assert_eq!(feed.breaches, NONE);
    feed.feed(2, |_| 0.0, cents);
    assert_eq!(feed.breaches.len(), 1);
    feed.feed(2, office, cents);
    assert_eq!(feed.verdict(), Verdict::Quiet);
}

#[test]
fn sensitivity_and_floor_ask_for_more_or_less() {
    let breaches = |sensitivity, floor_usd| {
        let mut feed = Feed::new(SeriesTest::Volume);
        feed.settings.sensitivity = sensitivity;
        feed.settings.floor_usd = floor_usd;
        feed.feed(21 * 24 + 10, office, cents);
        feed.feed(4, |at_s| office(at_s) * 6.0, cents);
        feed.breaches.first().copied()
    };
    let high = breaches(Sensitivity::HIGH, 0.5).unwrap();
    let low = breaches(Sensitivity::LOW, 0.5).unwrap();
    assert!(high < low, "{high} {low}");
    assert_eq!(breaches(Sensitivity::HIGH, 500.0), None);
}
