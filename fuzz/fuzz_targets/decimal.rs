//! Decimal numbers of prices, costs and quantities, against long arithmetic on digits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::money::{DecimalError, parse_decimal};
use tokenmeter_fuzz::exact::Exact;
use tokenmeter_fuzz::time_limit::within_limit;

const SCALES: u8 = 38;
const DIGITS_MAX: usize = 38;

fuzz_target!(|input: &[u8]| {
    let Some((&scale, text)) = input.split_first() else {
        return;
    };
    let scale = scale % SCALES;
    let found = within_limit(|| parse_decimal(text, scale)).map(|value| value.to_string());
    let expected = Exact::parse(text)
        .ok_or(DecimalError::Syntax)
        .and_then(|number| {
            number
                .rounded(scale, DIGITS_MAX)
                .ok_or(DecimalError::OutOfRange)
        });
    assert_eq!(found, expected);
});
