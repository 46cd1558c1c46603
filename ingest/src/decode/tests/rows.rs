//! What valid events look like as rows.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType};
use schemas::event::event_schema;

use super::super::Decoded;
use super::{Bench, check, decode_one, event_with, shown};

#[test]
fn every_column_has_its_value() {
    let message = r#" {"event_id":"e-9","event_time":"2026-11-23T18:17:00.123456Z","provider":"anthropic",
        "model":"claude","requested_model":"best","tenant":"acme","user_id":"J\u00f6rg","feature":"chat",
        "workflow":"support","run_id":"r","session_id":"s","agent":"a","region":"eu","route":"easy",
        "service_tier":"batch","requested_service_tier":"flex","status":"error","usage_state":"partial",
        "served_from":"app_cache","emitter":"gw-1","sequence":7,"attempt":2,"input_tokens":100,
        "output_tokens":2e1,"cache_read_tokens":30.0,"cache_write_tokens":40,"cache_write_5m_tokens":15,
        "cache_write_1h_tokens":25,"output_reasoning_tokens":5,"gpu_seconds":1.5,"latency_ms":12.3455,
        "time_to_first_token_ms":3,"reported_cost_usd":"0.0000000000015","attributes":{"k":"v"},
        "web_searches":2,"audio_seconds":0.25,"x":[{}]} "#;
    let batch = decode_one(message.as_bytes()).unwrap();
    assert_eq!(batch.schema(), event_schema());
    let expected = [
        ("event_id", "e-9"),
        ("event_time", "2026-11-23T18:17:00.123456Z"),
        ("provider", "anthropic"),
        ("model", "claude"),
        ("requested_model", "best"),
        ("tenant", "acme"),
        ("user_id", "J\u{f6}rg"),
        ("feature", "chat"),
        ("workflow", "support"),
        ("run_id", "r"),
        ("session_id", "s"),
        ("agent", "a"),
        ("region", "eu"),
        ("route", "easy"),
        ("service_tier", "batch"),
        ("requested_service_tier", "flex"),
        ("status", "error"),
        ("usage_state", "partial"),
        ("served_from", "app_cache"),
        ("emitter", "gw-1"),
        ("sequence", "7"),
        ("attempt", "2"),
        ("input_tokens", "100"),
        ("output_tokens", "20"),
        ("cache_read_tokens", "30"),
        ("cache_write_tokens", "40"),
        ("cache_write_5m_tokens", "15"),
        ("cache_write_1h_tokens", "25"),
        ("output_reasoning_tokens", "5"),
        (
            "other_usage",
            "{audio_seconds: 0.250000000000, web_searches: 2.000000000000}",
        ),
        ("gpu_seconds", "1.500000000000"),
        ("latency_ms", "12.346"),
        ("time_to_first_token_ms", "3.000"),
        ("reported_cost_usd", "0.000000000002"),
        ("attributes", "{k: v}"),
        ("kafka_partition", "3"),
        ("kafka_offset", "0"),
        ("kafka_time", "2026-11-23T18:17:03.000000Z"),
    ];
    for (column, value) in expected {
        assert_eq!(shown(&batch, column, 0), value, "{column}");
    }
    assert_eq!(expected.len() + 1, batch.num_columns());
}

