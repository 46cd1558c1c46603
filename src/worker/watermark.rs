//! How far event time is known to be complete, per partition: pure arithmetic.

use std::collections::BTreeMap;

use schemas::position::PartitionSpan;
use schemas::time::{US_PER_MS, US_PER_S};

#[derive(Debug, Clone, Copy)]
struct Mark {
    event_time_max_us: Option<i64>,
    caught_up_at_us: Option<i64>,
    claimed_ms: Option<i64>,
}

/// Follows the watermarks of the partitions that a lane reads.
#[derive(Debug)]
pub(crate) struct Watermarks {
    lateness_us: i64,
    marks: BTreeMap<i32, Mark>,
}

impl Watermarks {
    /// No partitions yet.
    ///
    /// # Units
    /// `lateness_s_max`: how late an event may be and still count as in time, seconds.
    #[must_use]
    pub(crate) fn new(lateness_s_max: u32) -> Self {
        Self {
            lateness_us: i64::from(lateness_s_max) * US_PER_S,
            marks: BTreeMap::new(),
        }
    }

    /// Starts to follow a partition from what the lake claims.
    pub(crate) fn assign(&mut self, partition: i32, claimed_ms: Option<i64>) {
        let mark = Mark {
            event_time_max_us: None,
            caught_up_at_us: None,
            claimed_ms,
        };
        self.marks.insert(partition, mark);
    }

    /// Stops following a partition.
    pub(crate) fn forget(&mut self, partition: i32) {
        self.marks.remove(&partition);
    }

    /// Takes in what was read of a partition.
    pub(crate) fn observe(&mut self, span: &PartitionSpan) {
        if let Some(mark) = self.marks.get_mut(&span.source.partition) {
            mark.event_time_max_us = mark.event_time_max_us.max(span.event_time_max_us);
        }
    }

    /// Takes in that a partition was read to its end at a time: nothing older is on its way, but
    /// for what its producers still hold.
    pub(crate) fn caught_up(&mut self, partition: i32, now_us: i64) {
        if let Some(mark) = self.marks.get_mut(&partition) {
            mark.caught_up_at_us = mark.caught_up_at_us.max(Some(now_us));
        }
    }

    /// The watermark that a partition has reached, milliseconds since the Unix epoch; never less
    /// than what was claimed.
    #[must_use]
    pub(crate) fn current_ms(&self, partition: i32) -> Option<i64> {
        let mark = self.marks.get(&partition)?;
        let seen_us = mark.event_time_max_us.max(mark.caught_up_at_us);
        let reached = seen_us.map(|seen_us| (seen_us - self.lateness_us).div_euclid(US_PER_MS));
        reached.max(mark.claimed_ms)
    }

    /// Partitions whose watermark has moved by at least `step_ms` since it was last claimed.
    pub(crate) fn unclaimed(&self, step_ms: i64) -> impl Iterator<Item = i32> + '_ {
        self.marks.iter().filter_map(move |(&partition, mark)| {
            let current = self.current_ms(partition)?;
            let moved = mark
                .claimed_ms
                .is_none_or(|claimed| current - claimed >= step_ms);
            moved.then_some(partition)
        })
    }

    /// Takes in that a watermark stands in the lake.
    pub(crate) fn claimed(&mut self, partition: i32, watermark_ms: i64) {
        if let Some(mark) = self.marks.get_mut(&partition) {
            mark.claimed_ms = mark.claimed_ms.max(Some(watermark_ms));
        }
    }
}

#[cfg(test)]
mod tests;
