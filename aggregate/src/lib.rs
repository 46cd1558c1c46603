//! Prices events and rolls them up into cost windows.
//!
//! - [`pricing`]: prices each event of a batch
//! - [`window_fold`]: folds the priced events of an epoch into additive parts of windows
//! - [`window_merge`]: merges the parts of windows into one row each, for table maintenance
//! - [`window_difference`]: what windows differ by after their events were priced again
//! - [`error`]: what can fail
//!
//! Knows DataFusion; knows no Kafka and no storage.

pub mod error;
mod event_measures;
mod group_key;
mod grouped_sums;
mod label_ids;
mod packed_part;
mod part_sums;
pub mod pricing;
mod rollup_fold;
mod sum_bounds;
pub mod window_difference;
pub mod window_fold;
mod window_ids;
pub mod window_merge;

pub use error::AggregateError;
pub use pricing::Pricer;
pub use window_difference::WindowDifference;
pub use window_fold::{FoldOptions, WindowFold};
pub use window_merge::merge_window_rows;
