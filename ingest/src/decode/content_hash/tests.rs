//! The layout of the fingerprint, which is stored for good.

use twox_hash::XxHash64;

use super::super::field::{Field, OTHER_UNITS};
use super::super::parsed_event::ParsedEvent;
use super::content_hash;

fn event() -> ParsedEvent<'static> {
    let mut event = ParsedEvent::new(Vec::new(), Vec::new());
    event.set_text(Field::EVENT_ID, "e-1");
    event.set_count(Field::INPUT_TOKENS, 1000);
    event.event_time_us = 1_795_457_820_000_000;
    event.mark(Field::EVENT_TIME);
    event
}

#[test]
fn the_hash_function_is_the_published_one() {
    assert_eq!(XxHash64::oneshot(0, b""), 0xef46_db37_51d8_e999);
}

#[test]
fn the_hash_is_the_sum_over_seeded_values() {
    let mut event = event();
    event.gpu_seconds = 5;
    event.mark(Field::GPU_SECONDS);
    let unit = OTHER_UNITS
        .iter()
        .position(|&name| name == "web_searches")
        .unwrap();
    event.other_usage.push((u8::try_from(unit).unwrap(), 7));
    event.attributes.push(("k", "v"));
    event.mark(Field::ATTRIBUTES);
    let hash = XxHash64::oneshot;
    let parts = [
        hash(0, b"e-1"),
        hash(21, &1000_i64.to_le_bytes()),
        hash(28, &1_795_457_820_000_000_i64.to_le_bytes()),
        hash(29, &5_i128.to_le_bytes()),
        hash(hash(0, b"web_searches"), &7_i128.to_le_bytes()),
        hash(hash(33, b"k"), b"v"),
    ];
    let sum = parts
        .iter()
        .fold(0_u64, |sum, part| sum.wrapping_add(*part));
    assert_eq!(content_hash(&event), sum.cast_signed());
}

#[test]
fn every_value_counts_and_so_does_its_field() {
    let same = content_hash(&event());
    let mut changed = Vec::new();
    for (field, text) in [
        (Field::EVENT_ID, "e-2"),
        (Field::MODEL, ""),
        (Field::PROVIDER, ""),
    ] {
        let mut event = event();
        event.set_text(field, text);
        changed.push(content_hash(&event));
    }
    for field in [Field::OUTPUT_TOKENS, Field::CACHE_READ_TOKENS] {
        let mut event = event();
        event.set_count(field, 0);
        changed.push(content_hash(&event));
    }
    for field in [
        Field::LATENCY_MS,
        Field::TIME_TO_FIRST_TOKEN_MS,
        Field::REPORTED_COST_USD,
    ] {
        let mut event = event();
        event.mark(field);
        changed.push(content_hash(&event));
    }
    let mut event = event();
    event.event_time_us += 1;
    changed.push(content_hash(&event));
    changed.push(same);
    let count = changed.len();
    changed.sort_unstable();
    changed.dedup();
    assert_eq!(changed.len(), count);
}
