//! The fingerprint of an event's decoded content: tells a copy from a conflicting event.
//!
//! Each field that has a value is hashed by itself and the hashes are added, so neither the order
//! of names nor the spelling of numbers matters, and a field that a later version learns changes
//! nothing for events without it. The hashes are stored in the lake: they may never change.

use twox_hash::XxHash64;

use super::field::{COUNT_FIELDS, Field, OTHER_UNITS, TEXT_FIELDS};
use super::parsed_event::ParsedEvent;

/// The sum of `XXH64(seed, value)` over the values of an event.
///
/// The seed is the field's number; for a unit of `other_usage` the hash of its name with seed 0,
/// for an attribute the hash of its name seeded with the number of `attributes`. Values are hashed as
/// UTF-8, whole numbers and times as 8 bytes and decimals as 16, little-endian.
pub(crate) fn content_hash(event: &ParsedEvent<'_>) -> i64 {
    let mut sum = 0_u64;
    let mut add = |seed: u64, value: &[u8]| {
        sum = sum.wrapping_add(XxHash64::oneshot(seed, value));
    };
    for field in (0..TEXT_FIELDS).map(Field::at) {
        if let Some(text) = event.text(field) {
            add(seed(field), text.as_bytes());
        }
    }
    for field in (TEXT_FIELDS..TEXT_FIELDS + COUNT_FIELDS).map(Field::at) {
        if let Some(count) = event.count(field) {
            add(seed(field), &count.to_le_bytes());
        }
    }
    add(seed(Field::EVENT_TIME), &event.event_time_us.to_le_bytes());
    let decimals = [
        (Field::GPU_SECONDS, event.gpu_seconds),
        (Field::LATENCY_MS, event.latency),
        (Field::TIME_TO_FIRST_TOKEN_MS, event.time_to_first_token),
        (Field::REPORTED_COST_USD, event.reported_cost),
    ];
    for (field, value) in decimals {
        if event.has(field) {
            add(seed(field), &value.to_le_bytes());
        }
    }
    for &(unit, quantity) in &event.other_usage {
        let name = OTHER_UNITS[usize::from(unit)].as_bytes();
        add(XxHash64::oneshot(0, name), &quantity.to_le_bytes());
    }
    for &(name, text) in &event.attributes {
        let name = name.as_bytes();
        add(
            XxHash64::oneshot(seed(Field::ATTRIBUTES), name),
            text.as_bytes(),
        );
    }
    sum.cast_signed()
}

const fn seed(field: Field) -> u64 {
    field.number() as u64
}

#[cfg(test)]
mod tests;
