//! Folds the priced events of an epoch into additive parts of cost windows.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{Int32Type, TimestampMicrosecondType};
use schemas::rollup::{Dimension, Rollup};
use schemas::window_rows::WindowRows;

use crate::error::AggregateError;
use crate::event_measures::{EventMeasures, named, wrong_column};
use crate::label_ids::LabelIds;
use crate::packed_part::pack;
use crate::rollup_fold::{Names, RollupFold};
use crate::sum_bounds::SumBounds;
use crate::window_ids::WindowIds;

const TIME_COLUMN: &str = "event_time";

/// How a fold works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoldOptions {
    /// Rows of one [`WindowRows`] at most; at least 1. A rollup with more groups is handed out in
    /// several, so that no column of texts outgrows its 2 GiB.
    pub output_rows_max: usize,
}

impl Default for FoldOptions {
    fn default() -> Self {
        Self {
            output_rows_max: 1 << 20,
        }
    }
}

/// Folds priced events into windows, one batch at a time; one for each thread that consumes.
///
/// Labels become integers once per distinct text of a batch, so that events are grouped over
/// integers. Memory grows with the distinct groups and labels of an epoch, not with its events.
#[derive(Debug)]
pub struct WindowFold {
    rollups: Vec<RollupSources>,
    labels: Vec<DimensionLabels>,
    windows: Vec<WindowColumn>,
    measures: EventMeasures,
    bounds: SumBounds,
    /// A batch failed half-way: what is folded stands for no whole number of batches.
    epoch_lost: bool,
}

/// A rollup, and where among the fold's columns its ids stand.
#[derive(Debug)]
struct RollupSources {
    fold: RollupFold,
    windows: usize,
    labels: Vec<usize>,
}

/// The ids of one dimension, and those of the batch at hand.
#[derive(Debug)]
struct DimensionLabels {
    dimension: Dimension,
    known: LabelIds,
    ids: Vec<u32>,
}

/// The windows of one width, and those of the batch at hand.
#[derive(Debug)]
struct WindowColumn {
    known: WindowIds,
    ids: Vec<u32>,
}

impl WindowFold {
    /// An empty fold that keeps these rollups.
    ///
    /// # Errors
    /// [`AggregateError::Rollup`] if a name is empty or taken, windows have no width, or a
    /// dimension is named twice.
    pub fn new(rollups: Vec<Rollup>, options: FoldOptions) -> Result<Self, AggregateError> {
        check_rollups(&rollups)?;
        let mut fold = Self {
            rollups: Vec::new(),
            labels: Vec::new(),
            windows: Vec::new(),
            measures: EventMeasures::default(),
            bounds: SumBounds::new(),
            epoch_lost: false,
        };
        for rollup in rollups {
            let sources = RollupSources {
                windows: fold.windows_of(rollup.window_seconds),
                labels: rollup
                    .dimensions
                    .iter()
                    .map(|&d| fold.labels_of(d))
                    .collect(),
                fold: RollupFold::new(rollup, options.output_rows_max.max(1)),
            };
            fold.rollups.push(sources);
        }
        Ok(fold)
    }

    /// Adds events to their windows.
    ///
    /// # Shape
    /// `priced`: any number of rows of [`schemas::priced::priced_schema`]; dictionaries are valid
    /// for their batch only.
    ///
    /// # Errors
    /// [`AggregateError::Column`] if the batch has another schema, [`AggregateError::SumOverflow`]
    /// if a sum might wrap, [`AggregateError::LabelsTooLarge`] if the epoch's labels exceed 2 GiB.
    /// After an error some rollups may have the batch and others not, so the epoch is lost: every
    /// call returns [`AggregateError::EpochLost`] until [`Self::reset`] or [`Self::finish`].
    pub fn fold(&mut self, priced: &RecordBatch) -> Result<(), AggregateError> {
        if self.epoch_lost {
            return Err(AggregateError::EpochLost);
        }
        let outcome = self.fold_batch(priced);
        self.epoch_lost = outcome.is_err();
        outcome
    }

