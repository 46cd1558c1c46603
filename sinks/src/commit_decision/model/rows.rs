//! How often each offset is in a file or a table.

use std::ops::{Add, AddAssign};

/// Partitions of the topic.
pub(super) const PARTITIONS: usize = 2;
/// Offsets of a partition, at most.
pub(super) const OFFSETS_MAX: u8 = 4;

const BITS: usize = 4;

/// A count for each offset of each partition; four bits each, so a table that has a row sixteen
/// times would overflow into the next, long after a rule was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Rows(u32);

impl Rows {
    /// One row.
    pub(super) fn one(partition: usize, offset: u8) -> Self {
        Self(1 << shift(partition, offset))
    }

    /// How often an offset is in it.
    pub(super) fn count(self, partition: usize, offset: u8) -> u32 {
        (self.0 >> shift(partition, offset)) & 0xf
    }

    /// The rows of one partition at `from` and behind, below `end`.
    pub(super) fn within(self, partition: usize, from: u8, end: u8) -> Self {
        let offsets = from..end.min(OFFSETS_MAX);
        let counts = offsets.map(|offset| self.0 & (0xf << shift(partition, offset)));
        Self(counts.fold(0, |all, count| all | count))
    }

    /// The rows that others do not have; each is in either at most once.
    pub(super) const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Whether there is none.
    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

fn shift(partition: usize, offset: u8) -> usize {
    BITS * (partition * usize::from(OFFSETS_MAX) + usize::from(offset))
}

impl Add for Rows {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Rows {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
