//! The layout of the fingerprint, which is stored for good.

use xxhash_rust::xxh64::xxh64;

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

fn hash(event: &ParsedEvent<'_>) -> i64 {
    content_hash(event, &mut vec![1, 2, 3])
}

#[test]
fn the_hash_function_is_the_published_one() {
    assert_eq!(xxh64(b"", 0), 0xef46_db37_51d8_e999);
}

#[test]
fn the_values_are_hashed_in_the_documented_layout() {
    let mut event = event();
    event.gpu_seconds = 5;
    event.mark(Field::GPU_SECONDS);
    let unit = OTHER_UNITS
        .iter()
        .position(|&name| name == "web_searches")
        .unwrap();
    event.other_usage.push((u8::try_from(unit).unwrap(), 7));
    event.attributes.push(("k", ""));
    event.mark(Field::ATTRIBUTES);
    let layout = [
        &[0, 3, 0, 0, 0, 0, 0, 0][..],
        b"e-1",
        &[21, 8, 0, 0, 0, 0, 0, 0],
        &1000_i64.to_le_bytes(),
        &[28, 8, 0, 0, 0, 0, 0, 0],
        &1_795_457_820_000_000_i64.to_le_bytes(),
        &[29, 16, 0, 0, 0, 0, 0, 0],
        &5_i128.to_le_bytes(),
        &[255, 12, 0, 0, 0, 0, 0, 0],
        b"web_searches",
        &[255, 16, 0, 0, 0, 0, 0, 0],
        &7_i128.to_le_bytes(),
        &[33, 1, 0, 0, 0, 0, 0, 0],
        b"k",
        &[33, 0, 0, 0, 0, 0, 0, 0],
    ]
    .concat();
    assert_eq!(hash(&event), xxh64(&layout, 0).cast_signed());
}

#[test]
fn every_value_counts_and_so_does_its_field() {
    let same = hash(&event());
    let mut changed = Vec::new();
    for (field, text) in [
        (Field::EVENT_ID, "e-2"),
        (Field::MODEL, ""),
        (Field::PROVIDER, ""),
    ] {
        let mut event = event();
        event.set_text(field, text);
        changed.push(hash(&event));
    }
    for field in [Field::OUTPUT_TOKENS, Field::CACHE_READ_TOKENS] {
        let mut event = event();
        event.set_count(field, 0);
        changed.push(hash(&event));
    }
    for field in [
        Field::LATENCY_MS,
        Field::TIME_TO_FIRST_TOKEN_MS,
        Field::REPORTED_COST_USD,
    ] {
        let mut event = event();
        event.mark(field);
        changed.push(hash(&event));
    }
    let mut event = event();
    event.event_time_us += 1;
    changed.push(hash(&event));
    changed.push(same);
    let count = changed.len();
    changed.sort_unstable();
    changed.dedup();
    assert_eq!(changed.len(), count);
}
