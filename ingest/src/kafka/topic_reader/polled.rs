//! What becomes of one message, and of one error, that the topic brought.

use std::collections::{BTreeMap, HashSet};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use schemas::reject::RejectReason;
use schemas::time::US_PER_MS;

use crate::decode::{Decoded, NativeDecoder, RawRecord};
use crate::dedup::DedupIndex;
use crate::error::is_lasting;
use crate::kafka::message_queue::QueuedMessage;
use crate::span_tracker::{Arrival, SpanTracker};

pub(super) fn accept(
    message: QueuedMessage<'_>,
    decoder: &mut NativeDecoder,
    dedup: &mut DedupIndex,
    spans: &mut SpanTracker,
    rejected_before: &BTreeMap<i32, HashSet<i64>>,
) {
    let (partition, offset) = (message.partition(), message.offset());
    if spans.arrival(partition, offset) == Arrival::Stale {
        return;
    }
    let time_us = message
        .time_ms()
        .map(|time_ms| time_ms.saturating_mul(US_PER_MS));
    let stored = rejected_before
        .get(&partition)
        .is_some_and(|offsets| offsets.contains(&offset));
    let decoded = if stored {
        // The table has it: it must neither be written again nor become an event.
        Decoded::Rejected(RejectReason::NotJson)
    } else {
        let record = RawRecord {
            partition,
            offset,
            time_us,
            key: message.key(),
            payload: message.payload(),
        };
        decoder.decode(&record, &|| message.headers(), dedup)
    };
    spans.record(partition, offset, 1, decoded, time_us);
}

/// From the mildest to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reaction {
    Wait,
    OutOfRange,
    Fail,
}

/// What to do about an error that polling the group met.
pub(super) fn reaction(error: &KafkaError) -> Reaction {
    match error {
        KafkaError::MessageConsumptionFatal(_) => Reaction::Fail,
        KafkaError::MessageConsumption(code) => reaction_to_code(*code),
        _ => Reaction::Wait,
    }
}

/// What to do about an error that a partition or the group met.
pub(super) const fn reaction_to_code(code: RDKafkaErrorCode) -> Reaction {
    match code {
        RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange => {
            Reaction::OutOfRange
        }
        code if is_lasting(code) => Reaction::Fail,
        _ => Reaction::Wait,
    }
}
