//! One rollup's part of a fold: packs the ids of its groups and has DataFusion sum over them.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    UInt32Array, UInt64Array, new_null_array,
};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, UInt64Type};
use schemas::rollup::{Dimension, Rollup};
use schemas::window_rows::{WindowRows, window_schema};

use crate::error::AggregateError;
use crate::group_key::KeyLayout;
use crate::grouped_sums::{GroupedSums, Parts};
use crate::packed_part::unpack;

/// The texts and window starts that stand behind a rollup's ids.
#[derive(Debug)]
pub(crate) struct Names<'a> {
    /// The start of each window, microseconds since the Unix epoch.
    pub(crate) window_starts_us: &'a [i64],
    /// The texts of each of the rollup's dimensions, null at id zero.
    pub(crate) texts: Vec<&'a StringArray>,
}

/// The groups of one rollup in one epoch.
#[derive(Debug)]
pub(crate) struct RollupFold {
    rollup: Rollup,
    output_rows_max: usize,
    layout: KeyLayout,
    sums: Option<GroupedSums>,
}

impl RollupFold {
    /// No groups yet. Batches of finished rows hold at most `output_rows_max`.
    pub(crate) fn new(rollup: Rollup, output_rows_max: usize) -> Self {
        let no_ids = vec![1; rollup.dimensions.len() + 1];
        Self {
            layout: KeyLayout::for_counts(&no_ids),
            rollup,
            output_rows_max,
            sums: None,
        }
    }

    /// Makes room for this many distinct ids: of windows, then of each dimension.
    pub(crate) fn make_room(&mut self, counts: &[usize]) -> Result<(), AggregateError> {
        if self.layout.holds(counts) {
            return Ok(());
        }
        let layout = KeyLayout::for_counts(counts);
        let narrow = std::mem::replace(&mut self.layout, layout);
        let Some(sums) = self.sums.take() else {
            return Ok(());
        };
        // The groups so far are parts like any other: they are merged again under wider keys.
        for Parts { keys, packed } in sums.finish()? {
            let keys = key_words(&keys);
            let ids: Vec<Vec<u32>> = (0..counts.len())
                .map(|field| narrow.unpack(field, &keys))
                .collect();
            let ids: Vec<&[u32]> = ids.iter().map(Vec::as_slice).collect();
            self.add(&ids, packed)?;
        }
        Ok(())
    }

    /// Adds rows to their groups.
    ///
    /// # Shape
    /// `ids`: the window of each row, then its label in each dimension, all within the room made;
    /// `packed`: what each row adds, as [`crate::packed_part`] packs it.
    pub(crate) fn add(&mut self, ids: &[&[u32]], packed: ArrayRef) -> Result<(), AggregateError> {
        let rows = ids.first().map_or(0, |ids| ids.len());
        let keys = self
            .layout
            .pack(ids, rows)
            .into_iter()
            .map(|word| -> ArrayRef { Arc::new(UInt64Array::from(word)) })
            .collect();
        let sums = match &mut self.sums {
            Some(sums) => sums,
            none => none.insert(start_sums(&self.layout, self.output_rows_max)?),
        };
        sums.add(Parts { keys, packed })
    }

    /// Bytes held.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.sums.as_ref().map_or(0, GroupedSums::memory_bytes)
    }

    /// Forgets the groups.
    pub(crate) fn reset(&mut self) {
        self.sums = None;
    }

    /// Takes the groups as rows of windows; the fold is empty after it.
    pub(crate) fn finish(&mut self, names: &Names<'_>) -> Result<Vec<WindowRows>, AggregateError> {
        let groups = match self.sums.take() {
            Some(sums) => sums.finish()?,
            None => Vec::new(),
        };
        groups
            .iter()
            .map(|groups| {
                Ok(WindowRows {
                    rollup: self.rollup.name.clone(),
                    rows: self.named_rows(groups, names)?,
                })
            })
            .collect()
    }

    fn named_rows(&self, groups: &Parts, names: &Names<'_>) -> Result<RecordBatch, AggregateError> {
        let keys = key_words(&groups.keys);
        let starts = self.layout.unpack(0, &keys);
        let rows = starts.len();
        let starts = starts.iter().map(|&id| names.window_starts_us[id as usize]);
        let starts = TimestampMicrosecondArray::from_iter_values(starts).with_timezone("UTC");
        let width_s = i64::from(self.rollup.window_seconds);
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(starts),
            Arc::new(Int64Array::from_value(width_s, rows)),
        ];
        for dimension in Dimension::ALL {
            columns.push(self.label_column(dimension, &keys, rows, names)?);
        }
        columns.extend(unpack(&groups.packed)?);
        RecordBatch::try_new(window_schema(), columns).map_err(AggregateError::Rows)
    }

    fn label_column(
        &self,
        dimension: Dimension,
        keys: &[&[u64]],
        rows: usize,
        names: &Names<'_>,
    ) -> Result<ArrayRef, AggregateError> {
        let position = self.rollup.dimensions.iter().position(|&d| d == dimension);
        let Some(position) = position else {
            return Ok(new_null_array(&DataType::Utf8, rows));
        };
        let ids = UInt32Array::from(self.layout.unpack(position + 1, keys));
        take(names.texts[position], &ids, None).map_err(AggregateError::Rows)
    }
}

fn start_sums(layout: &KeyLayout, output_rows_max: usize) -> Result<GroupedSums, AggregateError> {
    let keys: Vec<Field> = (0..layout.words())
        .map(|word| Field::new(format!("key_{word}"), DataType::UInt64, false))
        .collect();
    GroupedSums::start(&keys, output_rows_max)
}

fn key_words(columns: &[ArrayRef]) -> Vec<&[u64]> {
    columns
        .iter()
        .map(|column| column.as_primitive::<UInt64Type>().values().as_ref())
        .collect()
}
