//! Decimal texts and their exact values.

use proptest::prelude::*;

use super::{DecimalError, PicoUsd, parse_decimal};

fn check(text: &str, expected: &str) {
    assert_eq!(
        text.parse::<PicoUsd>().unwrap().to_string(),
        expected,
        "{text}"
    );
}

#[test]
fn decimal_texts_keep_twelve_places() {
    check("0", "0.000000000000");
    check("-0", "0.000000000000");
    check("0.0000008", "0.000000800000");
    check("8e-7", "0.000000800000");
    check("12.5E+1", "125.000000000000");
    check("-3.25", "-3.250000000000");
    check("1e-400", "0.000000000000");
    check("0e999999999999999999999", "0.000000000000");
}

#[test]
fn digits_beyond_the_scale_round_half_to_even() {
    check("0.0000000000005", "0.000000000000");
    check("0.0000000000015", "0.000000000002");
    check("0.00000000000050000001", "0.000000000001");
    check("0.0000000000025", "0.000000000002");
    check("0.30000000000000004", "0.300000000000");
    check("0.9999999999999", "1.000000000000");
    check("9e-13", "0.000000000001");
    check("5e-14", "0.000000000000");
}

#[test]
fn what_is_no_number_is_refused() {
    for text in [
        "", "-", ".5", "5.", "1e", "1e+", "+1", "0x1", "NaN", "1 ", "1..2", "1e1.5",
    ] {
        assert_eq!(
            text.parse::<PicoUsd>(),
            Err(DecimalError::Syntax),
            "{text:?}"
        );
    }
    for text in [
        "1e400",
        "100000000000000000000000000",
        "99999999999999999999999999.9999999999995",
    ] {
        assert_eq!(
            text.parse::<PicoUsd>(),
            Err(DecimalError::OutOfRange),
            "{text:?}"
        );
    }
}

#[test]
fn every_first_digit_of_a_number_too_long_is_refused() {
    for digit in 1..=9 {
        for text in [
            format!("{digit}e26"),
            format!("{digit}{}", "0".repeat(26)),
            format!("{digit}{}.5", "7".repeat(26)),
            format!("{digit}e27"),
            format!("-{digit}e26"),
        ] {
            let found = text.parse::<PicoUsd>();
            assert_eq!(found, Err(DecimalError::OutOfRange), "{text:?}");
        }
        let largest = format!("{digit}{}.999999999999", "9".repeat(25));
        check(&largest, &largest);
    }
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(pico in -(10_i128.pow(38) - 1)..10_i128.pow(38)) {
        prop_assert_eq!(PicoUsd(pico).to_string().parse::<PicoUsd>(), Ok(PicoUsd(pico)));
    }

    #[test]
    fn no_text_panics(text in ".{0,40}", scale in 0_u8..20) {
        let value = parse_decimal(text.as_bytes(), scale);
        prop_assert!(value.is_err() || value.unwrap().abs() < 10_i128.pow(38));
    }
}
