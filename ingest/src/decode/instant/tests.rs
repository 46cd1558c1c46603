//! The fast reader of event times, held against the careful one.

use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
use schemas::time::{format_rfc3339, parse_rfc3339_us};

use super::{INSTANT_MAX_US, INSTANT_MIN_US, InstantReader, instant_of_ms};

fn common_form(text: &[u8]) -> Option<i64> {
    InstantReader::default().common_form(text)
}

fn instant_of_text(text: &str) -> Option<i64> {
    InstantReader::default().read(text)
}

#[test]
fn the_common_forms_are_read_fast() {
    for text in [
        "2026-11-23T18:17:03Z",
        "2026-11-23T18:17:03.5Z",
        "2024-02-29T23:59:59.123456789+05:30",
        "1969-12-31T23:59:59.9999999-00:00",
        "2000-02-29T00:00:00Z",
        "0002-01-01T00:00:00Z",
        "9998-12-31T23:59:59.999999Z",
    ] {
        assert!(common_form(text.as_bytes()).is_some(), "{text}");
        assert_eq!(
            common_form(text.as_bytes()),
            parse_rfc3339_us(text),
            "{text}"
        );
    }
}

#[test]
fn other_texts_are_left_to_the_careful_reader() {
    for text in [
        "",
        "2026-11-23",
        "2026-11-23T18:17:03",
        "2026-11-23t18:17:03z",
        "2026-11-23 18:17:03Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.1234567890Z",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+00:60",
        "2026-01-01T00:00:00+0000",
        "2026-01-01T00:00:00ZZ",
        "2026-01-01T00:00:00",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T00:00:00Z",
        "+026-01-01T00:00:00Z",
        "2026-01-0\u{661}T00:00:00Z",
    ] {
        assert_eq!(common_form(text.as_bytes()), None, "{text}");
    }
    assert_eq!(
        instant_of_text("2026-11-23 18:17:03z"),
        Some(1_795_457_823_000_000)
    );
    assert_eq!(
        instant_of_text("0001-01-01T00:00:00Z"),
        Some(INSTANT_MIN_US)
    );
    assert_eq!(instant_of_text("0001-01-01T00:00:00+01:00"), None);
    assert_eq!(instant_of_text("0000-12-31T23:59:59Z"), None);
    assert_eq!(
        instant_of_text("9999-12-30T22:00:00.999999999Z"),
        Some(INSTANT_MAX_US)
    );
}

#[test]
fn milliseconds_are_bounded_like_texts() {
    assert_eq!(instant_of_ms(0), Some(0));
    assert_eq!(instant_of_ms(-1), Some(-1_000));
    assert_eq!(instant_of_ms(INSTANT_MIN_US / 1_000), Some(INSTANT_MIN_US));
    assert_eq!(instant_of_ms(INSTANT_MIN_US / 1_000 - 1), None);
    assert_eq!(instant_of_ms(INSTANT_MAX_US / 1_000 + 1), None);
    assert_eq!(instant_of_ms(i64::MAX), None);
}

#[test]
fn a_minute_that_was_met_is_read_like_a_new_one() {
    let mut reader = InstantReader::default();
    for text in [
        "2026-11-23T18:17:03Z",
        "2026-11-23T18:17:04.25Z",
        "2026-11-23T18:17:04.25+01:00",
        "2026-11-23T18:17:60Z",
        "2026-11-23T18:17:5Z",
        "2026-13-23T18:17:03Z",
        "2026-13-23T18:17:03Z",
        "2026-11-23T18:17:03Z",
        "2026-11-23T18:18:03Z",
    ] {
        assert_eq!(reader.read(text), parse_rfc3339_us(text), "{text:?}");
    }
    assert_eq!(instant_of_text("1970-01-01T00:00:01Z"), Some(1_000_000));
    assert_eq!(instant_of_text(&format!("{}01Z", "\0".repeat(17))), None);
}

proptest! {
    #[test]
    fn every_text_means_the_same_to_both(
        text in "[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,11})?([Zz]|[+-][0-2][0-9]:[0-6][0-9])"
    ) {
        let careful = parse_rfc3339_us(&text);
        if let Some(fast) = common_form(text.as_bytes()) {
            prop_assert_eq!(Some(fast), careful);
        }
        let in_range = careful.filter(|us| (INSTANT_MIN_US..=INSTANT_MAX_US).contains(us));
        prop_assert_eq!(instant_of_text(&text), in_range);
    }

    #[test]
    fn instants_survive_being_written(time_us in -62_103_974_400_000_000_i64..253_370_764_799_999_999) {
        let text = format_rfc3339(time_us);
        prop_assert!(text.len() < 20 || instant_of_text(&text) == Some(time_us), "{}", text);
        prop_assert_eq!(common_form(text.as_bytes()), Some(time_us), "{}", text);
    }
}
