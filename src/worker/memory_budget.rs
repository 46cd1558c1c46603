//! How the memory ceiling is shared out between what a worker holds.
//!
//! The shares are of what is in use. An allocator keeps freed pages for a while, since giving them
//! back at once costs a third more CPU, and the shares leave room for that.

/// Bytes that the program itself takes: its code and tables, the logs' state, its threads.
const PROGRAM_BYTES: usize = 112 << 20;
/// Of what is left, the duplicate index may take one part in so many.
const DEDUP_PART: usize = 4;
/// And so much is for maintenance beside the lanes: it may run at any time.
const MAINTENANCE_PART: usize = 4;
/// A merge holds its files as they are read and as they are written.
const MERGE_COPIES: usize = 2;
/// A merge of windows holds their rows, so many times as large as their files, and what becomes of
/// them.
const WINDOW_MERGE_COPIES: usize = 24;
/// Bytes of one remembered event: the entry, and its slots in a table that is a quarter full at
/// worst.
const DEDUP_ENTRY_BYTES: usize = 72;
/// Shares of a lane: one for the client's queue, two for what it fetches meanwhile, one for the
/// batch at hand and what it becomes, two each for the epoch that is open and the one in flight;
/// the others for pages that the allocator keeps.
const LANE_SHARES: usize = 16;
/// The client counts payloads, so their number has a bound of its own, by which they may have keys
/// and headers of so many bytes.
const QUEUED_MESSAGE_BYTES: usize = 4 << 10;
/// Below this a lane could not hold one message of the largest size.
const LANE_SHARE_BYTES_MIN: usize = 2 << 20;
/// Fetched bytes are compressed, JSON to a fifth or so.
const COMPRESSION: usize = 4;
/// librdkafka refuses to fetch less than its largest message, one megabyte.
const FETCH_BYTES_MIN: usize = 1 << 20;
/// A partition's part of a fetch: larger ones cost more per message, smaller ones too.
const PARTITION_FETCH_BYTES: (usize, usize) = (64 << 10, 1 << 20);

/// What each part of a worker may hold.
///
/// # Units
/// Bytes, but for `dedup_entries`, which are events, and `queue_messages`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemoryBudget {
    /// Events that one lane remembers to tell copies.
    pub(crate) dedup_entries: usize,
    /// Messages that wait in a lane's client; what one batch is made of.
    pub(crate) queue_bytes: usize,
    /// With so many messages waiting a client fetches no more.
    pub(crate) queue_messages: usize,
    /// Encoded rows and windows of one epoch.
    pub(crate) epoch_bytes: usize,
    /// What one answer of a broker brings, compressed.
    pub(crate) fetch_bytes: usize,
    /// What it brings of one partition.
    pub(crate) partition_fetch_bytes: usize,
    /// What maintenance beside the lanes may merge at once.
    pub(crate) merges: MergeBudget,
}

/// How large the files of one merge may be together.
///
/// # Units
/// Bytes in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MergeBudget {
    /// Files of `events` or `rejects`.
    pub(crate) rows_bytes: usize,
    /// Files of `cost_windows`.
    pub(crate) windows_bytes: usize,
}

impl MergeBudget {
    /// All of a ceiling, where nothing runs beside maintenance.
    #[must_use]
    pub(crate) fn alone(ceiling_bytes: usize) -> Self {
        Self::of(ceiling_bytes.saturating_sub(PROGRAM_BYTES))
    }

    fn of(bytes: usize) -> Self {
        Self {
            rows_bytes: bytes / MERGE_COPIES,
            windows_bytes: bytes / WINDOW_MERGE_COPIES,
        }
    }
}

impl MemoryBudget {
    /// Shares a ceiling out between so many lanes.
    #[must_use]
    pub(crate) fn new(ceiling_bytes: usize, lanes: usize, dedup_entries_max: usize) -> Self {
        let lanes = lanes.max(1);
        let free = ceiling_bytes.saturating_sub(PROGRAM_BYTES);
        let dedup_entries = dedup_entries_max.min(free / DEDUP_PART / DEDUP_ENTRY_BYTES);
        let merge_bytes = free / MAINTENANCE_PART;
        let free = free.saturating_sub(dedup_entries * DEDUP_ENTRY_BYTES + merge_bytes);
        let share = (free / (LANE_SHARES * lanes)).max(LANE_SHARE_BYTES_MIN);
        let fetch_bytes = (share / COMPRESSION).max(FETCH_BYTES_MIN);
        let (least, most) = PARTITION_FETCH_BYTES;
        Self {
            dedup_entries: (dedup_entries / lanes).max(1),
            queue_bytes: share,
            queue_messages: share / QUEUED_MESSAGE_BYTES,
            epoch_bytes: 2 * share,
            fetch_bytes,
            partition_fetch_bytes: (fetch_bytes / 4).clamp(least, most),
            merges: MergeBudget::of(merge_bytes),
        }
    }
}

#[cfg(test)]
mod tests;
