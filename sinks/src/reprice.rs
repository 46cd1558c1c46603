//! Pricing a span of event time again, exactly once, while workers run.
//!
//! `events` is rewritten in one commit: files that hold rows whose price changes are replaced by
//! files with the same rows in the same order, and new values in the columns of the price. What
//! the sums of windows differ by enters `cost_windows` in a second commit, as additive rows. The
//! order of both, and what follows from a stop in between, stands in `decision`.
//!
//! - [`RepriceSelection`]: which events; [`RepriceDifference`]: what changes
//! - `decision`: what to do next, as a pure function of facts; `work`: the edge that reads the
//!   facts and executes the decision
//! - `behind`: partitions whose windows must be committed first
//! - `piece`: some files and their corrections; `rewrite`: one file; `rows`: one batch of it
//! - `rollups`: whether corrections go to the rollups that the windows have
//! - `manifest`: the second commit, written down; `finish`: making it, whoever comes next

use std::error::Error;
use std::fmt::Debug;
use std::time::Duration;

use arrow::array::RecordBatch;
use schemas::window_rows::WindowRows;

use self::decision::{RepriceDecision, decide};
use self::work::Work;
use crate::error::SinkError;
use crate::lake::Lake;

mod behind;
pub(crate) mod decision;
mod difference;
mod finish;
mod manifest;
mod piece;
mod rewrite;
mod rollups;
mod rows;
mod selection;
mod work;

pub use behind::PartitionBehind;
pub use difference::{RepriceAmounts, RepriceDifference};
pub use selection::RepriceSelection;

/// A failure of the caller's own.
pub type RepricerError = Box<dyn Error + Send + Sync>;

/// Prices stored events by another book, and sums up what the windows differ by.
pub trait Repricer: Debug + Send {
    /// Prices rows anew.
    ///
    /// # Shape
    /// In: rows of [`schemas::priced::priced_schema`] as they are stored. Out: the same rows in
    /// the same order with new values in [`schemas::priced::PRICE_COLUMNS`].
    /// # Errors
    /// What the caller's pricing says; the reprice then commits nothing.
    fn price(&mut self, stored: &RecordBatch) -> Result<RecordBatch, RepricerError>;

    /// Takes in rows whose cost or status changes, as they are stored and priced anew.
    ///
    /// # Errors
    /// As [`Repricer::price`].
    fn correct(&mut self, old: &RecordBatch, new: &RecordBatch) -> Result<(), RepricerError>;

    /// Bytes that the corrections hold so far.
    fn memory_bytes(&self) -> usize;

    /// The corrections of windows since the last call: new minus old of every summed measure.
    ///
    /// # Errors
    /// As [`Repricer::price`].
    fn take_corrections(&mut self) -> Result<Vec<WindowRows>, RepricerError>;
}

/// What shall be priced again.
#[derive(Debug, Clone)]
pub struct RepriceRequest {
    /// Which events.
    pub selection: RepriceSelection,
    /// The book's short id, for the log's reader.
    pub price_book: String,
    /// Whether nothing shall be committed.
    pub is_dry_run: bool,
    /// How long to wait for windows that are behind their events.
    pub behind_wait_max: Duration,
}

/// What a reprice did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RepriceReport {
    /// What changes.
    pub difference: RepriceDifference,
    /// Files of `events` that were read.
    pub files_read: usize,
    /// Files of `events` of which a row changes: they are replaced.
    pub files_replaced: usize,
    /// The version of `events` with the new prices; `None` if nothing was committed.
    pub events_version: Option<u64>,
}

/// How a reprice ended.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepriceOutcome {
    /// Both tables have the new prices.
    Repriced(RepriceReport),
    /// A dry run: this would change.
    Planned(RepriceReport),
    /// Every price is as the book says; nothing was committed.
    Unchanged(RepriceReport),
    /// Windows are behind their events and did not catch up in time; nothing was committed.
    Behind(Vec<PartitionBehind>),
    /// It took longer than uploaded files may wait; nothing was committed.
    Expired,
    /// Other reprices or merges were faster each time; nothing was committed.
    Contended,
}

impl Lake {
    /// Prices a span of event time again.
    ///
    /// Events that a worker commits meanwhile stay at the worker's price. If this is stopped
    /// before its commit, everything is as it was; behind it, the rest is done by whoever opens
    /// or maintains the lake next.
    ///
    /// # Errors
    /// [`SinkError::Reprice`] for what the repricer says, [`SinkError::ForeignColumns`] for a file
    /// that cannot be written anew, [`SinkError::RollupsDiffer`] if corrections would go to other
    /// rollups than the windows have, [`SinkError::Store`] and others as they come.
    pub async fn reprice(
        &self,
        request: RepriceRequest,
        repricer: Box<dyn Repricer>,
    ) -> Result<RepriceOutcome, SinkError> {
        let mut work = Work::new(self, request, repricer);
        loop {
            match decide(&work.facts()) {
                RepriceDecision::Look => work.look().await?,
                RepriceDecision::Finish => work.finish().await?,
                RepriceDecision::Wait => work.wait().await?,
                RepriceDecision::Plan => work.plan().await?,
                RepriceDecision::Commit => work.commit().await?,
                RepriceDecision::Again => work.again(),
                RepriceDecision::Refuse => {
                    let seen = self.reprice_standing().await?;
                    return Err(self.contradiction(&seen));
                }
                RepriceDecision::Behind => return Ok(RepriceOutcome::Behind(work.behind)),
                RepriceDecision::Unchanged => return Ok(RepriceOutcome::Unchanged(work.report())),
                RepriceDecision::Report => return Ok(RepriceOutcome::Planned(work.report())),
                RepriceDecision::Done => return Ok(RepriceOutcome::Repriced(work.report())),
                RepriceDecision::Expired => return Ok(RepriceOutcome::Expired),
                RepriceDecision::GiveUp => return Ok(RepriceOutcome::Contended),
            }
        }
    }
}
