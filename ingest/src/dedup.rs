//! Which events were met before: a bounded index of event ids, one per consuming thread.
//!
//! The scope is one Kafka partition. An event is a copy if one of the same id and a smaller
//! offset of its partition is known; meeting an event's own offset again is a replay, so that
//! what one table has stored is not withheld from another. The index holds nothing that cannot be
//! rebuilt from the lake.

mod entry_ring;
mod partition_index;

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;
use schemas::time::US_PER_S;
use siphasher::sip128::SipHasher13;

use self::entry_ring::Entry;
use self::partition_index::PartitionIndex;
use crate::planted_bug;

/// What an index may hold.
#[derive(Debug, Clone)]
pub struct DedupLimits {
    /// How long an event is remembered, seconds of record time of its partition.
    pub horizon_s: u32,
    /// How many events are remembered in all partitions together; one takes about 60 bytes.
    pub entries_max: usize,
}

impl Default for DedupLimits {
    fn default() -> Self {
        Self {
            horizon_s: 24 * 60 * 60,
            entries_max: 2_000_000,
        }
    }
}

/// Whether an event was met before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum DedupDecision {
    /// It was not; now it is known.
    First,
    /// An event of the same id and content stands at a smaller offset.
    Duplicate {
        /// That offset.
        first_offset: i64,
    },
    /// Events of the same id stand at smaller offsets, all of other content.
    Conflict {
        /// The smallest of those offsets.
        first_offset: i64,
    },
    /// It is itself known, by its offset: it counts as it did the first time.
    Replay,
}

/// The events met within a horizon of time and a bound of memory, oldest forgotten first.
#[derive(Debug)]
pub struct DedupIndex {
    horizon_s: u32,
    entries_max: usize,
    /// Keyed by chance, so that nobody can craft ids that collide.
    hasher: SipHasher13,
    partitions: HashMap<i32, PartitionIndex, RandomState>,
    entries: usize,
    evicted: u64,
}

impl DedupIndex {
    /// An index that knows no event.
    #[must_use]
    pub fn new(limits: DedupLimits) -> Self {
        let chance = std::hash::RandomState::new();
        let key = |half: u64| {
            let mut hasher = chance.build_hasher();
            hasher.write_u64(half);
            hasher.finish()
        };
        Self {
            horizon_s: limits.horizon_s,
            entries_max: limits.entries_max,
            hasher: SipHasher13::new_with_keys(key(0), key(1)),
            partitions: HashMap::default(),
            entries: 0,
            evicted: 0,
        }
    }

    /// Decides whether an event was met before, and remembers it if not.
    ///
    /// # Units
    /// `time_us`: the record's time, microseconds since the Unix epoch. What the partition's
    /// latest time leaves behind by more than the horizon is forgotten.
    pub fn check(
        &mut self,
        partition: i32,
        event_id: &str,
        content_hash: i64,
        offset: i64,
        time_us: i64,
    ) -> DedupDecision {
        let key = self.key(event_id);
        let horizon_us = i64::from(self.horizon_s) * US_PER_S;
        let index = self.partitions.entry(partition).or_default();
        self.entries -= index.advance(time_us, horizon_us);
        let decision = index.look_up(key, content_hash, offset);
        if decision == DedupDecision::Replay && planted_bug::replay_is_duplicate() {
            let first_offset = offset;
            return DedupDecision::Duplicate { first_offset };
        }
        if decision == DedupDecision::First {
            index.insert(Entry {
                key,
                offset,
                content_hash,
                time_us: index.clock_us(),
            });
            self.entries += 1;
            if self.entries > self.entries_max {
                self.evict();
            }
        }
        decision
    }

    /// Remembers an event that the lake holds, without deciding about it.
    ///
    /// Events of a partition must come in the order of their offsets; those that share an id, as
    /// they may beyond the horizon, are all kept, so that each is known as itself in a replay.
    ///
    /// # Units
    /// As for [`DedupIndex::check`].
    pub fn seed(
        &mut self,
        partition: i32,
        event_id: &str,
        content_hash: i64,
        offset: i64,
        time_us: i64,
    ) {
        let key = self.key(event_id);
        let horizon_us = i64::from(self.horizon_s) * US_PER_S;
        let index = self.partitions.entry(partition).or_default();
        self.entries -= index.advance(time_us, horizon_us);
        if index.look_up(key, content_hash, offset) == DedupDecision::Replay {
            return;
        }
        index.insert(Entry {
            key,
            offset,
            content_hash,
            time_us: index.clock_us(),
        });
        self.entries += 1;
        if self.entries > self.entries_max {
            self.evict();
        }
    }

    /// Forgets a partition: it was revoked, or is to be rebuilt.
    pub fn forget(&mut self, partition: i32) {
        if planted_bug::replay_is_duplicate() {
            return;
        }
        if let Some(index) = self.partitions.remove(&partition) {
            self.entries -= index.entries();
        }
    }

    /// How far back every partition is surely remembered, seconds of record time: the configured
    /// horizon, or less where the bound of memory cuts it short.
    #[must_use]
    pub fn horizon_s(&self) -> u64 {
        let configured_s = u64::from(self.horizon_s);
        let covered = self
            .partitions
            .values()
            .filter_map(PartitionIndex::covered_s);
        covered
            .min()
            .map_or(configured_s, |covered_s| covered_s.min(configured_s))
    }

    /// How many events are remembered.
    #[must_use]
    pub const fn entries(&self) -> usize {
        self.entries
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.partitions
            .values()
            .map(PartitionIndex::memory_bytes)
            .sum()
    }

    /// How many events were forgotten before the horizon, for lack of room.
    #[must_use]
    pub const fn evicted(&self) -> u64 {
        self.evicted
    }

    fn key(&self, event_id: &str) -> [u64; 2] {
        let (low, high) = self.hasher.hash(event_id.as_bytes()).as_u64();
        [low, high]
    }

    /// Makes room where the memory reaches back the longest, so that the partitions come to
    /// cover about the same time; a little at once, because finding that place looks at all.
    fn evict(&mut self) {
        let excess = (self.entries - self.entries_max).max(self.entries_max / 1024);
        let Some(index) = self
            .partitions
            .values_mut()
            .max_by_key(|index| index.span_us())
        else {
            return;
        };
        let evicted = index.evict(excess);
        self.entries -= evicted;
        self.evicted += evicted as u64;
    }
}

#[cfg(test)]
mod tests;
