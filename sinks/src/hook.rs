//! Named points of the work on a lake at which a test may end the process or return an error.

use std::fmt::Debug;

use schemas::table::Table;

/// What a point is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Job {
    /// Creating tables that are missing.
    Open,
    /// Beginning partitions.
    Seed,
    /// Committing an epoch.
    Epoch,
    /// Committing windows that `events` is ahead of.
    CatchUp,
    /// Replacing files by one.
    Merge,
    /// Checkpoints, and deleting what nobody reads.
    Clear,
    /// Pricing stored events again.
    Reprice,
    /// Committing changes of alerts, and what receivers have of them.
    Alerts,
}

/// A point of the work on a lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommitPoint {
    /// No file of the commit is in the store yet.
    BeforeUpload,
    /// A data file of the table is about to be put.
    BeforeFile(Table),
    /// A data file of the table is in the store.
    AfterFile(Table),
    /// All files are in the store, no table names them.
    AfterUpload,
    /// The manifest of a reprice is in the store, no table knows of the reprice.
    AfterManifest,
    /// The table's log entry is about to be put.
    BeforeCommit(Table),
    /// The table's log entry is in the store; the caller does not know yet.
    AfterCommit(Table),
    /// A checkpoint of the table is about to be written.
    BeforeCheckpoint(Table),
    /// The checkpoint is in the store.
    AfterCheckpoint(Table),
    /// Old entries of the table's log are about to be deleted.
    BeforeLogClearing(Table),
    /// They are deleted.
    AfterLogClearing(Table),
    /// Files of the table that nobody reads are known and about to be deleted.
    BeforeFileClearing(Table),
    /// They are deleted.
    AfterFileClearing(Table),
}

/// Whoever wants to know where the work is.
pub trait CommitHook: Debug + Send + Sync {
    /// Called at each point, in order.
    fn at(&self, job: Job, point: CommitPoint);
}

/// A hook that does nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoHook;

impl CommitHook for NoHook {
    fn at(&self, _job: Job, _point: CommitPoint) {}
}
