//! A queue in pieces: it grows without moving what it holds, and gives memory back as it drains.

use std::collections::VecDeque;

/// Entries in one piece of the queue.
const PIECE_ENTRIES: usize = 1024;

/// One event that was met.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// A hash of the event's id; in halves, because a `u128` would be padded by eight bytes.
    pub(crate) key: [u64; 2],
    pub(crate) offset: i64,
    pub(crate) content_hash: i64,
    /// The partition's time at that point, microseconds since the Unix epoch.
    pub(crate) time_us: i64,
}

/// Entries in the order in which they came, oldest first.
#[derive(Debug, Default)]
pub(crate) struct EntryRing {
    pieces: VecDeque<Vec<Entry>>,
    /// Entries of the first piece that were taken out.
    taken: usize,
    length: usize,
}

impl EntryRing {
    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        match self.pieces.back_mut() {
            Some(piece) if piece.len() < PIECE_ENTRIES => piece.push(entry),
            Some(_) => {
                let mut piece = Vec::with_capacity(PIECE_ENTRIES);
                piece.push(entry);
                self.pieces.push_back(piece);
            }
            // The first piece grows as it fills: many partitions are small.
            None => self.pieces.push_back(vec![entry]),
        }
        self.length += 1;
    }

    /// The oldest entry.
    pub(crate) fn front(&self) -> Option<&Entry> {
        self.get(0)
    }

    /// The entry with that many before it.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&Entry> {
        let at = self.taken + index;
        self.pieces.get(at / PIECE_ENTRIES)?.get(at % PIECE_ENTRIES)
    }

    /// Takes the oldest entry out.
    pub(crate) fn pop(&mut self) -> Option<Entry> {
        let entry = *self.front()?;
        self.taken += 1;
        self.length -= 1;
        if self.taken == PIECE_ENTRIES || self.length == 0 {
            self.pieces.pop_front();
            self.taken = 0;
        }
        Some(entry)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.pieces.iter().flatten().skip(self.taken)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let entries: usize = self.pieces.iter().map(Vec::capacity).sum();
        entries * size_of::<Entry>() + self.pieces.capacity() * size_of::<Vec<Entry>>()
    }
}

#[cfg(test)]
mod tests;
