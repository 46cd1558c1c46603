//! Sets and sequences of fields.

use super::field::{FIELD_COUNT, Field};

/// Which fields were met.
#[derive(Debug, Default)]
pub(crate) struct FieldSet([u64; 2]);

impl FieldSet {
    /// Adds a field; `false` if it was there.
    #[inline]
    pub(crate) const fn insert(&mut self, field: Field) -> bool {
        let word = &mut self.0[field.number() / 64];
        let bit = 1 << (field.number() % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

/// Stands before the first field of a message.
pub(crate) const BEGINNING: Field = Field::at(PLACES - 1);
/// A power of two above the count of fields, so that no place lies outside.
const PLACES: usize = 128;
const _: () = assert!(
    FIELD_COUNT < PLACES,
    "every field and the beginning have a place"
);

/// Which field followed which, the last time that each was met: emitters keep to one order, so
/// the next name is nearly always known before it is read.
#[derive(Debug)]
pub(crate) struct FieldOrder {
    next: [Field; PLACES],
}

impl FieldOrder {
    pub(crate) const fn new() -> Self {
        Self {
            next: [Field::EVENT_ID; PLACES],
        }
    }

    /// The field to expect behind another or the [`BEGINNING`].
    #[inline]
    pub(crate) const fn after(&self, previous: Field) -> Field {
        self.next[previous.number() % PLACES]
    }

    #[inline]
    pub(crate) const fn learn(&mut self, previous: Field, next: Field) {
        self.next[previous.number() % PLACES] = next;
    }
}

#[cfg(test)]
mod tests;
