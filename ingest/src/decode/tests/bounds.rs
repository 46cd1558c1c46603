//! Sizes, spans and sums: each bound from both sides.

use arrow::array::AsArray;
use schemas::reject::RejectReason as Reason;

use super::super::{Decoded, RawRecord};
use super::{
    Bench, RECORD_TIME_US, check, check_fault, check_rejected, decode_one, event_with, shown,
};

const DAY_MS: i64 = 86_400_000;

#[test]
fn a_message_may_have_one_mebibyte() {
    let bytes_max = 1024 * 1024;
    let event = event_with("");
    let padded = format!("{event}{}", " ".repeat(bytes_max - event.len()));
    assert!(decode_one(padded.as_bytes()).is_ok());
    let detail = "message: 1048577 bytes, at most 1048576";
    check_rejected(format!("{padded} ").as_bytes(), Reason::TooLarge, detail);
    check_rejected(&vec![0xff; bytes_max + 1], Reason::TooLarge, detail);
}

#[test]
fn event_times_must_be_near_the_record_time() {
    let record_ms = RECORD_TIME_US / 1_000;
    let oldest = format!(r#""event_time": {}"#, record_ms - 30 * DAY_MS);
    check(&oldest, "event_time", "2026-10-24T18:17:03.000000Z");
    let newest = format!(r#""event_time": {}"#, record_ms + 3_600_000);
    check(&newest, "event_time", "2026-11-23T19:17:03.000000Z");
    let read_at = "read at 2026-11-23T18:17:03.000000Z";
    for (time_ms, detail) in [
        (
            record_ms - 30 * DAY_MS - 1,
            "event_time: 2026-10-24T18:17:02.999000Z",
        ),
        (
            record_ms + 3_600_001,
            "event_time: 2026-11-23T19:17:03.001000Z",
        ),
    ] {
        let fields = format!(r#""event_time": {time_ms}"#);
        check_fault(
            &fields,
            Reason::TimeOutOfRange,
            &format!("{detail}, {read_at}"),
        );
    }
    let ancient = event_with(r#""event_time": "1970-01-01T00:00:00Z""#);
    let record = RawRecord {
        partition: 0,
        offset: 0,
        time_us: None,
        key: None,
        payload: Some(ancient.as_bytes()),
    };
    let mut bench = Bench::new();
    let decoded = bench.decoder.decode(&record, &Vec::new, &mut bench.dedup);
    assert_eq!(decoded, Decoded::Event { event_time_us: 0 });
    assert_eq!(shown(&bench.finish(), "kafka_time", 0), "null");
}

/// Counts that fit their total, counts that do not, and what is said of these.
const PARTS: &[(&str, &str, &str)] = &[
    (
        "cache_read_tokens\": 1000",
        "cache_read_tokens\": 1001",
        "cache_read_tokens: 1001, more than input_tokens: 1000",
    ),
    (
        "cache_read_tokens\": 400, \"cache_write_tokens\": 600",
        "cache_read_tokens\": 401, \"cache_write_tokens\": 600",
        "cache_read_tokens + cache_write_tokens: 1001, more than input_tokens: 1000",
    ),
    (
        "cache_write_tokens\": 50, \"cache_write_5m_tokens\": 20, \"cache_write_1h_tokens\": 30",
        "cache_write_tokens\": 50, \"cache_write_5m_tokens\": 20, \"cache_write_1h_tokens\": 31",
        "cache_write_5m_tokens + cache_write_1h_tokens: 51, more than cache_write_tokens: 50",
    ),
    (
        "cache_write_5m_tokens\": 500, \"cache_write_1h_tokens\": 500",
        "cache_write_5m_tokens\": 500, \"cache_write_1h_tokens\": 501",
        "cache_write_5m_tokens + cache_write_1h_tokens: 1001, more than input_tokens: 1000",
    ),
    (
        "output_tokens\": 7, \"output_reasoning_tokens\": 7",
        "output_tokens\": 7, \"output_reasoning_tokens\": 8",
        "output_reasoning_tokens: 8, more than output_tokens: 7",
    ),
    (
        "input_audio_tokens\": 1000",
        "input_audio_tokens\": 1001",
        "input_audio_tokens: 1001, more than input_tokens: 1000",
    ),
    (
        "input_text_tokens\": 1000",
        "input_text_tokens\": 1000.000000000001",
        "input_text_tokens: 1000, more than input_tokens: 1000",
    ),
    (
        "input_image_tokens\": 1000",
        "input_image_tokens\": 2000",
        "input_image_tokens: 2000, more than input_tokens: 1000",
    ),
    (
        "input_video_tokens\": 1000",
        "input_video_tokens\": 2000",
        "input_video_tokens: 2000, more than input_tokens: 1000",
    ),
    (
        "output_tokens\": 5, \"output_audio_tokens\": 5",
        "output_tokens\": 5, \"output_audio_tokens\": 6",
        "output_audio_tokens: 6, more than output_tokens: 5",
    ),
    (
        "cache_read_tokens\": 0",
        "cache_read_tokens\": 1000000000000, \"cache_write_tokens\": 1000000000000",
        "cache_read_tokens + cache_write_tokens: 2000000000000, more than input_tokens: 1000",
    ),
    // A part is left alone where its total is missing.
    (
        "output_reasoning_tokens\": 9",
        "cache_read_tokens\": 1001",
        "cache_read_tokens: 1001, more than input_tokens: 1000",
    ),
    (
        "output_audio_tokens\": 9",
        "cache_read_tokens\": 1001",
        "cache_read_tokens: 1001, more than input_tokens: 1000",
    ),
    // Units of other families are no parts of the tokens.
    (
        "input_characters\": 99999",
        "cache_read_tokens\": 1001",
        "cache_read_tokens: 1001, more than input_tokens: 1000",
    ),
];

#[test]
fn parts_must_not_exceed_their_total() {
    for (fits, exceeds, detail) in PARTS {
        check(&format!("\"{fits}"), "input_tokens", "1000");
        check_fault(
            &format!("\"{exceeds}"),
            Reason::UsagePartsExceedTotal,
            detail,
        );
    }
}

#[test]
fn texts_have_a_longest_length() {
    let quoted = |length: usize| format!("\"{}\"", "\u{e9}".repeat(length / 2));
    let cut = |length: usize| quoted(length)[..127].to_owned();
    check(
        &format!(r#""event_id": {}"#, quoted(128)),
        "event_id",
        &"\u{e9}".repeat(64),
    );
    let detail = format!("event_id: {}", cut(130));
    check_fault(
        &format!(r#""event_id": {}"#, quoted(130)),
        Reason::FieldTooLong,
        &detail,
    );
    for field in ["user_id", "run_id", "model"] {
        check(
            &format!(r#""{field}": {}"#, quoted(1024)),
            field,
            &"\u{e9}".repeat(512),
        );
        let detail = format!("{field}: {}", cut(1026));
        check_fault(
            &format!(r#""{field}": {}"#, quoted(1026)),
            Reason::FieldTooLong,
            &detail,
        );
    }
    let escaped = format!(r#""user_id": "{}""#, "\\u00e9".repeat(512));
    check(&escaped, "user_id", &"\u{e9}".repeat(512));
    let attribute = |length: usize| format!(r#""attributes": {{"a": {}}}"#, quoted(length));
    assert!(decode_one(event_with(&attribute(4096)).as_bytes()).is_ok());
    let detail = format!("attributes.a: {}", cut(4098));
    check_fault(&attribute(4098), Reason::FieldTooLong, &detail);
    let name = "n".repeat(1025);
    let fields = format!(r#""attributes": {{"{name}": "v"}}"#);
    let detail = format!("{}: \"v\"", &format!("attributes.{name}")[..128]);
    check_fault(&fields, Reason::FieldTooLong, &detail);
}

#[test]
fn attributes_are_at_most_thirty_two() {
    let attributes = |count: usize| {
        let entries: Vec<_> = (0..count)
            .map(|number| format!(r#""k{number:02}": "v""#))
            .collect();
        format!("{{{}}}", entries.join(", "))
    };
    let batch =
        decode_one(event_with(&format!(r#""attributes": {}"#, attributes(32))).as_bytes()).unwrap();
    assert_eq!(
        batch
            .column_by_name("attributes")
            .unwrap()
            .as_map()
            .value_length(0),
        32
    );
    let detail = format!("attributes: {}", &attributes(33)[..128]);
    check_fault(
        &format!(r#""attributes": {}"#, attributes(33)),
        Reason::TooManyAttributes,
        &detail,
    );
    check(r#""attributes": {}"#, "attributes", "{}");
    check(r#""attributes": null"#, "attributes", "null");
    check(
        r#""attributes": {"b": "1", "n": null, "a\n": ""}"#,
        "attributes",
        "{a\n: , b: 1}",
    );
}
