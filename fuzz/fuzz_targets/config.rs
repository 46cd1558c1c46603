//! Configuration files: each is refused with reasons, or shown as a file that means the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tokenmeter_fuzz::configuration::effective;
use tokenmeter_fuzz::time_limit::within_limit;

fuzz_target!(|text: &str| {
    let Ok(shown) = within_limit(|| effective(text)) else {
        return;
    };
    // Secrets are masked, which is a value like any other.
    let again = effective(&shown).expect("what is shown is a configuration");
    assert_eq!(values(&shown), values(&again));
});

/// The lines without the comments that say where a value is from.
fn values(shown: &str) -> Vec<&str> {
    let cut = |line| str::rsplit_once(line, " # ").map_or(line, |(value, _)| value.trim_end());
    shown.lines().map(cut).collect()
}
