//! What becomes of one message, and of one error, that polling brought.

use std::collections::{BTreeMap, HashSet};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use schemas::reject::RejectReason;
use schemas::time::US_PER_MS;

use crate::decode::{Decoded, NativeDecoder, RawRecord};
use crate::dedup::DedupIndex;
use crate::span_tracker::{Arrival, SpanTracker};

pub(super) fn accept(
    message: &BorrowedMessage<'_>,
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
        .timestamp()
        .to_millis()
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
        decoder.decode(&record, &|| headers_of(message), dedup)
    };
    spans.record(partition, offset, 1, decoded, time_us);
}

fn headers_of(message: &BorrowedMessage<'_>) -> Vec<(String, String)> {
    message.headers().map_or_else(Vec::new, |headers| {
        headers
            .iter()
            .map(|header| {
                let value = header
                    .value
                    .map(String::from_utf8_lossy)
                    .unwrap_or_default();
                (header.key.to_owned(), value.into_owned())
            })
            .collect()
    })
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reaction {
    Wait,
    OutOfRange,
    Fail,
}

/// What to do about an error that polling met.
pub(super) fn reaction(error: &KafkaError) -> Reaction {
    match error {
        KafkaError::MessageConsumptionFatal(_) => Reaction::Fail,
        KafkaError::MessageConsumption(code) => match code {
            RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange => {
                Reaction::OutOfRange
            }
            RDKafkaErrorCode::TopicAuthorizationFailed
            | RDKafkaErrorCode::GroupAuthorizationFailed
            | RDKafkaErrorCode::SaslAuthenticationFailed
            | RDKafkaErrorCode::InconsistentGroupProtocol => Reaction::Fail,
            _ => Reaction::Wait,
        },
        _ => Reaction::Wait,
    }
}
