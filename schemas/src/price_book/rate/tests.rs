//! Rates are exact fractions, and a charge is rounded once.

use proptest::prelude::*;

use super::{Rate, TieredRate, divide_wide, multiply_divide, multiply_wide};
use crate::money::{EVENT_COST_MAX, PicoUsd};
use crate::price_book::exact_number::NumberError;
use crate::usage_unit::QUANTITY_ONE;

fn check(text: &str, per: u64, numerator: u128, denominator: u128) {
    let rate = Rate::from_dollars_per(text, per).unwrap();
    assert_eq!(
        (rate.numerator(), rate.denominator()),
        (numerator, denominator),
        "{text} per {per}"
    );
}

#[test]
fn rates_keep_every_digit() {
    check("0.15", 1_000_000, 150_000, 1);
    check("0", 1_000_000, 0, 1);
    check("0.000", 3_600, 0, 1);
    check("35", 1_000, 35_000_000_000, 1);
    check("1e-6", 1_000_000, 1, 1);
    check("1.5E1", 1_000, 15_000_000_000, 1);
    check("0.0000005", 1_000_000, 1, 2);
    check(
        "0.0416666666666667",
        1_000_000,
        416_666_666_666_667,
        10_000_000_000,
    );
    // A dollar an hour does not end within 12 places of a dollar a second.
    check("3", 3_600, 2_500_000_000, 3);
}

#[test]
fn prices_are_written_out_as_they_were_read() {
    for (text, per, written) in [
        ("2.50", 1_000_000, "2.5"),
        ("35", 1_000, "35"),
        ("0", 1_000, "0"),
        ("0.111", 3_600, "0.111"),
        ("1e-6", 1_000_000, "0.000001"),
        ("0.0416666666666667", 1_000_000, "0.0416666666666667"),
        ("0.18000000000000002", 1_000_000, "0.18000000000000002"),
        ("1e-20", 7, "0.00000000000000000001"),
    ] {
        let rate = Rate::from_dollars_per(text, per).unwrap();
        assert_eq!(rate.dollars_for(per), written, "{text} per {per}");
    }
    // What does not end is a fraction: a dollar for three is so much for one.
    let rate = Rate::from_dollars_per("1", 3).unwrap();
    assert_eq!(rate.dollars_for(1), "1000000000000/3000000000000");
    assert_eq!(rate.dollars_for(6), "2");
}

#[test]
fn what_is_no_rate_is_refused() {
    for text in [
        "", "-1", "+1", ".5", "5.", "1,5", "NaN", "1e", "e5", " 1", "0x1",
    ] {
        let rate = Rate::from_dollars_per(text, 1_000);
        assert_eq!(rate, Err(NumberError::Syntax), "{text:?}");
    }
    for text in [
        "1e99",
        "1e-99",
        &"9".repeat(40),
        &format!("0.{}", "1".repeat(40)),
    ] {
        let rate = Rate::from_dollars_per(text, 1_000);
        assert_eq!(rate, Err(NumberError::OutOfRange), "{text:?}");
    }
}

#[test]
fn costs_that_do_not_end_round_half_to_even_once() {
    let half = Rate::from_dollars_per("0.0000005", 1_000_000).unwrap();
    let cost = |quantity| half.cost(quantity).map(|cost| cost.0);
    assert_eq!(cost(QUANTITY_ONE), Some(0));
    assert_eq!(cost(3 * QUANTITY_ONE), Some(2));
    assert_eq!(cost(5 * QUANTITY_ONE), Some(2));
    assert_eq!(cost(QUANTITY_ONE + 1), Some(1));
    assert_eq!(cost(4_000_001 * QUANTITY_ONE), Some(2_000_000));
    assert_eq!(cost(-QUANTITY_ONE), None);
    let hourly = Rate::from_dollars_per("3", 3_600).unwrap();
    assert_eq!(hourly.cost(QUANTITY_ONE), Some(PicoUsd(833_333_333)));
    assert_eq!(hourly.cost(2 * QUANTITY_ONE), Some(PicoUsd(1_666_666_667)));
    assert_eq!(
        hourly.cost(3_600 * QUANTITY_ONE),
        Some(PicoUsd(3 * QUANTITY_ONE))
    );
}

#[test]
fn costs_end_at_the_largest_that_an_event_may_have() {
    let million = Rate::from_dollars_per("1000000", 1).unwrap();
    assert_eq!(
        million.cost(10_000_000_000 * QUANTITY_ONE),
        Some(EVENT_COST_MAX)
    );
    assert_eq!(million.cost(10_000_000_001 * QUANTITY_ONE), None);
    // The product exceeds 128 bits, the cost is a few dollars.
    let noisy = Rate::from_dollars_per("0.041666666666666664", 1_000_000).unwrap();
    let cost = noisy.cost(100_000_000_000 * QUANTITY_ONE + 1);
    assert_eq!(cost, Some(PicoUsd(4_166_666_666_666_666)));
}

#[test]
fn a_tier_holds_above_its_threshold_for_the_whole_request() {
    let rate = |text| Rate::from_dollars_per(text, 1_000_000).unwrap();
    let tiers = vec![(32_000, rate("2")), (128_000, rate("3"))];
    let tiered = TieredRate::new(rate("1"), tiers).unwrap();
    for (count, expected) in [
        (0, "1"),
        (32_000, "1"),
        (32_001, "2"),
        (128_000, "2"),
        (128_001, "3"),
    ] {
        assert_eq!(tiered.at(count * QUANTITY_ONE), rate(expected), "{count}");
    }
    assert_eq!(tiered.at(32_000 * QUANTITY_ONE + 1), rate("2"));
    assert_eq!(
        TieredRate::new(rate("1"), vec![(5, rate("2")), (5, rate("3"))]),
        None
    );
}

proptest! {
    #[test]
    fn wide_products_divide_back(left: u128, right: u128, rest: u128) {
        prop_assume!(right > 0);
        let (high, low) = multiply_wide(left, right);
        prop_assert_eq!(left.checked_mul(right).is_some(), high == 0);
        prop_assert_eq!(low, left.wrapping_mul(right));
        let (low, carried) = low.overflowing_add(rest % right);
        let high = high + u128::from(carried);
        prop_assert_eq!(divide_wide((high, low), right), Some((left, rest % right)));
    }

    #[test]
    fn narrow_and_wide_division_agree(left in 0..1_u128 << 60, right in 0..1_u128 << 60, divisor in 1..1_u128 << 60) {
        let wide = divide_wide(multiply_wide(left, right), divisor);
        prop_assert_eq!(wide, Some((left * right / divisor, left * right % divisor)));
        let rounded = multiply_divide(left, right, divisor).unwrap();
        let twice_off = (left * right * 2).abs_diff(rounded * divisor * 2);
        prop_assert!(twice_off < divisor || (twice_off == divisor && rounded.is_multiple_of(2)));
    }

    #[test]
    fn no_text_panics(text in ".{0,30}", per in 0_u64..2_000_000_000) {
        let rate = Rate::from_dollars_per(&text, per);
        prop_assert!(rate.is_err() || rate.unwrap().denominator() > 0);
    }
}
