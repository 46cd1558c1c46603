//! Days and times of day from which prices hold.

use proptest::prelude::*;

use super::{Condition, Span};
use crate::time::parse_rfc3339_us;

fn holds(condition: Condition, time: &str) -> bool {
    let mut span = Span::ALWAYS;
    let time_us = parse_rfc3339_us(time).unwrap();
    let holds = condition.holds(time_us, &mut span);
    assert!(span.contains(time_us), "{time}");
    holds
}

#[test]
fn a_day_begins_at_midnight_utc() {
    let condition = Condition::parse(Some("2026-10-14"), None, None).unwrap();
    assert!(!holds(condition, "2026-10-13T23:59:59.999999Z"));
    assert!(holds(condition, "2026-10-14T00:00:00Z"));
    assert!(holds(condition, "2026-10-13T20:00:00-04:00"));
    assert!(!holds(condition, "2026-10-14T01:59:59.999999+02:00"));
}

#[test]
fn hours_of_the_day_may_wrap_midnight() {
    let day = Condition::parse(None, Some("00:30Z"), Some("16:30Z")).unwrap();
    let night = Condition::parse(None, Some("16:30Z"), Some("00:30Z")).unwrap();
    let cases = [
        ("2026-10-14T00:29:59.999999Z", false),
        ("2026-10-14T00:30:00Z", true),
        ("2026-10-14T16:29:59.999999Z", true),
        ("2026-10-14T16:30:00Z", false),
        ("1969-12-31T23:59:59Z", false),
    ];
    for (time, expected) in cases {
        assert_eq!(holds(day, time), expected, "{time}");
        assert_eq!(holds(night, time), !expected, "{time}");
    }
}

#[test]
fn what_is_no_day_or_time_is_refused() {
    for from in ["", "2026-02-30", "14.10.2026", "2026-10-14T00:00:00Z"] {
        assert_eq!(Condition::parse(Some(from), None, None), None, "{from}");
    }
    for time in [
        "",
        "00:30",
        "24:00Z",
        "00:60Z",
        "0:30Z",
        "+1:30Z",
        "00:30:00Z",
    ] {
        assert_eq!(
            Condition::parse(None, Some(time), Some("01:00Z")),
            None,
            "{time}"
        );
    }
    assert_eq!(Condition::parse(None, Some("00:30Z"), None), None);
    assert_eq!(Condition::parse(None, None, Some("00:30Z")), None);
}

proptest! {
    #[test]
    fn the_answer_is_the_same_all_over_a_span(
        from_us in proptest::option::of(-20_i64..20),
        until_us in proptest::option::of(-20_i64..20),
        daily in proptest::option::of((0_i64..24, 0_i64..24)),
        time_us in -2_000_000_000_000_i64..2_000_000_000_000,
        share in 0.0..1.0_f64,
    ) {
        const HOUR_US: i64 = 3_600_000_000;
        let condition = Condition {
            from_us: from_us.map(|days| days * 24 * HOUR_US),
            until_us: until_us.map(|days| days * 24 * HOUR_US),
            daily_us: daily.map(|(from, until)| (from * HOUR_US, until * HOUR_US)),
        };
        let mut span = Span::ALWAYS;
        let expected = condition.holds(time_us, &mut span);
        prop_assert!(span.contains(time_us));
        let start_us = span.start_us.max(-3_000_000_000_000);
        let end_us = span.end_us.min(3_000_000_000_000) - 1;
        #[expect(clippy::float_arithmetic, clippy::cast_possible_truncation, reason = "picks an instant")]
        let other_us = start_us + ((end_us - start_us) as f64 * share) as i64;
        for other_us in [start_us, other_us, end_us] {
            prop_assert_eq!(condition.holds(other_us, &mut Span::ALWAYS.clone()), expected);
        }
    }
}
