//! What can fail while events are priced and rolled up.

use arrow::error::ArrowError;
use datafusion::error::DataFusionError;

/// Why a batch could not be priced or rolled up.
///
/// None of these is caused by an event that decoding let through: they name a broken promise of
/// another stage or an exhausted resource, and the epoch must be dropped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AggregateError {
    /// A rollup of the config cannot be kept.
    #[error("rollup {rollup:?} {reason}")]
    Rollup {
        /// The rollup's name.
        rollup: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A batch lacks a column or holds another type in it.
    #[error("the batch's column {column:?} is missing or has the wrong type")]
    Column {
        /// The column's name.
        column: String,
    },
    /// The texts of one dimension outgrew what an epoch can hold.
    #[error("the distinct values of {column} in one epoch exceed 2 GiB")]
    LabelsTooLarge {
        /// The dimension's column.
        column: &'static str,
    },
    /// A sum might exceed its column; it would wrap silently.
    #[error("the sum of {measure} exceeds what its column holds")]
    SumOverflow {
        /// The measure's column.
        measure: &'static str,
    },
    /// An earlier batch of the epoch failed half-way, so its windows are not whole.
    #[error("an earlier batch failed: the epoch must be dropped")]
    EpochLost,
    /// DataFusion could not plan or run the grouping of windows.
    #[error("grouping events into windows failed")]
    Grouping(#[source] DataFusionError),
    /// The priced rows could not be put together.
    #[error("assembling priced events failed")]
    Pricing(#[source] ArrowError),
    /// The finished rows could not be put together.
    #[error("assembling window rows failed")]
    Rows(#[source] ArrowError),
}
