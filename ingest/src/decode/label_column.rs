//! A column of texts of which few are distinct, built as a dictionary.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Int32Array, StringBuilder};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::Int32Type;
use arrow::error::ArrowError;
use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::gaps::Gaps;
use super::text_ends::{spread, text_ends};

/// A dictionary with more values than this starts anew with the next batch.
const KEPT_VALUES_MAX: usize = 4096;
/// A dictionary with more bytes than this starts anew with the next batch.
const KEPT_BYTES_MAX: usize = 256 * 1024;

/// Rows of one label.
#[derive(Debug)]
pub(crate) struct LabelColumn {
    keys: Vec<i32>,
    gaps: Gaps,
    dictionary: Dictionary,
}

impl LabelColumn {
    pub(crate) fn new() -> Self {
        Self {
            keys: Vec::new(),
            gaps: Gaps::new(),
            dictionary: Dictionary::new(),
        }
    }

    /// Sets the value of a row behind all that have one; rows in between are null.
    #[inline]
    pub(crate) fn set(&mut self, row: usize, value: &str) {
        self.pad(row);
        self.keys.push(self.dictionary.key_of(value));
    }

    #[inline]
    fn pad(&mut self, rows: usize) {
        let missing = rows.saturating_sub(self.keys.len());
        if missing > 0 {
            self.gaps.add(self.keys.len(), missing);
            self.keys.resize(rows, 0);
        }
    }

    /// The column of that many rows; the next batch begins.
    pub(crate) fn finish(&mut self, rows: usize) -> Result<ArrayRef, ArrowError> {
        self.pad(rows);
        let capacity = self.keys.len();
        let keys = std::mem::replace(&mut self.keys, Vec::with_capacity(capacity));
        let keys = Int32Array::try_new(ScalarBuffer::from(keys), self.gaps.finish(rows))?;
        let values = self.dictionary.take_values();
        Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(
            keys, values,
        )?))
    }
}

/// Distinct texts by number. They are kept from batch to batch while they are few, so that a
/// known one costs a look-up and the array of them is built once.
#[derive(Debug)]
struct Dictionary {
    texts: StringBuilder,
    keys_by_text: HashTable<i32>,
    hasher: RandomState,
    recent: Box<[Recent; 1 << RECENT_BITS]>,
    array: Option<ArrayRef>,
}

/// A text looked up of late: what tells short texts apart, and its number.
#[derive(Debug, Clone, Copy)]
struct Recent {
    ends: (u64, u64),
    length: usize,
    key: i32,
}

const RECENT_BITS: u32 = 6;
/// No text: none is as long.
const NEVER: Recent = Recent {
    ends: (0, 0),
    length: usize::MAX,
    key: 0,
};
/// Texts of up to this length are told apart by their ends.
const SHORT_BYTES_MAX: usize = 16;

impl Dictionary {
    fn new() -> Self {
        Self {
            texts: StringBuilder::new(),
            keys_by_text: HashTable::new(),
            hasher: RandomState::default(),
            recent: Box::new([NEVER; 1 << RECENT_BITS]),
            array: None,
        }
    }

    /// The number of a text, a new one if it has none.
    #[inline]
    fn key_of(&mut self, text: &str) -> i32 {
        const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
        let ends = text_ends(text.as_bytes());
        let length = text.len();
        let slot = spread(ends, length, MULTIPLIER, RECENT_BITS);
        let recent = self.recent[slot];
        let is_likely = recent.length == length && recent.ends == ends;
        if is_likely && (length <= SHORT_BYTES_MAX || self.is(recent.key, text)) {
            return recent.key;
        }
        let key = self.intern(text);
        self.recent[slot] = Recent { ends, length, key };
        key
    }

    /// Whether a text has this number.
    #[inline]
    fn is(&self, key: i32, text: &str) -> bool {
        text_at(&self.texts, key) == Some(text.as_bytes())
    }

    fn intern(&mut self, text: &str) -> i32 {
        let hash = hash_of(&self.hasher, text.as_bytes());
        let texts = &self.texts;
        let is_text = |&key: &i32| text_at(texts, key) == Some(text.as_bytes());
        match self.keys_by_text.find(hash, is_text) {
            Some(&key) => key,
            None => self.insert(hash, text),
        }
    }

    fn insert(&mut self, hash: u64, text: &str) -> i32 {
        let key = i32::try_from(self.len()).unwrap_or(i32::MAX);
        self.texts.append_value(text);
        self.array = None;
        let Self { texts, hasher, .. } = self;
        self.keys_by_text.insert_unique(hash, key, |&key| {
            hash_of(hasher, text_at(texts, key).unwrap_or_default())
        });
        key
    }

    fn len(&self) -> usize {
        self.texts.offsets_slice().len() - 1
    }

    /// The texts in the order of their numbers. Too many of them are forgotten thereafter.
    fn take_values(&mut self) -> ArrayRef {
        if self.is_large() {
            self.keys_by_text.clear();
            *self.recent = [NEVER; 1 << RECENT_BITS];
            self.array = None;
            return Arc::new(self.texts.finish());
        }
        let texts = &self.texts;
        Arc::clone(
            self.array
                .get_or_insert_with(|| Arc::new(texts.finish_cloned())),
        )
    }

    fn is_large(&self) -> bool {
        self.len() > KEPT_VALUES_MAX || self.texts.values_slice().len() > KEPT_BYTES_MAX
    }
}

#[inline]
fn hash_of(hasher: &RandomState, text: &[u8]) -> u64 {
    let mut state = hasher.build_hasher();
    state.write(text);
    state.finish()
}

#[inline]
fn text_at(texts: &StringBuilder, key: i32) -> Option<&[u8]> {
    let at = usize::try_from(key).ok()?;
    let &[start, end] = texts.offsets_slice().get(at..at + 2)? else {
        return None;
    };
    texts
        .values_slice()
        .get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
}

#[cfg(test)]
mod tests;
