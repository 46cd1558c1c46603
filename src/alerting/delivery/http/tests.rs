//! `Retry-After` in both its forms.

use std::time::Duration;

use super::retry_after;

#[test]
fn retry_after_is_seconds_or_a_date() {
    // 2026-11-27T08:00:00Z
    let now_us = 1_795_766_400_000_000;
    let seconds = |text| retry_after(text, now_us).map(|wait| wait.as_secs());
    assert_eq!(seconds("120"), Some(120));
    assert_eq!(seconds(" 0 "), Some(0));
    assert_eq!(seconds("Fri, 27 Nov 2026 08:00:30 GMT"), Some(30));
    assert_eq!(seconds("Fri, 27 Nov 2026 07:00:00 GMT"), Some(0));
    for text in ["", "soon", "-5", "1.5"] {
        assert_eq!(seconds(text), None, "{text}");
    }
    assert_eq!(
        retry_after("99999999999", now_us),
        Some(Duration::from_secs(99_999_999_999))
    );
}
