//! Tests of which files may hold selected events, and how the condition is told.

use std::collections::BTreeMap;

use super::RepriceSelection;
use crate::file_set::ActiveFile;

const DAY_US: i64 = 86_400_000_000;

fn selection(from_us: i64, to_us: i64) -> RepriceSelection {
    RepriceSelection {
        from_us,
        to_us,
        only_unpriced: false,
        provider: None,
        model: None,
    }
}

fn file(date: Option<&str>) -> ActiveFile {
    ActiveFile {
        path: "p".to_owned(),
        partition_values: BTreeMap::from([("date".to_owned(), date.map(str::to_owned))]),
        size: 1,
    }
}

#[test]
fn files_of_other_days_are_not_read() {
    let may_be = |from_us, to_us, date| selection(from_us, to_us).may_be_in(&file(Some(date)));
    // 1970-01-02 without its last microsecond, and with it.
    assert!(may_be(DAY_US, 2 * DAY_US, "1970-01-02"));
    assert!(!may_be(DAY_US, 2 * DAY_US, "1970-01-01"));
    assert!(!may_be(DAY_US, 2 * DAY_US, "1970-01-03"));
    assert!(may_be(DAY_US, 2 * DAY_US + 1, "1970-01-03"));
    assert!(!may_be(0, DAY_US, "1969-12-31"));
    assert!(may_be(-1, DAY_US, "1969-12-31"));
}

#[test]
fn days_that_do_not_sort_are_read() {
    let all = selection(i64::MIN, i64::MAX);
    for date in ["1970-01-01", "-0044-03-15", "20000-01-01", ""] {
        assert!(all.may_be_in(&file(Some(date))), "{date}");
    }
    assert!(selection(0, 1).may_be_in(&file(None)));
    assert!(selection(0, 1).may_be_in(&file(Some("-0044-03-15"))));
}

#[test]
fn texts_of_the_condition_are_quoted() {
    let selection = RepriceSelection {
        model: Some("it's".to_owned()),
        provider: Some("p".to_owned()),
        ..selection(0, DAY_US)
    };
    assert_eq!(
        selection.predicate(),
        "event_time >= '1970-01-01T00:00:00.000000Z' AND event_time < \
         '1970-01-02T00:00:00.000000Z' AND provider = 'p' AND model = 'it''s'"
    );
}
