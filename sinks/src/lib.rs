//! The lake: Delta tables on an object store, and the only code that writes to it.
//!
//! [`EpochWriter`] encodes a span of work into Parquet in memory and seals it as a
//! [`SealedEpoch`]; [`Lake`] uploads its files and commits it to the tables, exactly once, and
//! keeps the tables small.
//!
//! The protocol, in the order of the modules:
//!
//! - [`app_ids`]: what the `txn` actions are called, by which a table says how far each Kafka
//!   partition is in it; [`paths`]: where every object lies
//! - `raw_log`, `checkpoint`: a log as it lies in the store; `log_entry`, `log_state`: what one
//!   commit says, and what all commits so far add up to
//! - `commit_decision`: what to do next, as a pure function of facts; `table_log`: the edge that
//!   reads the facts and executes the decision
//! - `table_definition`: what our tables are created with, and whether an existing one fits
//! - [`epoch`], `encode`: rows to Parquet files; `upload`: files to the store
//! - [`lake`]: the order of commits over the tables; [`progress`]: how far they are
//! - [`maintenance`]: merging files, checkpoints, clearing what nobody reads
//! - [`alert_log`]: changes of alerts, numbered; who has been told of which
//! - [`reprice`]: pricing a span of events again; `price_books`: the books that priced them
//! - `dead_letters`: alerts that a receiver will not get
//! - `file_set`: which files a table has; `stored_rows`: the rows of one
//! - [`settings`], [`error`], [`hook`]: what may be chosen, what may fail, where tests may stop;
//!   `lake_context`: what all tables of a lake share
//! - [`planted_bug`]: bugs that tests plant, and the product does not have

pub mod alert_log;
pub mod app_ids;
mod checkpoint;
mod commit_decision;
mod dead_letters;
mod encode;
pub mod epoch;
pub mod error;
mod file_set;
pub mod hook;
pub mod lake;
mod lake_context;
mod log_entry;
mod log_state;
pub mod maintenance;
pub mod paths;
pub mod planted_bug;
mod preflight;
mod price_books;
pub mod progress;
mod raw_log;
pub mod reprice;
pub mod settings;
mod stored_rows;
mod table_definition;
mod table_log;
mod upload;

pub use alert_log::{AlertLog, AlertsOutcome};
pub use epoch::{EpochWriter, SealRequest, SealedEpoch, Topic};
pub use error::{RetryHint, SinkError, advice};
pub use lake::Lake;
pub use maintenance::{MaintenancePolicy, MaintenanceReport, MergeWindows};
pub use progress::{CommitOutcome, CommitReport, PartitionProgress, SeedOutcome};
pub use reprice::{
    PartitionBehind, RepriceOutcome, RepriceReport, RepriceRequest, RepriceSelection, Repricer,
};
pub use settings::LakeSettings;
