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

/// Which field followed which, the last time that each was met: emitters keep to one order, so
/// the next name is nearly always known before it is read.
#[derive(Debug)]
pub(crate) struct FieldOrder {
    /// What followed each field, and at the end what came first.
    next: [Field; FIELD_COUNT + 1],
}

impl FieldOrder {
    pub(crate) const fn new() -> Self {
        Self {
            next: [Field::EVENT_ID; FIELD_COUNT + 1],
        }
    }

    /// The field to expect behind another; `None` stands for the beginning.
    #[inline]
    pub(crate) fn after(&self, previous: Option<Field>) -> Field {
        self.next[previous.map_or(FIELD_COUNT, Field::number)]
    }

    #[inline]
    pub(crate) fn learn(&mut self, previous: Option<Field>, next: Field) {
        self.next[previous.map_or(FIELD_COUNT, Field::number)] = next;
    }
}

#[cfg(test)]
mod tests;
