//! Decimals of 128 bits: a dictionary while few are distinct, else all sixteen bytes of each.

use arrow::array::{Array, AsArray};
use arrow::datatypes::Decimal128Type;
use parquet::basic::Encoding;

use super::{DictionaryPage, misfit, valid_rows};
use crate::encode::bits::{bits_of, put_hybrid};
use crate::error::SinkError;

/// A dictionary with more values than this is given up.
const DICTIONARY_VALUES_MAX: usize = 1 << 17;
const VALUE_BYTES: usize = 16;

/// The decimals of a column.
#[derive(Debug)]
pub(crate) struct Wide {
    dictionary: Dictionary,
    /// The page's values, as numbers into the dictionary.
    numbers: Vec<u32>,
    largest: u32,
    /// The page's values, once the dictionary is given up.
    plain: Vec<u8>,
    is_plain: bool,
}

/// Distinct decimals by number, found by open addressing: the values are few and small, and each
/// row asks once.
#[derive(Debug)]
struct Dictionary {
    values: Vec<i128>,
    /// Numbers plus one, by hash; 0 is free. As many as a power of two, at most half in use.
    slots: Vec<u32>,
}

impl Wide {
    /// No decimals yet.
    pub(crate) fn new() -> Self {
        Self {
            dictionary: Dictionary::new(),
            numbers: Vec::new(),
            largest: 0,
            plain: Vec::new(),
            is_plain: false,
        }
    }

    pub(super) fn append(&mut self, array: &dyn Array) -> Result<(), SinkError> {
        let decimals = array.as_primitive_opt::<Decimal128Type>();
        let decimals = decimals.ok_or_else(|| misfit(array, "decimals"))?;
        if decimals.null_count() == decimals.len() {
            return Ok(());
        }
        if decimals.null_count() == 0 {
            for value in decimals.values() {
                self.push(*value);
            }
        } else {
            for row in valid_rows(array) {
                self.push(decimals.value(row));
            }
        }
        Ok(())
    }

    #[inline]
    fn push(&mut self, value: i128) {
        if self.is_plain {
            self.plain.extend_from_slice(&value.to_be_bytes());
            return;
        }
        let number = self.dictionary.number_of(value);
        self.largest = self.largest.max(number);
        self.numbers.push(number);
    }

    pub(super) fn wants_new_page(&self) -> bool {
        !self.is_plain && self.dictionary.is_full()
    }

    pub(super) fn finish_page(&mut self, out: &mut Vec<u8>) -> Encoding {
        if self.is_plain {
            out.extend_from_slice(&self.plain);
            self.plain.clear();
            return Encoding::PLAIN;
        }
        if self.numbers.is_empty() {
            return Encoding::PLAIN;
        }
        let bits = bits_of(u64::from(self.largest));
        out.push(bits.to_le_bytes()[0]);
        put_hybrid(out, &self.numbers, bits);
        self.numbers.clear();
        self.largest = 0;
        self.is_plain = self.dictionary.is_full();
        Encoding::RLE_DICTIONARY
    }

    pub(super) fn finish_chunk(&mut self) -> Option<DictionaryPage> {
        let dictionary = std::mem::replace(&mut self.dictionary, Dictionary::new());
        self.is_plain = false;
        let values = dictionary.values.iter();
        let body = values.flat_map(|value| value.to_be_bytes()).collect();
        Some((body, dictionary.values.len()))
    }

    pub(super) fn memory_bytes(&self) -> usize {
        VALUE_BYTES * self.dictionary.values.capacity()
            + 4 * (self.dictionary.slots.capacity() + self.numbers.capacity())
            + self.plain.capacity()
    }
}

impl Dictionary {
    fn new() -> Self {
        Self {
            values: Vec::new(),
            slots: vec![0; 64],
        }
    }

    const fn is_full(&self) -> bool {
        self.values.len() > DICTIONARY_VALUES_MAX
    }

    #[inline]
    fn number_of(&mut self, value: i128) -> u32 {
        let mask = self.slots.len() - 1;
        let mut at = hash(value) & mask;
        loop {
            match self.slots[at] {
                0 => return self.insert(at, value),
                slot if self.values[slot as usize - 1] == value => return slot - 1,
                _ => at = (at + 1) & mask,
            }
        }
    }

    fn insert(&mut self, at: usize, value: i128) -> u32 {
        // A full dictionary is given up long before the numbers end.
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX - 1);
        self.values.push(value);
        self.slots[at] = number + 1;
        if 2 * self.values.len() > self.slots.len() {
            self.grow();
        }
        number
    }

    fn grow(&mut self) {
        let mask = 2 * self.slots.len() - 1;
        let mut slots = vec![0; mask + 1];
        for (slot, value) in (1_u32..).zip(&self.values) {
            let mut at = hash(*value) & mask;
            while slots[at] != 0 {
                at = (at + 1) & mask;
            }
            slots[at] = slot;
        }
        self.slots = slots;
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a hash keeps the bits it has room for"
)]
const fn hash(value: i128) -> usize {
    let folded = (value as u64) ^ ((value >> 64) as u64).rotate_left(32);
    (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize
}

#[cfg(test)]
mod tests;
