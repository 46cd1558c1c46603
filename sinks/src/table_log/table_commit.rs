//! What one commit to one table asks for, and what becomes of it.

use schemas::position::SourcePartition;

use crate::hook::Job;
use crate::log_entry::CommitInfo;

/// That a transaction stands at `expected` and shall stand at `next`.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) app_id: String,
    /// Whose offset it is; `None` for the table's own transactions.
    pub(crate) source: Option<SourcePartition>,
    pub(crate) expected: Option<i64>,
    pub(crate) next: i64,
}

/// One commit to one table.
#[derive(Debug, Clone)]
pub(crate) struct TableCommit {
    /// What it is part of.
    pub(crate) job: Job,
    /// What must hold, and what is set.
    pub(crate) claims: Vec<Claim>,
    /// Transactions that are set without a condition of their own.
    pub(crate) constants: Vec<(String, i64)>,
    /// Transactions that grow by a number.
    pub(crate) additions: Vec<(String, i64)>,
    /// Transactions that are raised to at least a number.
    pub(crate) floors: Vec<(String, i64)>,
    /// The `add` and `remove` actions.
    pub(crate) lines: Vec<String>,
    /// Files that must still be in the table, relative to it.
    pub(crate) inputs: Vec<String>,
    /// Who commits what; its batch id names the commit.
    pub(crate) info: CommitInfo,
    /// When the files of the commit become too old, microseconds since the Unix epoch.
    pub(crate) expires_at_us: Option<i64>,
}

/// What became of a commit to one table.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TableOutcome {
    /// It is in the log.
    Landed {
        /// The version up to which the log is known; the commit's own unless it was found
        /// afterwards.
        version: u64,
        /// How often it was put.
        puts: u32,
    },
    /// The claim of this index does not hold.
    Fenced {
        /// Which claim.
        claim: usize,
        /// What the table holds instead.
        stored: Option<i64>,
    },
    /// A file that it replaces has left the table.
    InputsGone,
    /// Its files are too old.
    Expired,
}
