//! Texts of instants and days.

use super::{date_of_us, format_date, format_rfc3339, month_of_us, parse_rfc3339_us};

#[test]
fn rfc3339_texts_become_microseconds() {
    let cases = [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:00.000001z", 1),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("2023-11-16T18:17:03.9799600Z", 1_700_158_623_979_960),
        ("2023-11-16 23:47:03.979960+05:30", 1_700_158_623_979_960),
        ("2023-11-16T18:17:03.979960999-00:00", 1_700_158_623_979_960),
        (
            "2023-11-16T18:17:03.9799609999999999Z",
            1_700_158_623_979_960,
        ),
        ("1969-12-31T23:59:59.9999999999999Z", -1),
        ("2016-12-31T23:59:60Z", 1_483_228_799_000_000),
        ("2016-12-31T23:59:60.5Z", 1_483_228_799_500_000),
        ("1970-01-01T23:59:00+23:59", 0),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_rfc3339_us(text), Some(expected), "{text}");
    }
}

#[test]
fn texts_without_an_offset_or_of_other_forms_are_refused() {
    for text in [
        "",
        "2023-11-16",
        "2023-11-16T18:17:03",
        "2023-11-16T18:17Z",
        "20231116T181703Z",
        "2023-13-16T18:17:03Z",
        "2023-02-29T18:17:03Z",
        "2023-11-16T18:17:03+0530",
        "2023-11-16T18:17:03Z[UTC]",
        "2023-11-16T18:17:03,5Z",
        "2023-11-16T18:17:03.Z",
        "2023-11-16T18:17:03.5",
        "2023-11-16T18:17:61Z",
        "2023-11-16T18:17:03+24:00",
        "2023-11-16T18:17:03+05:60",
        "2023-11-16T18:17:03+0\u{665}:00",
        "2023-11-16T18:17:0\u{663}Z",
        "yesterday at noon, or so Z",
    ] {
        assert_eq!(parse_rfc3339_us(text), None, "{text}");
    }
}

#[test]
fn days_are_counted_euclidean() {
    assert_eq!(date_of_us(-1), -1);
    assert_eq!(format_date(-1), "1969-12-31");
    assert_eq!(format_date(date_of_us(1_700_158_623_979_960)), "2023-11-16");
    assert_eq!(
        format_rfc3339(1_700_158_623_979_960),
        "2023-11-16T18:17:03.979960Z"
    );
}

#[test]
fn months_are_as_long_as_they_are() {
    let us = |text: &str| parse_rfc3339_us(text).unwrap();
    let month = |text: &str| month_of_us(us(text)).unwrap();
    let leap = (us("2028-02-01T00:00:00Z"), us("2028-03-01T00:00:00Z"));
    assert_eq!(month("2028-02-29T23:59:59.999999Z"), leap);
    let december = (us("2026-12-01T00:00:00Z"), us("2027-01-01T00:00:00Z"));
    assert_eq!(month("2026-12-01T00:00:00Z"), december);
    assert_eq!(month_of_us(-1), Some((us("1969-12-01T00:00:00Z"), 0)));
    assert_eq!(month_of_us(i64::MAX), None);
}
