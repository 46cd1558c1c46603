//! Tests of splitting rows by day.

use arrow::array::{TimestampMicrosecondArray, UInt32Array};
use schemas::time::{S_PER_DAY, US_PER_S};

use super::{DateSplit, split};

const DAY_US: i64 = S_PER_DAY * US_PER_S;

fn split_of(times: &[i64]) -> DateSplit {
    split(&TimestampMicrosecondArray::from(times.to_vec()))
}

#[test]
fn one_day_is_seen_as_one() {
    assert_eq!(split_of(&[0, DAY_US - 1, 5]), DateSplit::One(0));
    assert_eq!(split_of(&[-1, -DAY_US]), DateSplit::One(-1));
}

#[test]
fn midnight_splits_and_rows_keep_their_order() {
    let expected = vec![
        (-1, UInt32Array::from(vec![1])),
        (0, UInt32Array::from(vec![0, 3])),
        (1, UInt32Array::from(vec![2])),
    ];
    let split = split_of(&[DAY_US - 1, -1, DAY_US, 0]);
    assert_eq!(split, DateSplit::Many(expected));
}

#[test]
fn no_rows_are_no_days() {
    assert_eq!(split_of(&[]), DateSplit::Many(Vec::new()));
}
