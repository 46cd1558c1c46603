//! Names and numbers of fields.

use std::collections::BTreeSet;

use schemas::event::EVENT_COLUMNS;
use schemas::usage_unit::USAGE_UNITS;

use super::{COLUMN_FIELDS, COUNT_FIELDS, FIELDS, Field, Kind, OTHER_UNITS, TEXT_FIELDS};

#[test]
fn every_column_and_every_unit_is_a_field() {
    let fields: BTreeSet<_> = FIELDS.iter().map(|&(name, _)| name).collect();
    let columns = EVENT_COLUMNS.iter().map(|column| column.name);
    let made_here = ["other_usage", "content_hash"];
    let expected: BTreeSet<_> = columns.filter(|name| !made_here.contains(name)).collect();
    assert_eq!(fields, expected);
    for name in USAGE_UNITS.iter().chain(&expected) {
        let field = Field::of_name(name.as_bytes()).unwrap();
        assert_eq!(field.name(), *name);
    }
    assert!(OTHER_UNITS.is_sorted());
}

#[test]
fn other_names_are_no_fields() {
    for name in [
        "",
        "x",
        "Model",
        "models",
        "mode",
        "event_idx",
        "input_token",
        "input_tokenz",
        "cache_write_7m_tokens",
        "other_usage",
        "content_hash",
        "kafka_offset",
        "requested_service_tie\u{e9}",
    ] {
        assert_eq!(Field::of_name(name.as_bytes()), None, "{name}");
    }
}

#[test]
fn constants_name_the_fields_that_they_say() {
    let cases = [
        (Field::EVENT_ID, "event_id"),
        (Field::PROVIDER, "provider"),
        (Field::MODEL, "model"),
        (Field::TENANT, "tenant"),
        (Field::USER_ID, "user_id"),
        (Field::STATUS, "status"),
        (Field::USAGE_STATE, "usage_state"),
        (Field::SERVED_FROM, "served_from"),
        (Field::ATTEMPT, "attempt"),
        (Field::INPUT_TOKENS, "input_tokens"),
        (Field::OUTPUT_TOKENS, "output_tokens"),
        (Field::CACHE_READ_TOKENS, "cache_read_tokens"),
        (Field::CACHE_WRITE_TOKENS, "cache_write_tokens"),
        (Field::CACHE_WRITE_5M_TOKENS, "cache_write_5m_tokens"),
        (Field::CACHE_WRITE_1H_TOKENS, "cache_write_1h_tokens"),
        (Field::OUTPUT_REASONING_TOKENS, "output_reasoning_tokens"),
        (Field::EVENT_TIME, "event_time"),
        (Field::GPU_SECONDS, "gpu_seconds"),
        (Field::LATENCY_MS, "latency_ms"),
        (Field::TIME_TO_FIRST_TOKEN_MS, "time_to_first_token_ms"),
        (Field::REPORTED_COST_USD, "reported_cost_usd"),
        (Field::ATTRIBUTES, "attributes"),
    ];
    for (field, name) in cases {
        assert_eq!(field.name(), name);
    }
}

#[test]
fn texts_come_first_and_counts_next() {
    for number in 0..COLUMN_FIELDS {
        let kind = Field::at(number).kind();
        let is_text = matches!(kind, Kind::Text | Kind::Choice);
        let is_count = matches!(kind, Kind::Count | Kind::Usage);
        assert_eq!(
            is_text,
            number < TEXT_FIELDS,
            "{}",
            Field::at(number).name()
        );
        let is_behind_texts = (TEXT_FIELDS..TEXT_FIELDS + COUNT_FIELDS).contains(&number);
        assert_eq!(is_count, is_behind_texts, "{}", Field::at(number).name());
    }
}
