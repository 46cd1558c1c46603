//! Epoch-wide ids of the distinct texts of one dimension.

use std::hash::BuildHasher;

use arrow::array::{Array, DictionaryArray, StringArray};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::Int32Type;
use arrow::error::ArrowError;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// The id of a missing label; texts count from one, the empty text among them.
pub(crate) const NULL_ID: u32 = 0;

/// Marks a dictionary value that no row has asked for yet.
const UNRESOLVED: u32 = u32::MAX;

/// A text that has an id. All is kept inline, so that a lookup that fails touches one cache line.
#[derive(Debug, Clone, Copy)]
struct Label {
    hash: u32,
    id: u32,
    start: i32,
    end: i32,
}

/// Gives each distinct text an id, so that groups are formed over integers.
///
/// Dictionaries are valid for their own batch only, so each batch's values are looked up once
/// and its rows then translate by their keys.
#[derive(Debug)]
pub(crate) struct LabelIds {
    by_text: HashTable<Label>,
    hasher: RandomState,
    text: Vec<u8>,
    /// Where the text of each id ends; it starts where the one before ends.
    ends: Vec<i32>,
    /// The id of each dictionary value of the batch at hand.
    resolved: Vec<u32>,
}

/// The texts of one epoch no longer fit the 2 GiB that a column of texts can hold.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LabelsTooLarge;

impl LabelIds {
    /// No texts yet.
    pub(crate) fn new() -> Self {
        Self {
            by_text: HashTable::new(),
            hasher: RandomState::default(),
            text: Vec::new(),
            ends: vec![0],
            resolved: Vec::new(),
        }
    }

    /// How many ids there are, that of the missing label included.
    pub(crate) fn count(&self) -> usize {
        self.ends.len()
    }

    /// Replaces `ids` by the id of each row's label. A missing label is [`NULL_ID`], whether the
    /// row's key is null or the value that it points to.
    pub(crate) fn assign(
        &mut self,
        labels: &DictionaryArray<Int32Type>,
        values: &StringArray,
        ids: &mut Vec<u32>,
    ) -> Result<(), LabelsTooLarge> {
        self.resolved.clear();
        self.resolved.resize(values.len(), UNRESOLVED);
        ids.clear();
        ids.reserve(labels.len());
        let keys = labels.keys();
        for (row, &key) in keys.values().iter().enumerate() {
            if keys.is_null(row) {
                ids.push(NULL_ID);
                continue;
            }
            let value = key_index(key);
            let mut id = self.resolved[value];
            if id == UNRESOLVED {
                id = self.id_of_value(values, value)?;
                self.resolved[value] = id;
            }
            ids.push(id);
        }
        Ok(())
    }

    /// Forgets all texts.
    pub(crate) fn reset(&mut self) {
        self.by_text = HashTable::new();
        self.text = Vec::new();
        self.ends = vec![0];
    }

    /// The texts by id, null at [`NULL_ID`].
    pub(crate) fn texts(&self) -> Result<StringArray, ArrowError> {
        let offsets = std::iter::once(0).chain(self.ends.iter().copied());
        let offsets = OffsetBuffer::new(ScalarBuffer::from_iter(offsets));
        let present = NullBuffer::from_iter((0..self.count()).map(|id| id != NULL_ID as usize));
        StringArray::try_new(offsets, Buffer::from(self.text.as_slice()), Some(present))
    }

    /// Bytes held.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.by_text.allocation_size()
            + self.text.capacity()
            + self.ends.capacity() * size_of::<i32>()
            + self.resolved.capacity() * size_of::<u32>()
    }

    fn id_of_value(&mut self, values: &StringArray, value: usize) -> Result<u32, LabelsTooLarge> {
        if values.is_null(value) {
            return Ok(NULL_ID);
        }
        self.id_of_text(values.value(value).as_bytes())
    }

    fn id_of_text(&mut self, wanted: &[u8]) -> Result<u32, LabelsTooLarge> {
        let full_hash = self.hasher.hash_one(wanted);
        let hash = high_half(full_hash);
        let text = &mut self.text;
        let entry = self.by_text.entry(
            spread(hash),
            |label| label.hash == hash && text_of(text, label) == wanted,
            |label| spread(label.hash),
        );
        match entry {
            Entry::Occupied(found) => Ok(found.get().id),
            Entry::Vacant(vacant) => {
                let start = i32::try_from(text.len()).map_err(|_| LabelsTooLarge)?;
                let end = i32::try_from(text.len() + wanted.len()).map_err(|_| LabelsTooLarge)?;
                let id = u32::try_from(self.ends.len()).map_err(|_| LabelsTooLarge)?;
                text.extend_from_slice(wanted);
                self.ends.push(end);
                vacant.insert(Label {
                    hash,
                    id,
                    start,
                    end,
                });
                Ok(id)
            }
        }
    }
}

/// The text of a label within all texts.
fn text_of<'a>(text: &'a [u8], label: &Label) -> &'a [u8] {
    let bound = |position: i32| usize::try_from(position).unwrap_or(0);
    &text[bound(label.start)..bound(label.end)]
}

#[expect(
    clippy::cast_sign_loss,
    reason = "a key that is not null points to a value"
)]
const fn key_index(key: i32) -> usize {
    key as usize
}

const fn high_half(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// The table takes slots from the low bits of a hash and tags from the high ones.
const fn spread(hash: u32) -> u64 {
    (hash as u64) << 32 | hash as u64
}

#[cfg(test)]
mod tests;