    /// Bytes that the epoch holds so far: sums, keys, labels and scratch space.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let rollups = self.rollups.iter().map(|rollup| rollup.fold.memory_bytes());
        let labels = self
            .labels
            .iter()
            .map(|labels| labels.known.memory_bytes() + labels.ids.capacity() * size_of::<u32>());
        let windows = self.windows.iter().map(|windows| {
            windows.known.memory_bytes() + windows.ids.capacity() * size_of::<u32>()
        });
        rollups.sum::<usize>()
            + labels.sum::<usize>()
            + windows.sum::<usize>()
            + self.measures.memory_bytes()
    }

    /// Takes the parts of all windows that this epoch touched and starts the next one.
    ///
    /// # Shape
    /// One [`WindowRows`] per rollup with rows (more past [`FoldOptions::output_rows_max`]), in
    /// the order of the rollups; each row is another window and combination of dimensions of
    /// [`schemas::window_rows::window_schema`]; rows are in no order.
    ///
    /// # Errors
    /// [`AggregateError::EpochLost`] after a batch that failed, [`AggregateError::Grouping`] or
    /// [`AggregateError::Rows`]; no part is handed out then, and the next epoch starts.
    pub fn finish(&mut self) -> Result<Vec<WindowRows>, AggregateError> {
        let parts = if self.epoch_lost {
            Err(AggregateError::EpochLost)
        } else {
            self.take_parts()
        };
        self.reset();
        parts
    }

    /// Drops what this epoch has folded so far.
    pub fn reset(&mut self) {
        for rollup in &mut self.rollups {
            rollup.fold.reset();
        }
        for labels in &mut self.labels {
            labels.known.reset();
        }
        for windows in &mut self.windows {
            windows.known.reset();
        }
        self.bounds.reset();
        self.epoch_lost = false;
    }

    fn take_parts(&mut self) -> Result<Vec<WindowRows>, AggregateError> {
        let texts: Vec<StringArray> = self
            .labels
            .iter()
            .map(|labels| labels.known.texts())
            .collect::<Result<_, _>>()
            .map_err(AggregateError::Rows)?;
        let mut parts = Vec::new();
        for rollup in &mut self.rollups {
            let names = Names {
                window_starts_us: self.windows[rollup.windows].known.starts_us(),
                texts: rollup.labels.iter().map(|&at| &texts[at]).collect(),
            };
            parts.append(&mut rollup.fold.finish(&names)?);
        }
        Ok(parts)
    }

    fn fold_batch(&mut self, priced: &RecordBatch) -> Result<(), AggregateError> {
        if priced.num_rows() == 0 {
            return Ok(());
        }
        let measures = self.measures.columns(priced)?;
        self.bounds.add(&measures)?;
        self.assign_windows(priced)?;
        for labels in &mut self.labels {
            labels.assign(priced)?;
        }
        let packed = pack(&measures, priced.num_rows())?;
        for rollup in &mut self.rollups {
            rollup.add(&self.windows, &self.labels, &packed)?;
        }
        Ok(())
    }

    fn assign_windows(&mut self, priced: &RecordBatch) -> Result<(), AggregateError> {
        let times = named(priced, TIME_COLUMN)?
            .as_primitive_opt::<TimestampMicrosecondType>()
            .filter(|times| times.null_count() == 0)
            .ok_or_else(|| wrong_column(TIME_COLUMN))?;
        for windows in &mut self.windows {
            windows.known.assign(times.values(), &mut windows.ids);
        }
        Ok(())
    }

    /// The place of the windows of this width, which rollups share.
    fn windows_of(&mut self, width_s: u32) -> usize {
        let known = self
            .windows
            .iter()
            .position(|windows| windows.known.width_s() == width_s);
        known.unwrap_or_else(|| {
            self.windows.push(WindowColumn {
                known: WindowIds::new(width_s),
                ids: Vec::new(),
            });
            self.windows.len() - 1
        })
    }

    /// The place of the labels of this dimension, which rollups share.
    fn labels_of(&mut self, dimension: Dimension) -> usize {
        let known = self
            .labels
            .iter()
            .position(|labels| labels.dimension == dimension);
        known.unwrap_or_else(|| {
            self.labels.push(DimensionLabels {
                dimension,
                known: LabelIds::new(),
                ids: Vec::new(),
            });
            self.labels.len() - 1
        })
    }
}

impl RollupSources {
    /// Adds the events of the batch at hand.
    fn add(
        &mut self,
        windows: &[WindowColumn],
        labels: &[DimensionLabels],
        packed: &ArrayRef,
    ) -> Result<(), AggregateError> {
        let window = &windows[self.windows];
        let mut ids = vec![window.ids.as_slice()];
        let mut counts = vec![window.known.starts_us().len()];
        for dimension in self.labels.iter().map(|&at| &labels[at]) {
            ids.push(&dimension.ids);
            counts.push(dimension.known.count());
        }
        self.fold.make_room(&counts)?;
        self.fold.add(&ids, Arc::clone(packed))
    }
}

impl DimensionLabels {
    fn assign(&mut self, priced: &RecordBatch) -> Result<(), AggregateError> {
        let column = self.dimension.column();
        let labels = named(priced, column)?
            .as_dictionary_opt::<Int32Type>()
            .ok_or_else(|| wrong_column(column))?;
        let values = labels
            .values()
            .as_string_opt::<i32>()
            .ok_or_else(|| wrong_column(column))?;
        self.known
            .assign(labels, values, &mut self.ids)
            .map_err(|_| AggregateError::LabelsTooLarge { column })
    }
}

fn check_rollups(rollups: &[Rollup]) -> Result<(), AggregateError> {
    let mut names = HashSet::new();
    for rollup in rollups {
        let mut dimensions = HashSet::new();
        let reason = if rollup.name.is_empty() {
            "has no name"
        } else if !names.insert(rollup.name.as_str()) {
            "is defined twice"
        } else if rollup.window_seconds == 0 {
            "has windows of no width"
        } else if !rollup.dimensions.iter().all(|d| dimensions.insert(d)) {
            "names a dimension twice"
        } else {
            continue;
        };
        return Err(AggregateError::Rollup {
            rollup: rollup.name.clone(),
            reason,
        });
    }
    Ok(())
}
