//! Rows of traces, right and wrong.

use schemas::time::parse_rfc3339_us;

use crate::replay::trace::TraceRow;

#[test]
fn rows() {
    let row = TraceRow::parse(b"2023-11-16 18:17:03.9799600,4808,10").unwrap();
    let time_us = parse_rfc3339_us("2023-11-16T18:17:03.979960Z").unwrap();
    let expected = TraceRow {
        time_us,
        input_tokens: 4808,
        output_tokens: 10,
    };
    assert_eq!(row, expected);
    let with_offset = TraceRow::parse(b"2023-11-16 19:17:03.979960+01:00,4808,10").unwrap();
    assert_eq!(with_offset, expected);
}

#[test]
fn rows_that_are_none() {
    for row in [
        "",
        "2023-11-16 18:17:03,1",
        "2023-11-16 18:17:03,1,2,3",
        "yesterday,1,2",
        "2023-11-16 18:17:03,-1,2",
        "2023-11-16 18:17:03,1.5,2",
    ] {
        assert!(TraceRow::parse(row.as_bytes()).is_err(), "{row:?}");
    }
    assert!(TraceRow::parse(&[0xff]).is_err());
}
