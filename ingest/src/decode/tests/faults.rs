//! Faults in one field: every reason for which a value is refused.

use schemas::reject::RejectReason as Reason;

use super::{check, check_fault, check_rejected};

#[test]
fn messages_that_are_no_object_are_rejected() {
    check_rejected(b"\xff{}", Reason::NotUtf8, "message: byte 0: \u{fffd}{}");
    check_rejected(
        b"{\"event_id\":\"a\xc3\"}",
        Reason::NotUtf8,
        "message: byte 14: \u{fffd}\"}",
    );
    check_rejected(
        b"{\"a\":\xed\xa0\x80}",
        Reason::NotUtf8,
        "message: byte 5: \u{fffd}\u{fffd}\u{fffd}}",
    );
    check_rejected(b" ", Reason::NotJson, "message: ends at byte 1");
    check_rejected(
        b"{\"event_id\": 1",
        Reason::NotJson,
        "message: ends at byte 14",
    );
    check_rejected(
        "\u{feff}{}".as_bytes(),
        Reason::NotJson,
        "message: byte 0: \u{feff}{}",
    );
    check_rejected(b"{} {}", Reason::NotJson, "message: byte 3: {}");
    check_rejected(
        b"{\"event_id\": 01}",
        Reason::NotJson,
        "message: byte 14: 1}",
    );
    // Whatever else is wrong with it.
    check_rejected(
        b"{\"event_id\": 1, \"event_id\": 2",
        Reason::NotJson,
        "message: ends at byte 29",
    );
    check_rejected(b"[1, 2]", Reason::NotAnObject, "message: [1, 2]");
    check_rejected(b"null", Reason::NotAnObject, "message: null");
    check_rejected(b"\"{}\"", Reason::NotAnObject, "message: \"{}\"");
    check_rejected(b"[1, 2", Reason::NotJson, "message: ends at byte 5");
}

