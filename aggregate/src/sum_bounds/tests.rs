//! Sums that might wrap are refused before they do.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Int64Array};

use super::{DECIMAL_SUM_MAX, SumBound, SumTooLarge};

fn counts(values: Vec<Option<i64>>) -> ArrayRef {
    Arc::new(Int64Array::from(values))
}

fn dollars(values: Vec<Option<i128>>) -> ArrayRef {
    Arc::new(
        Decimal128Array::from(values)
            .with_precision_and_scale(38, 12)
            .unwrap(),
    )
}

#[test]
fn a_sum_at_the_limit_passes_and_one_beyond_it_does_not() {
    let mut bound = SumBound::default();
    bound
        .add(&counts(vec![Some(i64::MAX - 2), None, Some(1)]))
        .unwrap();
    bound.add(&counts(vec![Some(1)])).unwrap_err();

    let mut bound = SumBound::default();
    let limit = i128::try_from(DECIMAL_SUM_MAX).unwrap();
    bound.add(&dollars(vec![Some(limit), None])).unwrap();
    assert_eq!(bound.add(&dollars(vec![Some(1)])), Err(SumTooLarge));
}

#[test]
fn magnitudes_count_whatever_their_sign() {
    let mut bound = SumBound::default();
    assert_eq!(bound.add(&counts(vec![Some(i64::MIN)])), Err(SumTooLarge));
    let mut bound = SumBound::default();
    bound
        .add(&counts(vec![Some(-i64::MAX / 2), Some(i64::MAX / 2)]))
        .unwrap();
    assert_eq!(
        bound.add(&counts(vec![Some(-1), Some(-1)])),
        Err(SumTooLarge)
    );
}

#[test]
fn one_large_value_among_many_is_no_false_alarm() {
    let mut values = vec![Some(3); 1_000_000];
    values[17] = Some(1 << 61);
    let mut bound = SumBound::default();
    bound.add(&counts(values)).unwrap();
}

#[test]
fn ordinary_batches_never_add_up_to_an_alarm() {
    let batch = counts(vec![Some(1_000_000); 1_000]);
    let mut bound = SumBound::default();
    for _ in 0..10_000 {
        bound.add(&batch).unwrap();
    }
}
