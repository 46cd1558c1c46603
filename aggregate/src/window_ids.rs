//! Epoch-wide ids of the windows that events fall into.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use schemas::time::US_PER_S;
use schemas::window::window_start_us;

/// The window that the latest event fell into: events come roughly in the order of time.
#[derive(Debug, Clone, Copy)]
struct Recent {
    start_us: i64,
    end_us: i64,
    id: u32,
}

/// No instant lies in it.
const NO_WINDOW: Recent = Recent {
    start_us: 0,
    end_us: 0,
    id: 0,
};

/// Slots of the small cache that backs [`Recent`] when events of many windows alternate.
const CACHE_SLOTS: usize = 128;

/// Gives each window of one width an id, counted from zero in the order of appearance.
///
/// # Units
/// Times: microseconds since the Unix epoch, UTC.
#[derive(Debug)]
pub(crate) struct WindowIds {
    width_s: u32,
    starts_us: Vec<i64>,
    by_start: HashTable<u32>,
    hasher: RandomState,
    recent: Recent,
    cache: Vec<Recent>,
}

impl WindowIds {
    /// Ids of windows of this width.
    pub(crate) fn new(width_s: u32) -> Self {
        Self {
            width_s,
            starts_us: Vec::new(),
            by_start: HashTable::new(),
            hasher: RandomState::default(),
            recent: NO_WINDOW,
            cache: vec![NO_WINDOW; CACHE_SLOTS],
        }
    }

    /// How wide the windows are, seconds.
    pub(crate) const fn width_s(&self) -> u32 {
        self.width_s
    }

    /// The start of each window, by id.
    pub(crate) fn starts_us(&self) -> &[i64] {
        &self.starts_us
    }

    /// Replaces `ids` by the window of each instant.
    pub(crate) fn assign(&mut self, times_us: &[i64], ids: &mut Vec<u32>) {
        ids.clear();
        ids.reserve(times_us.len());
        for &time_us in times_us {
            if time_us < self.recent.start_us || time_us >= self.recent.end_us {
                self.recent = self.window_of(time_us);
            }
            ids.push(self.recent.id);
        }
    }

    /// Forgets all windows.
    pub(crate) fn reset(&mut self) {
        self.starts_us = Vec::new();
        self.by_start = HashTable::new();
        self.recent = NO_WINDOW;
        self.cache.fill(NO_WINDOW);
    }

    /// Bytes held.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.starts_us.capacity() * size_of::<i64>()
            + self.by_start.allocation_size()
            + self.cache.capacity() * size_of::<Recent>()
    }

    fn window_of(&mut self, time_us: i64) -> Recent {
        let start_us = window_start_us(time_us, self.width_s);
        let slot = cache_slot(start_us);
        let cached = self.cache[slot];
        if cached.start_us == start_us && cached.end_us > start_us {
            return cached;
        }
        let window = Recent {
            start_us,
            end_us: start_us.saturating_add(i64::from(self.width_s) * US_PER_S),
            id: self.id_of_start(start_us),
        };
        self.cache[slot] = window;
        window
    }

    fn id_of_start(&mut self, start_us: i64) -> u32 {
        let Self {
            starts_us,
            by_start,
            hasher,
            ..
        } = self;
        let entry = by_start.entry(
            hasher.hash_one(start_us),
            |&id| starts_us[id as usize] == start_us,
            |&id| hasher.hash_one(starts_us[id as usize]),
        );
        match entry {
            hashbrown::hash_table::Entry::Occupied(found) => *found.get(),
            hashbrown::hash_table::Entry::Vacant(vacant) => {
                let id = next_id(starts_us.len());
                vacant.insert(id);
                starts_us.push(start_us);
                id
            }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "2^32 windows would fill 32 GiB before an id could wrap"
)]
const fn next_id(windows: usize) -> u32 {
    windows as u32
}

/// Spreads starts, which are multiples of the width, over the cache without another division.
fn cache_slot(start_us: i64) -> usize {
    const GOLDEN_RATIO: u64 = 0x9E37_79B9_7F4A_7C15;
    let spread = start_us.cast_unsigned().wrapping_mul(GOLDEN_RATIO);
    // The highest bits, as many as number the slots: any slot serves, the start is compared.
    let slot = spread >> (u64::BITS - CACHE_SLOTS.ilog2());
    usize::try_from(slot).unwrap_or(0)
}

#[cfg(test)]
mod tests;
