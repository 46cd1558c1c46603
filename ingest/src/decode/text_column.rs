//! A column of texts of which most are distinct.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};

/// Rows of one text; a row that is passed over is null.
#[derive(Debug)]
pub(crate) struct TextColumn {
    texts: StringBuilder,
}

impl TextColumn {
    pub(crate) fn new() -> Self {
        Self {
            texts: StringBuilder::new(),
        }
    }

    /// Sets the value of a row behind all that have one.
    #[inline]
    pub(crate) fn set(&mut self, row: usize, value: &str) {
        self.pad(row);
        self.texts.append_value(value);
    }

    #[inline]
    fn pad(&mut self, rows: usize) {
        let missing = rows.saturating_sub(self.rows());
        if missing > 0 {
            self.texts.append_nulls(missing);
        }
    }

    fn rows(&self) -> usize {
        self.texts.offsets_slice().len() - 1
    }

    /// The column of that many rows; the next batch begins.
    pub(crate) fn finish(&mut self, rows: usize) -> ArrayRef {
        self.pad(rows);
        // The next batch is likely to be as long.
        let next = StringBuilder::with_capacity(rows, self.texts.values_slice().len());
        Arc::new(std::mem::replace(&mut self.texts, next).finish())
    }
}
