//! Texts of instants, against the grammar of RFC 3339 and days that are counted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::time::{format_rfc3339, parse_rfc3339_us};
use tokenmeter_fuzz::instant::rfc3339_us;
use tokenmeter_fuzz::time_limit::within_limit;

/// Instants before the year 1 are left to the decoder to refuse.
const INSTANT_MIN_US: i64 = -62_135_596_800_000_000;

fuzz_target!(|text: &str| {
    let found = within_limit(|| parse_rfc3339_us(text));
    let found = found.filter(|&time_us| time_us >= INSTANT_MIN_US);
    assert_eq!(found, rfc3339_us(text));
    if let Some(time_us) = found {
        assert_eq!(parse_rfc3339_us(&format_rfc3339(time_us)), Some(time_us));
    }
});
