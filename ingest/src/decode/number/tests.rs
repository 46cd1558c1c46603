//! Whole numbers and decimals in all spellings.

use proptest::prelude::{prop_assert_eq, proptest};
use schemas::money::parse_decimal;

use super::NumberFault::{Negative, Unfit};
use super::{decimal, signed_whole_number, whole_number};

#[test]
fn whole_numbers_have_many_spellings() {
    let cases = [
        ("0", Ok(0)),
        ("-0", Ok(0)),
        ("-0.0e7", Ok(0)),
        ("0e999999999999999999999", Ok(0)),
        ("100", Ok(100)),
        ("100.0", Ok(100)),
        ("1e2", Ok(100)),
        ("1E+2", Ok(100)),
        ("0.001e5", Ok(100)),
        ("10000e-2", Ok(100)),
        ("100.5", Err(Unfit)),
        ("1e-1", Err(Unfit)),
        ("1e-999999999999999999999", Err(Unfit)),
        ("1e999999999999999999999", Err(Unfit)),
        ("9223372036854775807", Ok(i64::MAX)),
        ("9223372036854775807.000", Ok(i64::MAX)),
        ("9223372036854775808", Err(Unfit)),
        ("18446744073709551616", Err(Unfit)),
        ("922337203685477580.7e1", Ok(i64::MAX)),
        ("999999999999999999", Ok(999_999_999_999_999_999)),
        ("1000000000000000000", Ok(1_000_000_000_000_000_000)),
        ("1e18", Ok(1_000_000_000_000_000_000)),
        ("1e19", Err(Unfit)),
        ("-1", Err(Negative)),
        ("-0.5", Err(Negative)),
        ("-1e-400", Err(Negative)),
        ("-1e400", Err(Negative)),
        ("-9223372036854775809", Err(Negative)),
    ];
    for (spelling, expected) in cases {
        assert_eq!(whole_number(spelling), expected, "{spelling}");
    }
    assert_eq!(signed_whole_number("-1.5e1"), Ok(-15));
    assert_eq!(signed_whole_number("-9223372036854775808"), Ok(i64::MIN));
}

#[test]
fn decimals_round_half_to_even() {
    let cases = [
        ("0", 3, Ok(0)),
        ("-0.0", 3, Ok(0)),
        ("1.5", 3, Ok(1_500)),
        ("0.0005", 3, Ok(0)),
        ("0.0015", 3, Ok(2)),
        ("0.0025", 3, Ok(2)),
        ("0.00250000000000000000000001", 3, Ok(3)),
        (
            "12345678901234567",
            12,
            Ok(12_345_678_901_234_567_000_000_000_000),
        ),
        ("1e-12", 12, Ok(1)),
        ("1e26", 12, Err(Unfit)),
        (
            "99999999999999999999999999.999999999999",
            12,
            Ok(10_i128.pow(38) - 1),
        ),
        ("-1e-30", 12, Err(Negative)),
        ("1.", 3, Err(Unfit)),
        (".5", 3, Err(Unfit)),
        ("", 3, Err(Unfit)),
        ("-", 3, Err(Unfit)),
        ("--1", 3, Err(Negative)),
        ("+1", 3, Err(Unfit)),
        ("1,5", 3, Err(Unfit)),
        ("1e", 3, Err(Unfit)),
        ("0x1", 3, Err(Unfit)),
        ("NaN", 3, Err(Unfit)),
        (" 1", 3, Err(Unfit)),
    ];
    for (spelling, scale, expected) in cases {
        assert_eq!(decimal(spelling, scale), expected, "{spelling}");
    }
}

proptest! {
    #[test]
    fn a_moved_point_changes_nothing(value in 0..=i64::MAX, places in 0_usize..25, zeros in 0_usize..3) {
        let digits = format!("{value:025}");
        let (whole, fraction) = digits.split_at(25 - places);
        let whole = if whole.is_empty() { "0" } else { whole.trim_start_matches('0') };
        let whole = if whole.is_empty() { "0" } else { whole };
        let point = if places + zeros > 0 { "." } else { "" };
        let spelling = format!("{whole}{point}{fraction}{}e{places}", "0".repeat(zeros));
        prop_assert_eq!(whole_number(&spelling), Ok(value), "{}", spelling);
        prop_assert_eq!(signed_whole_number(&format!("-{spelling}")), Ok(-value));
        let broken = format!("{whole}.{fraction}1e{places}");
        prop_assert_eq!(whole_number(&broken), Err(Unfit), "{}", broken);
    }

    #[test]
    fn decimals_are_those_of_the_careful_reader(
        spelling in "(0|[1-9][0-9]{0,20})(\\.[0-9]{1,16})?([eE][+-]?[0-9]{1,2})?",
        scale in 0_u8..=12,
    ) {
        let expected = parse_decimal(spelling.as_bytes(), scale).map_err(|_| Unfit);
        prop_assert_eq!(decimal(&spelling, scale), expected);
    }
}
