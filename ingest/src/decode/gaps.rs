//! Which rows of a column have a value, noted only where they have none.

use arrow::array::NullBufferBuilder;
use arrow::buffer::NullBuffer;

/// The rows without a value among those that a column has.
#[derive(Debug)]
pub(crate) struct Gaps {
    /// Reaches up to the end of the last gap; all rows behind it have a value.
    validity: NullBufferBuilder,
}

impl Gaps {
    pub(crate) fn new() -> Self {
        Self {
            validity: NullBufferBuilder::new(0),
        }
    }

    /// Notes a gap from row `start` on.
    pub(crate) fn add(&mut self, start: usize, rows: usize) {
        self.validity
            .append_n_non_nulls(start.saturating_sub(self.validity.len()));
        self.validity.append_n_nulls(rows);
    }

    /// The validity of that many rows, `None` if there was no gap; the next batch begins.
    pub(crate) fn finish(&mut self, rows: usize) -> Option<NullBuffer> {
        self.validity
            .append_n_non_nulls(rows.saturating_sub(self.validity.len()));
        self.validity.finish()
    }
}
