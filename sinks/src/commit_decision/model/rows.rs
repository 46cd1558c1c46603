//! How often each offset is in a file or a table, and at which cost.

use std::ops::{Add, AddAssign};

/// Partitions of the topic.
pub(super) const PARTITIONS: usize = 2;
/// Offsets of a partition, at most.
pub(super) const OFFSETS_MAX: u8 = 4;

const BITS: usize = 4;
/// The lower half of the bits counts, the upper half sums up costs.
const HALF_BITS: usize = 32;
const COUNTS: u64 = (1 << HALF_BITS) - 1;
/// The highest bit of each cost.
const TOPS: u64 = 0x8888_8888 << HALF_BITS;

/// A count and a cost for each offset of each partition; four bits each, so a table that has a row
/// sixteen times would overflow into the next, long after a rule was broken.
///
/// A cost is a small number, of which only differences matter: it is summed up modulo sixteen, so
/// that a correction may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Rows(u64);

impl Rows {
    /// One row at the price of the workers, which is 0.
    pub(super) fn one(partition: usize, offset: u8) -> Self {
        Self(1 << shift(partition, offset))
    }

    /// How often an offset is in it.
    pub(super) fn count(self, partition: usize, offset: u8) -> u64 {
        (self.0 >> shift(partition, offset)) & 0xf
    }

    /// What all rows of an offset cost.
    pub(super) fn cost(self, partition: usize, offset: u8) -> u64 {
        (self.0 >> (HALF_BITS + shift(partition, offset))) & 0xf
    }

    /// The rows of one partition at `from` and behind, below `end`.
    pub(super) fn within(self, partition: usize, from: u8, end: u8) -> Self {
        let offsets = from..end.min(OFFSETS_MAX);
        let masks = offsets.map(|offset| 0xf << shift(partition, offset));
        let mask: u64 = masks.fold(0, |all, mask| all | mask);
        Self(self.0 & (mask | mask << HALF_BITS))
    }

    /// The rows that others do not have; each is in either at most once, and costs nothing.
    pub(super) const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// The same rows, each at this price.
    pub(super) const fn priced(self, price: u8) -> Self {
        let counts = self.0 & COUNTS;
        Self(counts | (counts * price as u64) << HALF_BITS)
    }

    /// What these rows cost more than others, without the rows themselves.
    pub(super) const fn costs_above(self, others: Self) -> Self {
        let complement = !others.0 & !COUNTS;
        let ones = 0x1111_1111 << HALF_BITS;
        Self(add_costs(add_costs(self.0 & !COUNTS, complement), ones))
    }

    /// The same rows, whatever they cost.
    pub(super) const fn counts(self) -> Self {
        Self(self.0 & COUNTS)
    }

    /// Whether there is none, and no cost either.
    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

fn shift(partition: usize, offset: u8) -> usize {
    BITS * (partition * usize::from(OFFSETS_MAX) + usize::from(offset))
}

/// Adds costs each modulo sixteen: what overflows does not reach the next one.
const fn add_costs(one: u64, other: u64) -> u64 {
    let sums = (one & !TOPS & !COUNTS) + (other & !TOPS & !COUNTS);
    sums ^ ((one ^ other) & TOPS)
}

impl Add for Rows {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let counts = (self.0 & COUNTS) + (other.0 & COUNTS);
        Self(counts | add_costs(self.0, other.0))
    }
}

impl AddAssign for Rows {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

#[test]
fn costs_are_summed_up_each_by_itself() {
    let both = Rows::one(0, 0) + Rows::one(0, 1) + Rows::one(1, 3);
    let dearer = both.priced(2);
    assert_eq!([dearer.cost(0, 0), dearer.cost(1, 3)], [2, 2]);
    let correction = both.priced(1).costs_above(dearer);
    assert_eq!(dearer + correction, both.priced(1));
    assert_eq!(correction.counts(), Rows::default());
    assert_eq!(both.priced(0), both);
    assert_eq!(dearer.within(0, 1, 2), Rows::one(0, 1).priced(2));
}
