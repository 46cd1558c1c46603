//! What the windows of events differ by after the events were priced again.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::compute::kernels::numeric::neg;
use schemas::measure::{MEASURES, Merge};
use schemas::rollup::Rollup;
use schemas::window_rows::WindowRows;

use crate::error::AggregateError;
use crate::window_fold::{FoldOptions, WindowFold};
use crate::window_merge::merge_window_rows;

/// Sums up corrections of windows: new minus old of every summed measure.
///
/// Memory grows with the distinct groups since the last [`WindowDifference::finish`].
#[derive(Debug)]
pub struct WindowDifference {
    old: WindowFold,
    new: WindowFold,
}

impl WindowDifference {
    /// No difference yet, for these rollups.
    ///
    /// # Errors
    /// As [`WindowFold::new`].
    pub fn new(rollups: &[Rollup]) -> Result<Self, AggregateError> {
        let options = FoldOptions::default();
        Ok(Self {
            old: WindowFold::new(rollups.to_vec(), options)?,
            new: WindowFold::new(rollups.to_vec(), options)?,
        })
    }

    /// Takes in events as they were priced and as they are priced now.
    ///
    /// # Shape
    /// `old`, `new`: the same rows of [`schemas::priced::priced_schema`] in the same order.
    ///
    /// # Errors
    /// As [`WindowFold::fold`]; the difference is then lost.
    pub fn add(&mut self, old: &RecordBatch, new: &RecordBatch) -> Result<(), AggregateError> {
        self.old.fold(old)?;
        self.new.fold(new)
    }

    /// Bytes that the difference holds so far.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.old.memory_bytes() + self.new.memory_bytes()
    }

    /// Takes the corrections and starts anew.
    ///
    /// A sum that neither side has a value for is null. Maxima are null: no measure that is merged
    /// by maximum depends on a price.
    ///
    /// # Shape
    /// One [`WindowRows`] per rollup with rows; each row is another window and combination of
    /// dimensions of [`schemas::window_rows::window_schema`]. Measures may be negative.
    ///
    /// # Errors
    /// As [`WindowFold::finish`] and [`merge_window_rows`].
    pub fn finish(&mut self) -> Result<Vec<WindowRows>, AggregateError> {
        let (old, new) = (self.old.finish()?, self.new.finish()?);
        let mut by_rollup: BTreeMap<String, Vec<RecordBatch>> = BTreeMap::new();
        for part in new {
            by_rollup.entry(part.rollup).or_default().push(part.rows);
        }
        for part in old {
            let negated = with_measures(&part.rows, negated)?;
            by_rollup.entry(part.rollup).or_default().push(negated);
        }
        let rollups = by_rollup.into_iter();
        rollups
            .map(|(rollup, parts)| {
                let rows = with_measures(&merge_window_rows(&parts)?, without_maximum)?;
                Ok(WindowRows { rollup, rows })
            })
            .collect()
    }
}

/// The rows with each measure's column put through a function.
fn with_measures(
    rows: &RecordBatch,
    map: fn(Merge, &ArrayRef) -> Result<ArrayRef, AggregateError>,
) -> Result<RecordBatch, AggregateError> {
    let schema = rows.schema();
    let mut columns = rows.columns().to_vec();
    for measure in MEASURES {
        let at = schema.index_of(measure.column.name);
        let at = at.map_err(AggregateError::Rows)?;
        columns[at] = map(measure.merge, &columns[at])?;
    }
    RecordBatch::try_new(Arc::clone(&schema), columns).map_err(AggregateError::Rows)
}

fn negated(merge: Merge, column: &ArrayRef) -> Result<ArrayRef, AggregateError> {
    match merge {
        Merge::Sum => neg(column).map_err(AggregateError::Rows),
        Merge::Max => Ok(Arc::clone(column)),
    }
}

fn without_maximum(merge: Merge, column: &ArrayRef) -> Result<ArrayRef, AggregateError> {
    match merge {
        Merge::Sum => Ok(Arc::clone(column)),
        Merge::Max => Ok(new_null_array(column.data_type(), column.len())),
    }
}
