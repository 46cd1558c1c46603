//! Texts of which few are distinct: a dictionary of the row group, and numbers into it.
//!
//! A batch's dictionary is translated into the row group's once a distinct value, not once a row.
//! Should the distinct values become many, the rest of the row group is written as plain texts.

use std::hash::BuildHasher;

use arrow::array::{Array, AsArray, StringArray};
use arrow::datatypes::Int32Type;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use parquet::basic::Encoding;
use parquet::data_type::ByteArray;
use parquet::file::statistics::{Statistics, ValueStatistics};

use super::texts::Texts;
use super::{DictionaryPage, misfit, valid_rows};
use crate::encode::bits::{bits_of, put_hybrid};
use crate::error::SinkError;

/// A dictionary with more values than this is given up.
const DICTIONARY_VALUES_MAX: usize = 1 << 17;
/// A dictionary with more bytes than this is given up.
const DICTIONARY_BYTES_MAX: usize = 2 << 20;
/// Bounds in statistics are cut to this length, bytes.
const BOUND_BYTES_MAX: usize = 64;
/// Marks a value of a batch's dictionary that no row has asked for yet.
const UNRESOLVED: u32 = u32::MAX;

/// The labels of a column.
#[derive(Debug)]
pub(crate) struct Labels {
    dictionary: Dictionary,
    /// The page's values, as numbers into the dictionary.
    numbers: Vec<u32>,
    largest: u32,
    /// The dictionary of the last batch, and what its values are in ours.
    batch_values: Option<StringArray>,
    resolved: Vec<u32>,
    /// Takes the values once the dictionary is given up.
    plain: Option<Texts>,
    range: Option<TextRange>,
    keeps_range: bool,
}

#[derive(Debug)]
struct Dictionary {
    by_text: HashTable<u32>,
    hasher: FixedState,
    /// The page's body: each text behind its length.
    page: Vec<u8>,
    /// Where each text starts in the body; its length lies in front of it.
    starts: Vec<usize>,
}

#[derive(Debug, Clone)]
struct TextRange {
    smallest: Vec<u8>,
    largest: Vec<u8>,
}

impl Labels {
    /// No labels yet. `keeps_range`: whether statistics are wanted.
    pub(crate) fn new(keeps_range: bool) -> Self {
        Self {
            dictionary: Dictionary::new(),
            numbers: Vec::new(),
            largest: 0,
            batch_values: None,
            resolved: Vec::new(),
            plain: None,
            range: None,
            keeps_range,
        }
    }

    pub(super) fn append(&mut self, array: &dyn Array) -> Result<(), SinkError> {
        if self.plain.is_some() {
            return self.append_plain(array);
        }
        if let Some(texts) = array.as_string_opt::<i32>() {
            for row in valid_rows(array) {
                let number = self.dictionary.number_of(texts.value(row).as_bytes());
                self.largest = self.largest.max(number);
                self.numbers.push(number);
            }
            return Ok(());
        }
        let labels = array.as_dictionary_opt::<Int32Type>();
        let labels = labels.ok_or_else(|| misfit(array, "labels"))?;
        let texts = labels.values().as_string_opt::<i32>();
        let texts = texts.ok_or_else(|| misfit(array, "labels"))?;
        self.begin_batch(texts);
        let keys = labels.keys();
        self.numbers.reserve(keys.len());
        if keys.null_count() == 0 && texts.null_count() == 0 {
            for key in keys.values() {
                self.push(texts, *key);
            }
        } else {
            let valid = valid_rows(keys).map(|row| keys.value(row));
            for key in valid.filter(|&key| texts.is_valid(index(key))) {
                self.push(texts, key);
            }
        }
        Ok(())
    }

    #[inline]
    fn push(&mut self, texts: &StringArray, key: i32) {
        let at = index(key);
        let mut number = self.resolved[at];
        if number == UNRESOLVED {
            number = self.dictionary.number_of(texts.value(at).as_bytes());
            self.resolved[at] = number;
        }
        self.largest = self.largest.max(number);
        self.numbers.push(number);
    }

    /// A batch with the dictionary of the one before keeps what was resolved.
    fn begin_batch(&mut self, texts: &StringArray) {
        let is_same = self.batch_values.as_ref().is_some_and(|before| {
            before.len() == texts.len()
                && before.values().ptr_eq(texts.values())
                && before.offsets().ptr_eq(texts.offsets())
        });
        if !is_same {
            self.resolved.clear();
            self.resolved.resize(texts.len(), UNRESOLVED);
            self.batch_values = Some(texts.clone());
        }
    }

    fn append_plain(&mut self, array: &dyn Array) -> Result<(), SinkError> {
        let plain = arrow::compute::cast(array, &arrow::datatypes::DataType::Utf8);
        let plain = plain.map_err(SinkError::arrow("spell out labels"))?;
        if self.keeps_range {
            let texts = plain.as_string::<i32>();
            for row in valid_rows(&plain) {
                widen(&mut self.range, texts.value(row).as_bytes());
            }
        }
        match &mut self.plain {
            Some(texts) => texts.append(&plain),
            None => Ok(()),
        }
    }

    pub(super) fn wants_new_page(&self) -> bool {
        match &self.plain {
            Some(texts) => texts.wants_new_page(),
            None => self.dictionary.is_full(),
        }
    }

    pub(super) fn finish_page(&mut self, out: &mut Vec<u8>) -> Encoding {
        if let Some(texts) = &mut self.plain {
            return texts.finish_page(out);
        }
        if self.numbers.is_empty() {
            return Encoding::PLAIN;
        }
        let bits = bits_of(u64::from(self.largest));
        out.push(bits.to_le_bytes()[0]);
        put_hybrid(out, &self.numbers, bits);
        self.numbers.clear();
        self.largest = 0;
        if self.dictionary.is_full() {
            self.plain = Some(Texts::new());
        }
        Encoding::RLE_DICTIONARY
    }

