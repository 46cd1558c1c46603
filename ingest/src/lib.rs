//! Reading token-usage events: Kafka and files in, decoded and checked batches out.
//!
//! - [`decode`]: bytes of one message to columns of an event, or a reject
//! - [`dedup`]: which events were met before
//! - [`kafka`]: the topic, read where it is decoded
//! - [`file_source`]: files of events, for backfills
//! - [`span_tracker`]: the account of every offset that was read
//! - [`planted_bug`]: a bug that tests plant, and the product does not have
//!
//! The only crate that knows rdkafka.

pub mod decode;
pub mod dedup;
mod error;
pub mod file_source;
pub mod kafka;
pub mod planted_bug;
pub mod span_tracker;

pub use error::IngestError;
