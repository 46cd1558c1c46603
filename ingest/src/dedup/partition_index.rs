//! The events met in one partition: a queue in the order of arrival, and a table to find them.
//!
//! The table holds eight bytes a slot, a piece of the key and an entry's running number, so an
//! event that was never met is told by one or two cache lines and without a look at any entry. An
//! entry that leaves the queue leaves its slot behind: a number that has left the queue marks it
//! as stale, and what is stale is overwritten, or swept when the table fills up.

use schemas::time::US_PER_S;

use super::DedupDecision;
use super::entry_ring::{Entry, EntryRing};

const SLOTS_MIN: usize = 64;
/// A slot that was never used; used ones have their highest bit set.
const FREE: u64 = 0;
const USED: u64 = 1 << 63;

/// What is known of one partition.
#[derive(Debug)]
pub(crate) struct PartitionIndex {
    ring: EntryRing,
    /// The running number of the oldest entry, cut to 32 bits: far more than there are entries.
    first_number: u32,
    slots: Vec<u64>,
    /// Slots that are not free, stale ones included.
    used: usize,
    clock_us: i64,
    /// The time of the last entry that had to make room.
    evicted_us: Option<i64>,
}

impl Default for PartitionIndex {
    fn default() -> Self {
        Self {
            ring: EntryRing::default(),
            first_number: 0,
            slots: vec![FREE; SLOTS_MIN],
            used: 0,
            clock_us: i64::MIN,
            evicted_us: None,
        }
    }
}

impl PartitionIndex {
    /// The latest record time met.
    pub(crate) const fn clock_us(&self) -> i64 {
        self.clock_us
    }

    pub(crate) const fn entries(&self) -> usize {
        self.ring.len()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.ring.memory_bytes() + self.slots.capacity() * size_of::<u64>()
    }

    /// Moves the clock and forgets what the horizon has left behind; returns how many entries.
    #[inline]
    pub(crate) fn advance(&mut self, time_us: i64, horizon_us: i64) -> usize {
        if time_us <= self.clock_us {
            return 0;
        }
        self.clock_us = time_us;
        let oldest_us = time_us.saturating_sub(horizon_us);
        let mut forgotten = 0;
        while self
            .ring
            .front()
            .is_some_and(|entry| entry.time_us < oldest_us)
        {
            self.pop();
            forgotten += 1;
        }
        forgotten
    }

    /// Forgets the oldest entries for lack of room; returns how many.
    pub(crate) fn evict(&mut self, count: usize) -> usize {
        let evicted = count.min(self.ring.len());
        for _ in 0..evicted {
            if let Some(entry) = self.pop() {
                self.evicted_us = Some(entry.time_us);
            }
        }
        evicted
    }

    /// How far back the entries reach.
    pub(crate) fn span_us(&self) -> i64 {
        self.ring
            .front()
            .map_or(-1, |entry| self.clock_us.saturating_sub(entry.time_us))
    }

    /// How far back everything is remembered; `None` if nothing had to make room.
    pub(crate) fn covered_s(&self) -> Option<u64> {
        let covered_us = self.clock_us.saturating_sub(self.evicted_us?);
        Some((covered_us / US_PER_S).unsigned_abs())
    }

    /// What is known of an event.
    #[inline]
    pub(crate) fn look_up(&self, key: [u64; 2], content_hash: i64, offset: i64) -> DedupDecision {
        let mask = self.slots.len() - 1;
        let mut at = home(key) & mask;
        let mut decision = DedupDecision::First;
        loop {
            let slot = self.slots[at];
            if slot == FREE {
                return decision;
            }
            if tag(slot) == tag_of(key)
                && let Some(entry) = self.entry(slot).filter(|entry| entry.key == key)
            {
                decision = refine(decision, entry, content_hash, offset);
            }
            at = (at + 1) & mask;
        }
    }

    /// Remembers an event that is not known yet.
    pub(crate) fn insert(&mut self, entry: Entry) {
        if (self.used + 1) * 4 > self.slots.len() * 3 {
            self.rebuild();
        }
        let number = self.number_of(self.ring.len());
        self.place(entry.key, number);
        self.ring.push(entry);
    }

    fn pop(&mut self) -> Option<Entry> {
        let entry = self.ring.pop();
        self.first_number = self.first_number.wrapping_add(u32::from(entry.is_some()));
        entry
    }

    #[expect(clippy::cast_possible_truncation, reason = "numbers wrap on purpose")]
    const fn number_of(&self, index: usize) -> u32 {
        self.first_number.wrapping_add(index as u32)
    }

    /// The entry that a slot stands for; `None` if it is stale.
    #[inline]
    fn entry(&self, slot: u64) -> Option<&Entry> {
        let index = number(slot).wrapping_sub(self.first_number);
        self.ring.get(index as usize)
    }

    fn is_stale(&self, slot: u64) -> bool {
        number(slot).wrapping_sub(self.first_number) as usize >= self.ring.len()
    }

    /// Puts a number into the first slot that is free or stale.
    fn place(&mut self, key: [u64; 2], number: u32) {
        let mask = self.slots.len() - 1;
        let mut at = home(key) & mask;
        while self.slots[at] != FREE && !self.is_stale(self.slots[at]) {
            at = (at + 1) & mask;
        }
        self.used += usize::from(self.slots[at] == FREE);
        self.slots[at] = tag_of(key) | u64::from(number);
    }

    /// Makes the table anew from the queue, in a size of which at most half is used.
    #[cold]
    fn rebuild(&mut self) {
        let size = (self.ring.len() * 2).next_power_of_two().max(SLOTS_MIN);
        // The old table goes first: both together would be the peak of memory.
        self.slots = Vec::new();
        self.slots = vec![FREE; size];
        self.used = self.ring.len();
        let mask = size - 1;
        for (index, entry) in self.ring.iter().enumerate() {
            let mut at = home(entry.key) & mask;
            while self.slots[at] != FREE {
                at = (at + 1) & mask;
            }
            self.slots[at] = tag_of(entry.key) | u64::from(self.number_of(index));
        }
    }
}

/// Takes one more entry of the same id into account.
fn refine(decision: DedupDecision, entry: &Entry, content_hash: i64, offset: i64) -> DedupDecision {
    use DedupDecision::{Conflict, Duplicate, First, Replay};
    let met = entry.offset;
    let is_copy = entry.content_hash == content_hash;
    match decision {
        Replay => Replay,
        _ if met == offset => Replay,
        _ if met > offset => decision,
        First if is_copy => Duplicate { first_offset: met },
        First => Conflict { first_offset: met },
        Duplicate { first_offset } if is_copy => Duplicate {
            first_offset: first_offset.min(met),
        },
        Duplicate { .. } => decision,
        Conflict { .. } if is_copy => Duplicate { first_offset: met },
        Conflict { first_offset } => Conflict {
            first_offset: first_offset.min(met),
        },
    }
}

/// Where the search for a key begins, before it is cut to the table's size.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a table is far smaller than memory"
)]
const fn home(key: [u64; 2]) -> usize {
    key[0] as usize
}

/// A slot's upper half for a key: 31 of its bits that say nothing about the place.
const fn tag_of(key: [u64; 2]) -> u64 {
    tag(key[1] | USED)
}

const fn tag(slot: u64) -> u64 {
    slot >> 32 << 32
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the lower half of the slot is meant"
)]
const fn number(slot: u64) -> u32 {
    slot as u32
}

#[cfg(test)]
mod tests;