#[test]
fn missing_fields_are_null_or_have_their_default() {
    let batch = decode_one(event_with("").as_bytes()).unwrap();
    let given = [
        ("tenant", ""),
        ("user_id", ""),
        ("status", "ok"),
        ("usage_state", "final"),
        ("served_from", "model"),
        ("event_id", "e-1"),
        ("event_time", "2026-11-23T18:17:00.000000Z"),
        ("provider", "openai"),
        ("model", "gpt-5"),
        ("input_tokens", "1000"),
        ("kafka_partition", "3"),
        ("kafka_offset", "0"),
        ("kafka_time", "2026-11-23T18:17:03.000000Z"),
    ];
    for (column, value) in given {
        assert_eq!(shown(&batch, column, 0), value, "{column}");
    }
    for field in batch.schema().fields() {
        let is_given = given.iter().any(|(name, _)| name == field.name());
        if !is_given && field.name() != "content_hash" {
            assert_eq!(shown(&batch, field.name(), 0), "null", "{field:?}");
        }
    }
    check(r#""feature": """#, "feature", "");
    check(r#""output_tokens": 0"#, "output_tokens", "0");
    check(
        r#""reported_cost_usd": 0.1"#,
        "reported_cost_usd",
        "0.100000000000",
    );
    check(
        r#""reported_cost_usd": "1e16""#,
        "reported_cost_usd",
        "10000000000000000.000000000000",
    );
}

#[test]
fn rejects_leave_no_trace_among_the_rows() {
    let mut bench = Bench::new();
    let message = |number: usize, extra: &str| {
        let fields = format!(
            r#""event_id": "e-{number}", "user_id": "u-{number}", "output_tokens": {number}{extra}"#
        );
        event_with(&fields)
    };
    for number in 0..6 {
        let extra = match number {
            1 => r#", "attributes": {"a": "b"}, "web_searches": 1, "gpu_seconds": "x""#,
            3 => r#", "attributes": {"c": "d"}, "web_searches": 3"#,
            4 => r#", "attributes": {"e": 1}"#,
            _ => "",
        };
        let is_event = matches!(
            bench.decode(message(number, extra).as_bytes()),
            Decoded::Event { .. }
        );
        assert_eq!(is_event, !matches!(number, 1 | 4), "{number}");
    }
    assert_eq!(bench.decoder.rows(), 4);
    let batch = bench.finish();
    for (row, number) in [0, 2, 3, 5].into_iter().enumerate() {
        assert_eq!(shown(&batch, "event_id", row), format!("e-{number}"));
        assert_eq!(shown(&batch, "user_id", row), format!("u-{number}"));
        assert_eq!(shown(&batch, "output_tokens", row), number.to_string());
        assert_eq!(shown(&batch, "kafka_offset", row), number.to_string());
        let (attributes, usage) = match number {
            3 => ("{c: d}", "{web_searches: 3.000000000000}"),
            _ => ("null", "null"),
        };
        assert_eq!(shown(&batch, "attributes", row), attributes);
        assert_eq!(shown(&batch, "other_usage", row), usage);
        assert_eq!(shown(&batch, "gpu_seconds", row), "null");
    }
    let users = batch
        .column_by_name("user_id")
        .unwrap()
        .as_dictionary::<Int32Type>()
        .values()
        .len();
    assert_eq!(users, 4);
    assert_eq!(bench.decoder.rows(), 0);
    assert_eq!(bench.finish().num_rows(), 0);
}

#[test]
fn batches_are_independent_of_those_before() {
    let mut bench = Bench::new();
    for batch_number in 0..3 {
        for row in 0..10 {
            let id = batch_number * 10 + row;
            let feature = if row % 2 == 0 {
                format!(r#", "feature": "f-{id}""#)
            } else {
                String::new()
            };
            let fields = format!(r#""event_id": "e-{id}", "latency_ms": {id}.5{feature}"#);
            assert!(matches!(
                bench.decode(event_with(&fields).as_bytes()),
                Decoded::Event { .. }
            ));
        }
        let batch = bench.finish();
        assert_eq!(batch.num_rows(), 10);
        let latencies = batch
            .column_by_name("latency_ms")
            .unwrap()
            .as_primitive::<Decimal128Type>();
        let offsets = batch
            .column_by_name("kafka_offset")
            .unwrap()
            .as_primitive::<Int64Type>();
        let times = batch.column_by_name("event_time").unwrap();
        assert_eq!(
            times
                .as_primitive::<TimestampMicrosecondType>()
                .null_count(),
            0
        );
        for row in 0..10 {
            let id = batch_number * 10 + row as i64;
            assert_eq!(offsets.value(row), id);
            assert_eq!(latencies.value(row), i128::from(id) * 1000 + 500);
            let feature = if row % 2 == 0 {
                format!("f-{id}")
            } else {
                "null".to_owned()
            };
            assert_eq!(shown(&batch, "feature", row), feature);
        }
    }
}
