//! The fingerprint of an event's decoded content: tells a copy from a conflicting event.
//!
//! The decoded values are written one behind the other in the order of their fields and hashed
//! together, so neither the order of names nor the spelling of numbers matters. A field without a
//! value writes nothing, so one that a later version learns changes nothing for events without
//! it. The hashes are stored in the lake: they may never change.

use xxhash_rust::xxh64::xxh64;

use super::field::{Field, OTHER_UNITS, TEXT_FIELDS};
use super::parsed_event::ParsedEvent;

/// Stands for the units of `other_usage` where other values have their field's number.
const UNIT_NUMBER: u64 = 255;

/// XXH64 with seed 0 over the values of an event, which are written into `scratch`.
///
/// Each value is eight bytes with its field's number in the first and its length in the others,
/// then its bytes. Texts are UTF-8, whole numbers and times 8 bytes and decimals 16; all numbers
/// are little-endian. Texts come first, then whole numbers, the time, decimals, units and
/// attributes; of the last two each is two values, its name first, and names are in order.
pub(crate) fn content_hash(event: &ParsedEvent<'_>, scratch: &mut Vec<u8>) -> i64 {
    scratch.clear();
    for (number, text) in event.texts() {
        write(scratch, number as u64, text.as_bytes());
    }
    for (place, count) in event.counts() {
        write(scratch, (TEXT_FIELDS + place) as u64, &count.to_le_bytes());
    }
    let time = Field::EVENT_TIME.number() as u64;
    write(scratch, time, &event.event_time_us.to_le_bytes());
    let decimals = [
        (Field::GPU_SECONDS, event.gpu_seconds),
        (Field::LATENCY_MS, event.latency),
        (Field::TIME_TO_FIRST_TOKEN_MS, event.time_to_first_token),
        (Field::REPORTED_COST_USD, event.reported_cost),
    ];
    for (field, value) in decimals {
        if event.has(field) {
            write(scratch, field.number() as u64, &value.to_le_bytes());
        }
    }
    for &(unit, quantity) in &event.other_usage {
        write(
            scratch,
            UNIT_NUMBER,
            OTHER_UNITS[usize::from(unit)].as_bytes(),
        );
        write(scratch, UNIT_NUMBER, &quantity.to_le_bytes());
    }
    for &(name, text) in &event.attributes {
        write(scratch, Field::ATTRIBUTES.number() as u64, name.as_bytes());
        write(scratch, Field::ATTRIBUTES.number() as u64, text.as_bytes());
    }
    xxh64(scratch, 0).cast_signed()
}

#[inline]
fn write(scratch: &mut Vec<u8>, number: u64, value: &[u8]) {
    let head = number | (value.len() as u64) << 8;
    scratch.extend_from_slice(&head.to_le_bytes());
    scratch.extend_from_slice(value);
}

#[cfg(test)]
mod tests;
