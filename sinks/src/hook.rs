//! Named points of a commit at which a test may end the process or return an error.

use std::fmt::Debug;

use schemas::table::Table;

/// A point of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommitPoint {
    /// No file of the commit is in the store yet.
    BeforeUpload,
    /// All files are in the store, no table names them.
    AfterUpload,
    /// The manifest of a reprice is in the store, no table knows of the reprice.
    AfterManifest,
    /// The table's log entry is about to be put.
    BeforeCommit(Table),
    /// The table's log entry is in the store; the caller does not know yet.
    AfterCommit(Table),
}

/// Whoever wants to know where a commit is.
pub trait CommitHook: Debug + Send + Sync {
    /// Called at each point, in order.
    fn at(&self, point: CommitPoint);
}

/// A hook that does nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoHook;

impl CommitHook for NoHook {
    fn at(&self, _point: CommitPoint) {}
}
