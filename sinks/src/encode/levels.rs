//! Which rows have a value: Parquet's definition and repetition levels.

use arrow::array::BooleanBufferBuilder;
use arrow::buffer::NullBuffer;

use super::bits::{put_hybrid, put_packed_header, put_run};

/// The levels of a page under construction.
#[derive(Debug)]
pub(crate) enum Levels {
    /// Every row has one value.
    Required {
        /// Rows so far.
        rows: usize,
    },
    /// A row has one value or none.
    Optional {
        /// A bit a row.
        present: BooleanBufferBuilder,
        /// Rows without a value.
        nulls: usize,
    },
    /// A row has a map, of any number of entries, or none.
    Map {
        /// 0: no map; 1: an empty one; 2: an entry.
        definition: Vec<u32>,
        /// 0: begins a row; 1: continues it.
        repetition: Vec<u32>,
    },
}

impl Levels {
    /// Adds rows of a column that is no map.
    pub(crate) fn append(&mut self, rows: usize, nulls: Option<&NullBuffer>) {
        match self {
            Self::Required { rows: so_far } => *so_far += rows,
            Self::Optional {
                present,
                nulls: so_far,
            } => match nulls {
                Some(nulls) if nulls.null_count() > 0 => {
                    present.append_buffer(nulls.inner());
                    *so_far += nulls.null_count();
                }
                _ => present.append_n(rows, true),
            },
            Self::Map { .. } => {}
        }
    }

    /// Adds one row of a map column: `None` without a map.
    pub(crate) fn append_map(&mut self, entries: Option<usize>) {
        if let Self::Map {
            definition,
            repetition,
        } = self
        {
            let (level, values) = match entries {
                None => (0, 1),
                Some(0) => (1, 1),
                Some(entries) => (2, entries),
            };
            definition.extend(std::iter::repeat_n(level, values));
            repetition.push(0);
            repetition.extend(std::iter::repeat_n(1, values - 1));
        }
    }

    /// Adds rows of a map column that have no map.
    pub(crate) fn append_missing_maps(&mut self, rows: usize) {
        if let Self::Map {
            definition,
            repetition,
        } = self
        {
            definition.resize(definition.len() + rows, 0);
            repetition.resize(repetition.len() + rows, 0);
        }
    }

    /// How many levels there are, as a page's header counts its values.
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Required { rows } => *rows,
            Self::Optional { present, .. } => present.len(),
            Self::Map { definition, .. } => definition.len(),
        }
    }

    /// How many of them have no value.
    pub(crate) fn nulls(&self) -> usize {
        match self {
            Self::Required { .. } => 0,
            Self::Optional { nulls, .. } => *nulls,
            Self::Map { definition, .. } => definition.iter().filter(|level| **level != 2).count(),
        }
    }

    /// Memory held, bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        match self {
            Self::Required { .. } => 0,
            Self::Optional { present, .. } => present.capacity() / 8,
            Self::Map {
                definition,
                repetition,
            } => 4 * (definition.capacity() + repetition.capacity()),
        }
    }

    /// Writes the levels as they begin a data page, and starts anew.
    pub(crate) fn finish_page(&mut self, out: &mut Vec<u8>) {
        match self {
            Self::Required { rows } => *rows = 0,
            Self::Optional { present, nulls } => {
                let rows = present.len();
                with_length(out, |out| match *nulls {
                    0 => put_run(out, 1, rows, 1),
                    nulls if nulls == rows => put_run(out, 0, rows, 1),
                    _ => {
                        put_packed_header(out, rows);
                        out.extend_from_slice(&present.as_slice()[..rows.div_ceil(8)]);
                    }
                });
                present.truncate(0);
                *nulls = 0;
            }
            Self::Map {
                definition,
                repetition,
            } => {
                with_length(out, |out| put_hybrid(out, repetition, 1));
                with_length(out, |out| put_hybrid(out, definition, 2));
                definition.clear();
                repetition.clear();
            }
        }
    }
}

/// Writes a part behind its length in bytes.
fn with_length(out: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    put(out);
    // A page has far fewer than 2^32 bytes.
    let length = u32::try_from(out.len() - at - 4).unwrap_or(u32::MAX);
    out[at..at + 4].copy_from_slice(&length.to_le_bytes());
}

#[cfg(test)]
mod tests;