#[test]
fn required_fields_must_be_there() {
    check_rejected(b"{}", Reason::MissingField, "event_time");
    check_fault(r#""event_id": null"#, Reason::MissingField, "event_id");
    check_fault(r#""event_id": """#, Reason::MissingField, "event_id");
    check_fault(r#""event_time": null"#, Reason::MissingField, "event_time");
    check_fault(r#""provider": """#, Reason::MissingField, "provider");
    check_fault(r#""model": null"#, Reason::MissingField, "model");
}

#[test]
fn a_call_that_went_well_must_say_what_it_used() {
    let detail = "input_tokens, output_tokens or any other usage counter";
    check_fault(r#""input_tokens": null"#, Reason::MissingField, detail);
    check_fault(
        r#""input_tokens": null, "status": "ok""#,
        Reason::MissingField,
        detail,
    );
    check_fault(
        r#""input_tokens": null, "usage_state": "final""#,
        Reason::MissingField,
        detail,
    );
    check_fault(
        r#""input_tokens": null, "latency_ms": 5"#,
        Reason::MissingField,
        detail,
    );
    check_fault(
        r#""input_tokens": null, "served_from": "app_cache""#,
        Reason::MissingField,
        detail,
    );
    for fields in [
        r#""input_tokens": null, "status": "error""#,
        r#""input_tokens": null, "status": "cancelled""#,
        r#""input_tokens": null, "usage_state": "partial""#,
        r#""input_tokens": null, "usage_state": "estimated""#,
        r#""input_tokens": null, "output_tokens": 0"#,
        r#""input_tokens": null, "gpu_seconds": 0"#,
        r#""input_tokens": null, "web_searches": 1"#,
    ] {
        check(fields, "input_tokens", "null");
    }
}

#[test]
fn values_must_have_their_type() {
    let wrong = Reason::WrongType;
    check_fault(r#""event_id": 12"#, wrong, "event_id: 12");
    check_fault(r#""model": ["gpt-5"]"#, wrong, r#"model: ["gpt-5"]"#);
    check_fault(r#""tenant": {"a": 1}"#, wrong, r#"tenant: {"a": 1}"#);
    check_fault(r#""feature": true"#, wrong, "feature: true");
    check_fault(r#""status": "OK""#, wrong, r#"status: "OK""#);
    check_fault(r#""status": """#, wrong, r#"status: """#);
    check_fault(r#""usage_state": "done""#, wrong, r#"usage_state: "done""#);
    check_fault(
        r#""served_from": "cache""#,
        wrong,
        r#"served_from: "cache""#,
    );
    check_fault(r#""input_tokens": "12""#, wrong, r#"input_tokens: "12""#);
    check_fault(r#""input_tokens": 1.5"#, wrong, "input_tokens: 1.5");
    check_fault(
        r#""input_tokens": 9223372036854775808"#,
        wrong,
        "input_tokens: 9223372036854775808",
    );
    check_fault(r#""input_tokens": false"#, wrong, "input_tokens: false");
    check_fault(r#""sequence": -1"#, wrong, "sequence: -1");
    check_fault(r#""attempt": 0"#, wrong, "attempt: 0");
    check_fault(r#""attempt": 1.5"#, wrong, "attempt: 1.5");
    check_fault(r#""audio_seconds": "3""#, wrong, r#"audio_seconds: "3""#);
    check_fault(r#""audio_seconds": 1e26"#, wrong, "audio_seconds: 1e26");
    check_fault(r#""latency_ms": -1"#, wrong, "latency_ms: -1");
    check_fault(r#""latency_ms": "5""#, wrong, r#"latency_ms: "5""#);
    check_fault(r#""latency_ms": 1e15"#, wrong, "latency_ms: 1e15");
    check_fault(
        r#""latency_ms": 999999999999999.9995"#,
        wrong,
        "latency_ms: 999999999999999.9995",
    );
    check_fault(
        r#""reported_cost_usd": -0.5"#,
        wrong,
        "reported_cost_usd: -0.5",
    );
    check_fault(
        r#""reported_cost_usd": "$1""#,
        wrong,
        r#"reported_cost_usd: "$1""#,
    );
    check_fault(
        r#""reported_cost_usd": """#,
        wrong,
        r#"reported_cost_usd: """#,
    );
    check_fault(
        r#""reported_cost_usd": 1.00001e16"#,
        wrong,
        "reported_cost_usd: 1.00001e16",
    );
    check_fault(r#""event_time": true"#, wrong, "event_time: true");
    check_fault(r#""event_time": ["now"]"#, wrong, r#"event_time: ["now"]"#);
    check_fault(r#""attributes": "a=b""#, wrong, r#"attributes: "a=b""#);
    check_fault(r#""attributes": ["a"]"#, wrong, r#"attributes: ["a"]"#);
    check_fault(r#""attributes": {"a": 1}"#, wrong, "attributes.a: 1");
    check_fault(
        r#""attributes": {"a": {"b": "c"}}"#,
        wrong,
        r#"attributes.a: {"b": "c"}"#,
    );
}

#[test]
fn a_number_just_too_long_for_its_column_is_refused() {
    for field in ["audio_seconds", "gpu_seconds", "reported_cost_usd"] {
        for digit in 1..=9 {
            let fields = format!(r#""{field}": {digit}e26"#);
            let detail = format!("{field}: {digit}e26");
            check_fault(&fields, Reason::WrongType, &detail);
        }
    }
}

#[test]
fn of_several_faults_the_first_in_the_text_is_told() {
    check_fault(
        r#""attempt": 0, "input_tokens": -1"#,
        Reason::WrongType,
        "attempt: 0",
    );
    check_fault(
        r#""input_tokens": -1, "attempt": 0"#,
        Reason::NegativeUsage,
        "input_tokens: -1",
    );
    check_fault(
        r#""event_id": null, "attempt": 0"#,
        Reason::WrongType,
        "attempt: 0",
    );
}

#[test]
fn event_times_must_name_an_instant() {
    let bad = Reason::BadTime;
    check_fault(r#""event_time": """#, bad, r#"event_time: """#);
    check_fault(
        r#""event_time": "yesterday""#,
        bad,
        r#"event_time: "yesterday""#,
    );
    check_fault(
        r#""event_time": "2026-11-23T18:17:03""#,
        bad,
        r#"event_time: "2026-11-23T18:17:03""#,
    );
    check_fault(
        r#""event_time": "2026-11-31T00:00:00Z""#,
        bad,
        r#"event_time: "2026-11-31T00:00:00Z""#,
    );
    check_fault(
        r#""event_time": 1795457823000.5"#,
        bad,
        "event_time: 1795457823000.5",
    );
    check_fault(r#""event_time": 1e300"#, bad, "event_time: 1e300");
    check_fault(
        r#""event_time": 9223372036854775807"#,
        bad,
        "event_time: 9223372036854775807",
    );
    for spelling in [
        r#""2026-11-23T18:17:00Z""#,
        r#""2026-11-23T18:17:00.000Z""#,
        r#""2026-11-23t19:17:00+01:00""#,
        r#""\u0032026-11-23T18:17:00Z""#,
        "1795457820000",
        "1795457820000.0",
        "1.79545782e12",
    ] {
        check(
            &format!(r#""event_time": {spelling}"#),
            "event_time",
            "2026-11-23T18:17:00.000000Z",
        );
    }
}

#[test]
fn usage_is_not_negative() {
    let negative = Reason::NegativeUsage;
    check_fault(r#""input_tokens": -1"#, negative, "input_tokens: -1");
    check_fault(r#""output_tokens": -0.5"#, negative, "output_tokens: -0.5");
    check_fault(
        r#""cache_read_tokens": -1e300"#,
        negative,
        "cache_read_tokens: -1e300",
    );
    check_fault(
        r#""audio_seconds": -0.0000000000000001"#,
        negative,
        "audio_seconds: -0.0000000000000001",
    );
    check_fault(r#""gpu_seconds": -2"#, negative, "gpu_seconds: -2");
    check(r#""output_tokens": -0"#, "output_tokens", "0");
    check(r#""gpu_seconds": -0.0"#, "gpu_seconds", "0.000000000000");
}

#[test]
fn a_field_must_not_occur_twice() {
    let twice = Reason::DuplicateField;
    check_fault(r#""tenant": "a", "tenant": "a""#, twice, r#"tenant: "a""#);
    check_fault(r#""tenant": null, "tenant": "a""#, twice, r#"tenant: "a""#);
    check_fault(
        r#""tenant": "a", "t\u0065nant": "b""#,
        twice,
        r#"tenant: "b""#,
    );
    check_fault(
        r#""web_searches": 1, "web_searches": 1"#,
        twice,
        "web_searches: 1",
    );
    check_fault(
        r#""attributes": {}, "attributes": {"a": "b"}"#,
        twice,
        r#"attributes: {"a": "b"}"#,
    );
    let fields = r#""attributes": {"a": "b", "c": "d", "\u0061": "e"}"#;
    check_fault(
        fields,
        twice,
        r#"attributes.a: {"a": "b", "c": "d", "\u0061": "e"}"#,
    );
    for inner in [
        r#"{"a": null, "a": "b"}"#,
        r#"{"a": "b", "a": null}"#,
        r#"{"a": null, "a": null}"#,
    ] {
        check_fault(
            &format!(r#""attributes": {inner}"#),
            twice,
            &format!("attributes.a: {inner}"),
        );
    }
    check(r#""novel": 1, "novel": 2"#, "input_tokens", "1000");
}
