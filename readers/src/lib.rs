//! The reading side: opens the lake for SQL, tells how far it is, serves the status pages.
//!
//! Nothing here writes. Tables are read at their newest version, each query on a snapshot of
//! its own.
//!
//! - [`lake`]: [`LakeReader`], the door to everything that reads tables
//! - [`query`]: which statements may run, and where in them an error lies
//! - [`views`]: what analysts find beside the tables, `functions`: what SQL can call beside its own;
//!   [`catalog`]: all tables and views with descriptions
//! - [`alerts`]: rules over cost windows, from the rows that a commit added to changes of state
//! - [`event_scan`]: pruned reads of `events` and `rejects` for workers that start or catch up;
//!   `event_span`: the events of a span of time; `partition_filter`: rows of a Kafka partition;
//!   `row_columns`: what was read in the types in which it is handed on
//! - [`stored_event`]: single events by their id, for people who ask about one
//! - [`partitions`]: how far each Kafka partition is, from the transactions of the Delta logs
//! - `dead_letters`: alerts that a receiver will not get, which the lake keeps beside its tables
//! - [`price_books`]: the books that priced events, which the lake keeps beside its tables
//! - [`output`]: results as a table, CSV or JSON
//! - [`status_server`]: the HTTP pages of a worker

pub mod alerts;
pub mod catalog;
mod completeness;
mod dead_letters;
pub mod error;
pub mod event_scan;
mod event_span;
mod functions;
pub mod lake;
pub mod output;
mod partition_filter;
pub mod partitions;
pub mod price_books;
pub mod query;
mod row_columns;
pub mod status_server;
pub mod stored_event;
mod tables;
#[cfg(test)]
mod test_lake;
mod txn_log;
pub mod views;

pub use error::ReaderError;
pub use lake::{LakeReader, QueryResult, QueryRows};
