//! The values of one column: from Arrow arrays to the bodies of Parquet pages.

use arrow::array::Array;
use parquet::basic::Encoding;
use parquet::file::statistics::Statistics;

use crate::error::SinkError;

mod labels;
mod numbers;
mod texts;
mod wide;

pub(crate) use labels::Labels;
pub(crate) use numbers::Numbers;
pub(crate) use texts::Texts;
pub(crate) use wide::Wide;

/// Encodes the values of one column.
#[derive(Debug)]
pub(crate) enum Values {
    /// Texts of which few are distinct.
    Labels(Box<Labels>),
    /// Whole numbers of 32 or 64 bits.
    Numbers(Numbers),
    /// Texts or bytes of which most are distinct.
    Texts(Texts),
    /// Decimals of 128 bits.
    Wide(Wide),
}

/// A dictionary page's body, and how many values it has.
pub(crate) type DictionaryPage = (Vec<u8>, usize);

impl Values {
    /// Adds the values of an array; its nulls add nothing.
    pub(crate) fn append(&mut self, array: &dyn Array) -> Result<(), SinkError> {
        match self {
            Self::Labels(labels) => labels.append(array),
            Self::Numbers(numbers) => numbers.append(array),
            Self::Texts(texts) => texts.append(array),
            Self::Wide(wide) => wide.append(array),
        }
    }

    /// Whether the page in hand should end before more values come.
    pub(crate) fn wants_new_page(&self) -> bool {
        match self {
            Self::Labels(labels) => labels.wants_new_page(),
            Self::Numbers(_) => false,
            Self::Texts(texts) => texts.wants_new_page(),
            Self::Wide(wide) => wide.wants_new_page(),
        }
    }

    /// Writes the page's values, and begins the next page. A page without values is `PLAIN`.
    pub(crate) fn finish_page(&mut self, out: &mut Vec<u8>) -> Encoding {
        match self {
            Self::Labels(labels) => labels.finish_page(out),
            Self::Numbers(numbers) => numbers.finish_page(out),
            Self::Texts(texts) => texts.finish_page(out),
            Self::Wide(wide) => wide.finish_page(out),
        }
    }

    /// Ends the row group: its dictionary, if it has one, and its range.
    pub(crate) fn finish_chunk(
        &mut self,
        nulls: u64,
    ) -> (Option<DictionaryPage>, Option<Statistics>) {
        match self {
            Self::Labels(labels) => labels.finish_chunk(nulls),
            Self::Numbers(numbers) => (None, numbers.finish_chunk(nulls)),
            Self::Texts(_) => (None, None),
            Self::Wide(wide) => (wide.finish_chunk(), None),
        }
    }

    /// Memory held, bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        match self {
            Self::Labels(labels) => labels.memory_bytes(),
            Self::Numbers(numbers) => numbers.memory_bytes(),
            Self::Texts(texts) => texts.memory_bytes(),
            Self::Wide(wide) => wide.memory_bytes(),
        }
    }
}

/// The rows of an array that have a value.
fn valid_rows(array: &dyn Array) -> impl Iterator<Item = usize> {
    let nulls = array.nulls();
    (0..array.len()).filter(move |row| nulls.is_none_or(|nulls| nulls.is_valid(*row)))
}

/// An array that a column of this kind cannot take.
fn misfit(array: &dyn Array, kind: &str) -> SinkError {
    SinkError::Accounting {
        detail: format!("a column of {kind} got {}", array.data_type()),
    }
}
