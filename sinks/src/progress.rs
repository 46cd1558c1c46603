//! How far partitions are in the lake, and what became of a commit.

use schemas::position::SourcePartition;
use schemas::table::Table;

/// How far one partition is in the tables.
///
/// # Units
/// Offsets are the next to read; counts are messages since the partition was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionProgress {
    /// Which partition.
    pub source: SourcePartition,
    /// Where it was begun; `None` if it never was.
    pub seed: Option<i64>,
    /// How far `events` is: here a worker resumes.
    pub events_next: Option<i64>,
    /// How far `cost_windows` is; less than `events_next` if a worker died between the two.
    pub windows_next: Option<i64>,
    /// Rejects below this offset may already be in `rejects`. It stands still while no message is
    /// rejected, and is larger than `events_next` if a worker died between the two.
    pub rejects_next: Option<i64>,
    /// Messages that became events.
    pub events: i64,
    /// Messages that became rejects.
    pub rejects: i64,
    /// Copies of events met before.
    pub duplicates: i64,
    /// Messages without a value.
    pub tombstones: i64,
    /// Offsets that held no message for us.
    pub gaps: i64,
    /// Offsets whose messages had expired before they were read: lost, an incident.
    pub expired: i64,
    /// How far the partition is in event time, ms since the Unix epoch.
    pub watermark_ms: Option<i64>,
}

/// What became of a seed.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedOutcome {
    /// The partitions that nobody had begun before us.
    pub seeded: Vec<SourcePartition>,
    /// How far each partition is now, in the order asked for.
    pub progress: Vec<PartitionProgress>,
}

/// What became of a commit.
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub enum CommitOutcome {
    /// All tables have it.
    Committed(CommitReport),
    /// Somebody else has committed for one of the partitions: nothing more was committed. Drop
    /// the epoch, read the progress anew, resume there.
    Fenced {
        /// Where it was seen.
        table: Table,
        /// Whose partition.
        partition: SourcePartition,
        /// The offset that the epoch starts at.
        expected: i64,
        /// The offset that the table has; `None` if the partition was never begun.
        stored: Option<i64>,
    },
    /// The epoch is older than its files may live, so it was not committed. Do as if fenced.
    Expired {
        /// Where it was seen.
        table: Table,
        /// How old the epoch is, seconds.
        age_s: i64,
    },
}

/// How a commit went.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CommitReport {
    /// The version of each table that carries it.
    pub versions: Vec<(Table, u64)>,
    /// The offsets up to which `rejects` now goes, for the partitions that had any.
    pub rejects_next: Vec<(SourcePartition, i64)>,
    /// Time for uploads and commits, seconds.
    pub seconds: f64,
    /// Puts of log entries, over all tables; as many as tables if nobody was in the way.
    pub attempts: u32,
    /// Size of the files, bytes.
    pub bytes: u64,
    /// Number of files.
    pub files: usize,
}
