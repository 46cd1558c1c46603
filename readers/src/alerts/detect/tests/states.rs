//! How a state is kept: late parts, order, gaps, size.

use super::{Bucket, DAY_S, Feed, HOUR_S, START_S, SeriesTest, Verdict, cents, office};
use crate::alerts::detect::SeriesState;

#[test]
fn a_late_part_changes_the_judgement_of_its_bucket() {
    let mut feed = Feed::new(SeriesTest::Volume);
    feed.feed(14 * 24 + 10, office, cents);
    let mut recent = [0_i64, 1].map(|index| Bucket {
        start_s: feed.at_s + 300 * index,
        width_s: 300,
        usd: 0.2,
        numerator: 0.2,
        denominator: 10.0,
    });
    assert_eq!(feed.assess(&recent).verdict, Verdict::Quiet);
    recent[0].usd = 40.0;
    recent[0].numerator = 40.0;
    assert_eq!(feed.assess(&recent).verdict, Verdict::Breach);
    recent[0].usd = 0.2;
    recent[0].numerator = 0.2;
    assert_eq!(feed.assess(&recent).verdict, Verdict::Quiet);
}

#[test]
fn an_open_bucket_does_not_end_a_breach() {
    let mut feed = Feed::new(SeriesTest::Volume);
    feed.feed(14 * 24 + 10, office, cents);
    feed.bucket(60.0, 3_000.0);
    assert_eq!(feed.verdict(), Verdict::Breach);
    let quiet: Vec<Bucket> = (0..24_i64)
        .map(|index| Bucket {
            start_s: feed.at_s + 300 * index,
            width_s: 300,
            usd: 0.1,
            numerator: 0.1,
            denominator: 8.0,
        })
        .collect();
    let judged = |complete_until_s: i64| {
        feed.state
            .assess(&quiet, complete_until_s, &feed.settings, &feed.peers)
            .verdict
    };
    assert_eq!(judged(feed.at_s), Verdict::Breach);
    assert_eq!(judged(feed.at_s + 24 * 300), Verdict::Quiet);
}

#[test]
fn a_bucket_counts_once() {
    let mut feed = Feed::new(SeriesTest::Volume);
    feed.feed(48, office, cents);
    let before = feed.state.clone();
    let again = Bucket {
        start_s: feed.at_s - 300,
        width_s: 300,
        usd: 9.0,
        numerator: 9.0,
        denominator: 9.0,
    };
    feed.state.absorb(&again, &feed.settings, &mut feed.peers);
    assert_eq!(feed.state, before);
}

#[test]
fn judging_recent_buckets_is_like_absorbing_them() {
    let mut feed = Feed::new(SeriesTest::Volume);
    feed.feed(14 * 24 + 10, office, cents);
    let recent: Vec<Bucket> = (0..6_i64)
        .map(|index| Bucket {
            start_s: feed.at_s + 300 * index,
            width_s: 300,
            usd: 3.0,
            numerator: 3.0,
            denominator: 100.0,
        })
        .collect();
    let judged = feed.assess(&recent);
    assert_eq!(judged.verdict, Verdict::Breach);
    for bucket in &recent {
        feed.state.absorb(bucket, &feed.settings, &mut feed.peers);
    }
    let absorbed = feed.assess(&[]);
    assert_eq!(absorbed.since_s, judged.since_s);
    assert_eq!(absorbed.pace, judged.pace);
}

#[test]
fn empty_time_costs_nothing_and_is_learned() {
    let mut gaps = Feed::new(SeriesTest::Volume);
    let mut zeros = Feed::new(SeriesTest::Volume);
    for feed in [&mut gaps, &mut zeros] {
        feed.feed(10 * 24, office, cents);
    }
    zeros.feed(36, |_| 0.0, cents);
    gaps.at_s = zeros.at_s;
    gaps.state
        .absorb_nothing_until(gaps.at_s, &gaps.settings, &mut gaps.peers);
    let (left, right) = (gaps.assess(&[]), zeros.assess(&[]));
    assert_eq!(left.verdict, right.verdict);
    let [left, right] = [&gaps, &zeros].map(|feed| {
        feed.state
            .expected_usd(feed.at_s, feed.at_s + DAY_S, &feed.settings)
    });
    assert!((left - right).abs() < 0.02 * right, "{left}, {right}");
}

#[test]
fn a_key_that_comes_back_after_a_month_is_new() {
    let mut feed = Feed::new(SeriesTest::Volume);
    feed.feed(10 * 24, office, cents);
    feed.at_s += 40 * DAY_S;
    feed.bucket(0.1, 5.0);
    assert_eq!(feed.verdict(), Verdict::Learning);
    assert_eq!(feed.state.absorbed_until_s(), feed.at_s);
}

#[test]
fn expected_cost_follows_the_rhythm() {
    let mut feed = Feed::new(SeriesTest::Volume);
    feed.feed(28 * 24, office, cents);
    let expected = |from_h: i64, hours: i64| {
        let from_s = START_S + 28 * DAY_S + from_h * HOUR_S;
        feed.state
            .expected_usd(from_s, from_s + hours * HOUR_S, &feed.settings)
    };
    assert!(expected(10, 1) > 5.0 * expected(2, 1));
    // 10 hours of 100 calls, 14 of 10, at 2 cents.
    let day = expected(0, 24);
    assert!((day - 22.8).abs() < 2.5, "{day}");
}

#[test]
fn a_small_key_stays_small() {
    let mut feed = Feed::new(SeriesTest::Volume);
    feed.feed(30 * 24, |_| 1.0, |_| 0.0001);
    assert_eq!(feed.state.bytes(), size_of::<SeriesState>());
    // As docs/alerts/detection.md says.
    assert_eq!(size_of::<SeriesState>(), 168);
    let mut large = Feed::new(SeriesTest::Volume);
    large.feed(60 * 24, office, cents);
    assert!(large.state.bytes() < 512, "{}", large.state.bytes());
}

/// The shortcut that leaves most keys alone must never hide a breach.
#[test]
fn what_stays_below_the_floor_is_no_breach() {
    for test in [SeriesTest::Volume, SeriesTest::Ratio] {
        let mut feed = Feed::new(test);
        feed.settings.floor_usd = 0.2;
        // So little that the floor is what decides.
        feed.feed(5 * 24, office, |_| 0.0001);
        let (mut left_alone, mut breaches) = (0, 0);
        for step in 0..4_000 {
            let usd = 0.002 * f64::from(step % 200) * feed.noise();
            let recent = Bucket {
                start_s: feed.at_s,
                width_s: 300,
                usd,
                numerator: usd,
                denominator: 1.0 + 10.0 * feed.noise(),
            };
            let is_breach = feed.assess(&[recent]).verdict.is_active();
            let is_left_alone = feed.state.stays_below_floor(usd, &feed.settings);
            assert!(!(is_breach && is_left_alone), "{test:?}: {usd} dollars");
            left_alone += u32::from(is_left_alone);
            breaches += u32::from(is_breach);
            if step % 16 == 0 {
                let grown = 0.001 * feed.noise();
                feed.bucket(grown, recent.denominator);
            }
        }
        assert!(
            left_alone > 100 && breaches > 100,
            "{left_alone}, {breaches}"
        );
    }
}

#[test]
fn a_silence_is_never_left_alone() {
    let feed = Feed::new(SeriesTest::Silence);
    assert!(!feed.state.stays_below_floor(0.0, &feed.settings));
}
