//! Window starts around the Unix epoch and in general.

use proptest::prelude::*;

use super::{is_complete, window_start_us};

#[test]
fn windows_are_right_before_1970_too() {
    assert_eq!(window_start_us(-1, 60), -60_000_000);
    assert_eq!(window_start_us(0, 60), 0);
    assert_eq!(window_start_us(59_999_999, 60), 0);
    assert!(is_complete(0, 60, 60_000_000));
    assert!(!is_complete(0, 60, 59_999_999));
}

proptest! {
    #[test]
    fn an_instant_lies_in_its_window(time_us in -4_000_000_000_000_000_i64..4_000_000_000_000_000, width_s in 1_u32..1_000_000) {
        let start = window_start_us(time_us, width_s);
        prop_assert!(start <= time_us && time_us < start + i64::from(width_s) * 1_000_000);
        prop_assert_eq!(start.rem_euclid(i64::from(width_s) * 1_000_000), 0);
    }
}
