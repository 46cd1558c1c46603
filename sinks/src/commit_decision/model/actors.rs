//! What a worker, a maintainer or a reprice has in memory.

use crate::reprice::decision::{EventsCommit, Standing};

use super::logs::{Log, Owner, Table};
use super::rows::{PARTITIONS, Rows};

/// A table's log as far as an actor knows it: the product's `LogState`, which is a function of
/// the versions read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Known {
    pub(super) version: u8,
    /// The checkpoint that it was loaded from.
    pub(super) loaded: u8,
    /// When the version was known to be the newest.
    pub(super) seen_at: u8,
}

impl Known {
    /// Mirrors `table_log::load::load`.
    pub(super) fn load(log: &Log, now: u8) -> Self {
        Self {
            version: log.head(),
            loaded: log.checkpoint,
            seen_at: now,
        }
    }
}

/// Where an actor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum Phase {
    /// Not running; a worker may be started, a maintainer or a reprice may begin.
    #[default]
    Down,
    /// Looking whether a reprice stopped between its two tables.
    Finish,
    /// What a maintainer does behind that: planning a merge.
    Plan,
    /// A reprice decides what to do next.
    Reprice,
    /// A reprice compares how far `cost_windows` is.
    Compare,
    /// Reading the progress of one table.
    Progress(Table),
    /// Comparing what it read, and rebuilding windows that are missing.
    CatchUp,
    /// Reading which offsets have their rejects already.
    Rejected,
    /// Reading the topic.
    Ready,
    /// Committing its job to a table.
    Commit(Table),
    /// Nothing more to do.
    Done,
}

/// What a committer was told to do and has not done yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum Pending {
    #[default]
    Nothing,
    Put,
    Refresh,
    Reload,
}

/// Mirrors `table_log::Attempts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Attempts {
    pub(super) puts: u8,
    pub(super) is_fresh: bool,
    pub(super) put_unresolved: bool,
}

/// What is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum JobKind {
    #[default]
    Nothing,
    Epoch,
    CatchUp,
    Merge,
    /// New prices, for `events`.
    Reprice,
    /// What a manifest names, for `cost_windows`.
    Corrections,
}

/// A sealed epoch, missing windows, a merge, new prices or their corrections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Job {
    pub(super) kind: JobKind,
    /// Where the spans begin, and where the table `rejects` must stand; indexed by table.
    pub(super) expected: [[u8; PARTITIONS]; 3],
    pub(super) next: [u8; PARTITIONS],
    pub(super) rejects: Rows,
    /// The rows of `events`, which are what `cost_windows` sums up; of a merge or a reprice what
    /// it writes anew, of corrections these.
    pub(super) rows: Rows,
    /// The files that are replaced, and the version at which they were listed.
    pub(super) inputs: u32,
    pub(super) listed_at: u8,
    pub(super) merges: Option<u8>,
    /// The number of the reprice that the table must have.
    pub(super) reprice: Option<u8>,
    /// What `cost_windows` will lack once `events` has the new prices.
    pub(super) corrections: Rows,
    pub(super) sealed_at: u8,
}

/// Mirrors `reprice::work::Work`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Reprice {
    pub(super) standing: Option<Standing>,
    pub(super) is_behind: bool,
    /// Whether it waited long enough for windows.
    pub(super) is_late: bool,
    /// How many files get new prices.
    pub(super) files: Option<u32>,
    pub(super) commit: Option<EventsCommit>,
    pub(super) plans: u8,
    /// The number that its commit to `events` has.
    pub(super) number: u8,
    /// Whether it only looks for a reprice that others left half-done.
    pub(super) is_passing: bool,
}

/// A worker, a maintainer or a reprice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Actor {
    pub(super) phase: Phase,
    pub(super) known: [Known; 3],
    /// The progress: how far each table is, by table.
    pub(super) next: [[u8; PARTITIONS]; 3],
    /// Rejects that are stored already.
    pub(super) rejected: Rows,
    pub(super) job: Job,
    pub(super) reprice: Reprice,
    pub(super) attempts: Attempts,
    pub(super) pending: Pending,
}

impl Actor {
    /// The same actor with nothing in memory.
    pub(super) fn blank(phase: Phase) -> Self {
        Self {
            phase,
            ..Self::default()
        }
    }

    pub(super) fn known(&mut self, table: Table) -> &mut Known {
        &mut self.known[table as usize]
    }

    /// Begins to commit its job to a table.
    pub(super) fn begin(&mut self, table: Table) {
        self.phase = Phase::Commit(table);
        self.attempts = Attempts::default();
        self.pending = Pending::Nothing;
    }
}

/// The name of what an actor has in hand.
pub(super) fn owner(actor: usize) -> Owner {
    Owner::try_from(actor + 1).unwrap()
}