    pub(super) fn finish_chunk(
        &mut self,
        nulls: u64,
    ) -> (Option<DictionaryPage>, Option<Statistics>) {
        let mut range = self.range.take();
        if self.keeps_range {
            for text in self.dictionary.texts() {
                widen(&mut range, text);
            }
        }
        let statistics = self.keeps_range.then(|| text_statistics(range, nulls));
        let dictionary = std::mem::replace(&mut self.dictionary, Dictionary::new());
        self.resolved.clear();
        self.batch_values = None;
        self.plain = None;
        let values = dictionary.starts.len();
        (Some((dictionary.page, values)), statistics)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let plain = self.plain.as_ref().map_or(0, Texts::memory_bytes);
        self.dictionary.memory_bytes()
            + 4 * (self.numbers.capacity() + self.resolved.capacity())
            + plain
    }
}

impl Dictionary {
    fn new() -> Self {
        Self {
            by_text: HashTable::new(),
            hasher: FixedState::default(),
            page: Vec::new(),
            starts: Vec::new(),
        }
    }

    fn is_full(&self) -> bool {
        self.starts.len() > DICTIONARY_VALUES_MAX || self.page.len() > DICTIONARY_BYTES_MAX
    }

    fn number_of(&mut self, text: &[u8]) -> u32 {
        let (page, starts, hasher) = (&self.page, &self.starts, &self.hasher);
        let hash = hasher.hash_one(text);
        let is_same = |number: &u32| text_at(page, starts, *number) == text;
        let rehash = |number: &u32| hasher.hash_one(text_at(page, starts, *number));
        match self.by_text.entry(hash, is_same, rehash) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                // A full dictionary is given up long before the numbers end.
                let number = u32::try_from(self.starts.len()).unwrap_or(UNRESOLVED - 1);
                entry.insert(number);
                let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
                self.page.extend_from_slice(&length.to_le_bytes());
                self.starts.push(self.page.len());
                self.page.extend_from_slice(text);
                number
            }
        }
    }

    fn texts(&self) -> impl Iterator<Item = &[u8]> {
        let numbers = 0..u32::try_from(self.starts.len()).unwrap_or(u32::MAX);
        numbers.map(|number| text_at(&self.page, &self.starts, number))
    }

    fn memory_bytes(&self) -> usize {
        self.by_text.allocation_size() + self.page.capacity() + 8 * self.starts.capacity()
    }
}

fn text_at<'a>(page: &'a [u8], starts: &[usize], number: u32) -> &'a [u8] {
    let at = number as usize;
    let start = starts[at];
    let end = starts.get(at + 1).map_or(page.len(), |next| next - 4);
    &page[start..end]
}

fn index(key: i32) -> usize {
    // Arrow's keys are checked when the array is made.
    usize::try_from(key).unwrap_or(0)
}

fn widen(range: &mut Option<TextRange>, text: &[u8]) {
    match range {
        None => {
            *range = Some(TextRange {
                smallest: text.to_vec(),
                largest: text.to_vec(),
            });
        }
        Some(range) => {
            if text < range.smallest.as_slice() {
                range.smallest = text.to_vec();
            }
            if text > range.largest.as_slice() {
                range.largest = text.to_vec();
            }
        }
    }
}

/// The range as the footer keeps it: long bounds are cut, the upper one so that it stays above.
fn text_statistics(range: Option<TextRange>, nulls: u64) -> Statistics {
    let (smallest, largest) = match range {
        None => (None, None),
        Some(range) => (Some(range.smallest), Some(range.largest)),
    };
    let lower = smallest.map(|text| cut_below(&text));
    let upper = largest.and_then(|text| cut_above(&text));
    let is_exact = |bound: &Option<(Vec<u8>, bool)>| bound.as_ref().is_some_and(|bound| bound.1);
    let (lower_is_exact, upper_is_exact) = (is_exact(&lower), is_exact(&upper));
    let bytes = |bound: Option<(Vec<u8>, bool)>| bound.map(|(bytes, _)| ByteArray::from(bytes));
    let statistics = ValueStatistics::new(bytes(lower), bytes(upper), None, Some(nulls), false)
        .with_min_is_exact(lower_is_exact)
        .with_max_is_exact(upper_is_exact);
    Statistics::ByteArray(statistics)
}

/// A text not above this one and not too long, and whether it is this one.
fn cut_below(text: &[u8]) -> (Vec<u8>, bool) {
    if text.len() <= BOUND_BYTES_MAX {
        return (text.to_vec(), true);
    }
    (whole_characters(text).as_bytes().to_vec(), false)
}

/// A text not below this one and not too long, and whether it is this one; `None` if there is
/// none.
fn cut_above(text: &[u8]) -> Option<(Vec<u8>, bool)> {
    if text.len() <= BOUND_BYTES_MAX {
        return Some((text.to_vec(), true));
    }
    let mut kept: Vec<char> = whole_characters(text).chars().collect();
    while let Some(last) = kept.pop() {
        // UTF-8 sorts as its characters do; the next one may lie behind the surrogates' gap.
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            kept.push(next);
            let raised: String = kept.into_iter().collect();
            return Some((raised.into_bytes(), false));
        }
    }
    None
}

/// The first whole characters that fit a bound.
fn whole_characters(text: &[u8]) -> &str {
    let text = std::str::from_utf8(text).unwrap_or_default();
    let end = (0..=BOUND_BYTES_MAX)
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
