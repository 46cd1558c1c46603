//! Texts and bytes of which most are distinct: their lengths, then all their bytes.

use arrow::array::{Array, AsArray, GenericByteArray};
use arrow::datatypes::{BinaryType, ByteArrayType, DataType, Utf8Type};
use parquet::basic::Encoding;

use super::{misfit, valid_rows};
use crate::encode::bits::{Width, put_deltas};
use crate::error::SinkError;

/// A page with more bytes than this ends.
const PAGE_BYTES_MAX: usize = 1 << 20;

/// The texts of a column.
#[derive(Debug)]
pub(crate) struct Texts {
    lengths: Vec<i64>,
    bytes: Vec<u8>,
}

impl Texts {
    /// No texts yet.
    pub(crate) const fn new() -> Self {
        Self {
            lengths: Vec::new(),
            bytes: Vec::new(),
        }
    }

    pub(super) fn append(&mut self, array: &dyn Array) -> Result<(), SinkError> {
        match array.data_type() {
            DataType::Utf8 => self.extend::<Utf8Type>(array),
            DataType::Binary => self.extend::<BinaryType>(array),
            _ => None,
        }
        .ok_or_else(|| misfit(array, "texts"))
    }

    fn extend<T: ByteArrayType<Offset = i32>>(&mut self, array: &dyn Array) -> Option<()> {
        let array: &GenericByteArray<T> = array.as_bytes_opt()?;
        let offsets = array.value_offsets();
        let length = |row: usize| i64::from(offsets[row + 1]) - i64::from(offsets[row]);
        let at = |offset: i32| usize::try_from(offset).unwrap_or(0);
        if array.null_count() == 0 {
            self.lengths.extend((0..array.len()).map(length));
            let (first, last) = (offsets.first()?, offsets.last()?);
            let bytes = array.value_data().get(at(*first)..at(*last))?;
            self.bytes.extend_from_slice(bytes);
            return Some(());
        }
        for row in valid_rows(array) {
            self.lengths.push(length(row));
            let bytes = array
                .value_data()
                .get(at(offsets[row])..at(offsets[row + 1]))?;
            self.bytes.extend_from_slice(bytes);
        }
        Some(())
    }

    pub(super) const fn wants_new_page(&self) -> bool {
        self.bytes.len() >= PAGE_BYTES_MAX
    }

    pub(super) fn finish_page(&mut self, out: &mut Vec<u8>) -> Encoding {
        if self.lengths.is_empty() {
            return Encoding::PLAIN;
        }
        put_deltas(out, &self.lengths, Width::Bits32);
        out.extend_from_slice(&self.bytes);
        self.lengths.clear();
        self.bytes.clear();
        Encoding::DELTA_LENGTH_BYTE_ARRAY
    }

    pub(super) fn memory_bytes(&self) -> usize {
        8 * self.lengths.capacity() + self.bytes.capacity()
    }
}
