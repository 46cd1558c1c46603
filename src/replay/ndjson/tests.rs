//! What is looked at in a line: its user and its time.

use crate::replay::ndjson::Head;

#[test]
fn heads() {
    let ms_us = 1_700_000_000_123_000;
    for (line, key, time_us) in [
        (r#"{"user_id":"u","event_id":"e"}"#, "u", None),
        (r#"{"user_id":"","event_id":"e"}"#, "e", None),
        (r#"{"user_id":null,"event_id":"e"}"#, "e", None),
        (r#"{"user_id":"\u00e4"}"#, "ä", None),
        (r#"{"event_time":1700000000123}"#, "", Some(ms_us)),
        (
            r#"{"event_time":"2023-11-14T22:13:20.123Z"}"#,
            "",
            Some(ms_us),
        ),
        (r#"{"event_time":"yesterday"}"#, "", None),
        (r#"{"event_time":1.5}"#, "", None),
        (r#"{"user_id":5}"#, "", None),
        ("[]", "", None),
        ("{", "", None),
    ] {
        let head = Head::of(line.as_bytes());
        assert_eq!((head.key.as_str(), head.time_us), (key, time_us), "{line}");
    }
    assert_eq!(Head::of(&[0xff]), Head::default());
}
