//! The account of every offset that was read: pure bookkeeping over partitions.

use std::collections::BTreeMap;

use schemas::position::{PartitionSpan, SourcePartition};
use schemas::time::US_PER_S;

use crate::decode::Decoded;

/// How far ahead of its Kafka time an event's own clock may move the watermark.
const EVENT_TIME_AHEAD_MAX_US: i64 = 5 * 60 * US_PER_S;

/// Where a message stands relative to what was read before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Arrival {
    /// It is the next one, perhaps behind offsets that hold no message for us.
    Next,
    /// It was read already, or its partition is not ours any more.
    Stale,
}

/// Follows the partitions of one source.
#[derive(Debug, Default)]
pub struct SpanTracker {
    spans: BTreeMap<i32, PartitionSpan>,
}

impl SpanTracker {
    /// Starts to follow a partition at an offset, forgetting what was known of it.
    pub fn assign(&mut self, source: SourcePartition, start: i64) {
        self.spans
            .insert(source.partition, PartitionSpan::empty(source, start));
    }

    /// Stops following a partition.
    pub fn forget(&mut self, partition: i32) {
        self.spans.remove(&partition);
    }

    /// The partitions that are followed.
    pub fn partitions(&self) -> impl Iterator<Item = i32> + '_ {
        self.spans.keys().copied()
    }

    /// The next offset to read of a partition that is followed.
    #[must_use]
    pub fn next_offset(&self, partition: i32) -> Option<i64> {
        self.spans.get(&partition).map(|span| span.next)
    }

    /// Whether a message is to be decoded.
    pub fn arrival(&self, partition: i32, offset: i64) -> Arrival {
        match self.spans.get(&partition) {
            Some(span) if offset >= span.next => Arrival::Next,
            _ => Arrival::Stale,
        }
    }

    /// Accounts for a message of [`Arrival::Next`].
    ///
    /// # Units
    /// `kafka_time_us`: microseconds since the Unix epoch. `width`: what the message advances the
    /// offset by: 1, or the bytes of a line.
    pub fn record(
        &mut self,
        partition: i32,
        offset: i64,
        width: i64,
        decoded: Decoded,
        kafka_time_us: Option<i64>,
    ) {
        let Some(span) = self.spans.get_mut(&partition) else {
            return;
        };
        span.gaps += offset - span.next;
        span.next = offset + width;
        match decoded {
            Decoded::Event { event_time_us } => {
                span.events += 1;
                let capped = kafka_time_us.map_or(event_time_us, |kafka_time_us| {
                    event_time_us.min(kafka_time_us.saturating_add(EVENT_TIME_AHEAD_MAX_US))
                });
                span.event_time_max_us = span.event_time_max_us.max(Some(capped));
            }
            Decoded::Duplicate => span.duplicates += 1,
            Decoded::Tombstone => span.tombstones += 1,
            Decoded::Rejected(_) => span.rejects += 1,
        }
    }

    /// Accounts for messages that expired before they were read; returns how many.
    pub fn expire(&mut self, partition: i32, first_offset: i64) -> i64 {
        let Some(span) = self.spans.get_mut(&partition) else {
            return 0;
        };
        let lost = (first_offset - span.next).max(0);
        span.expired += lost;
        span.next += lost;
        lost
    }

    /// Takes the spans that advanced; each goes on empty from where it ended.
    pub fn take(&mut self) -> Vec<PartitionSpan> {
        let mut advanced = Vec::new();
        for span in self.spans.values_mut() {
            if span.next > span.start {
                let rest = PartitionSpan::empty(span.source.clone(), span.next);
                advanced.push(std::mem::replace(span, rest));
            }
        }
        advanced
    }
}

#[cfg(test)]
mod tests;
