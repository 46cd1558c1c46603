//! Columns of maps from a name to a value.

use std::sync::Arc;

use arrow::array::NullBufferBuilder;
use arrow::array::{ArrayRef, Decimal128Builder, MapArray, StringBuilder, StructArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use schemas::money::{MONEY_PRECISION, MONEY_SCALE};

/// Where rows begin and end among the entries of a map column; a row that is passed over is null.
#[derive(Debug)]
struct MapRows {
    offsets: Vec<i32>,
    validity: NullBufferBuilder,
}

impl MapRows {
    fn new() -> Self {
        Self {
            offsets: vec![0],
            validity: NullBufferBuilder::new(0),
        }
    }

    /// Ends a row behind all that have one, at the given count of entries.
    fn set(&mut self, row: usize, entries: usize) {
        self.pad(row);
        // Entries are far fewer than the bytes of a batch, which an i32 counts.
        self.offsets
            .push(i32::try_from(entries).unwrap_or(i32::MAX));
        self.validity.append_non_null();
    }

    fn pad(&mut self, rows: usize) {
        let missing = (rows + 1).saturating_sub(self.offsets.len());
        if missing > 0 {
            let end = self.offsets.last().copied().unwrap_or_default();
            self.offsets.resize(rows + 1, end);
            self.validity.append_n_nulls(missing);
        }
    }

    fn finish(
        &mut self,
        rows: usize,
        data_type: &DataType,
        names: ArrayRef,
        values: ArrayRef,
    ) -> Result<ArrayRef, ArrowError> {
        self.pad(rows);
        let Self {
            offsets,
            mut validity,
        } = std::mem::replace(self, Self::new());
        let DataType::Map(entry, is_sorted) = data_type else {
            return Err(ArrowError::SchemaError(format!("{data_type} is no map")));
        };
        let DataType::Struct(fields) = entry.data_type() else {
            return Err(ArrowError::SchemaError(format!(
                "{data_type} has no entries"
            )));
        };
        let entries = StructArray::try_new(fields.clone(), vec![names, values], None)?;
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        let map = MapArray::try_new(
            Arc::clone(entry),
            offsets,
            entries,
            validity.finish(),
            *is_sorted,
        )?;
        Ok(Arc::new(map))
    }
}

/// Rows of texts by name.
#[derive(Debug)]
pub(crate) struct TextMapColumn {
    rows: MapRows,
    names: StringBuilder,
    texts: StringBuilder,
}

impl TextMapColumn {
    pub(crate) fn new() -> Self {
        Self {
            rows: MapRows::new(),
            names: StringBuilder::new(),
            texts: StringBuilder::new(),
        }
    }

    /// Sets the map of a row behind all that have one.
    pub(crate) fn set(&mut self, row: usize, entries: &[(&str, &str)]) {
        for (name, text) in entries {
            self.names.append_value(name);
            self.texts.append_value(text);
        }
        self.rows.set(row, self.names.offsets_slice().len() - 1);
    }

    /// The column of that many rows; the next batch begins.
    pub(crate) fn finish(
        &mut self,
        rows: usize,
        data_type: &DataType,
    ) -> Result<ArrayRef, ArrowError> {
        let names = Arc::new(self.names.finish());
        let texts = Arc::new(self.texts.finish());
        self.rows.finish(rows, data_type, names, texts)
    }
}

/// Rows of quantities by name.
#[derive(Debug)]
pub(crate) struct QuantityMapColumn {
    rows: MapRows,
    names: StringBuilder,
    quantities: Decimal128Builder,
}

impl QuantityMapColumn {
    pub(crate) fn new() -> Self {
        Self {
            rows: MapRows::new(),
            names: StringBuilder::new(),
            quantities: Decimal128Builder::new(),
        }
    }

    /// Sets the map of a row behind all that have one; quantities count 10^-12.
    pub(crate) fn set<'a>(&mut self, row: usize, entries: impl Iterator<Item = (&'a str, i128)>) {
        for (name, quantity) in entries {
            self.names.append_value(name);
            self.quantities.append_value(quantity);
        }
        self.rows.set(row, self.names.offsets_slice().len() - 1);
    }

    /// The column of that many rows; the next batch begins.
    pub(crate) fn finish(
        &mut self,
        rows: usize,
        data_type: &DataType,
    ) -> Result<ArrayRef, ArrowError> {
        let names = Arc::new(self.names.finish());
        let quantities = self
            .quantities
            .finish()
            .with_precision_and_scale(MONEY_PRECISION, MONEY_SCALE)?;
        self.rows
            .finish(rows, data_type, names, Arc::new(quantities))
    }
}
