//! Where in a source an event stood, and the spans that epochs account for.

use std::fmt;
use std::sync::Arc;

/// One partition of one incarnation of a topic, or one file.
///
/// A topic that was deleted and made again has another `topic_id`, so that old offsets cannot
/// match the new ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourcePartition {
    /// The topic's name, or `file:NAME`.
    pub topic: Arc<str>,
    /// The topic's id, or a hash of the file's first line.
    pub topic_id: Arc<str>,
    /// The partition; 0 for a file.
    pub partition: i32,
}

impl fmt::Display for SourcePartition {
    /// `{topic}@{topic_id}/{partition}`, the form in which commits name it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}/{}", self.topic, self.topic_id, self.partition)
    }
}

/// What became of the messages of one partition between two offsets.
///
/// # Units
/// Offsets count messages, or bytes of a file. For messages
/// `next - start = events + rejects + duplicates + tombstones + gaps + expired` always holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionSpan {
    /// Whose offsets these are.
    pub source: SourcePartition,
    /// The first offset of the span.
    pub start: i64,
    /// The offset behind the last one: the next to read.
    pub next: i64,
    /// Messages that became an event.
    pub events: i64,
    /// Messages that became a reject.
    pub rejects: i64,
    /// Messages that were copies of an event met before.
    pub duplicates: i64,
    /// Messages without a value.
    pub tombstones: i64,
    /// Offsets at which the log holds no message for us: control records, aborted transactions,
    /// compaction.
    pub gaps: i64,
    /// Offsets whose messages had expired before they were read: lost, an incident.
    pub expired: i64,
    /// The largest event time seen, microseconds since the Unix epoch, each capped at its Kafka
    /// time plus five minutes; `None` before the first event.
    pub event_time_max_us: Option<i64>,
}

impl PartitionSpan {
    /// A span that has read nothing yet.
    #[must_use]
    pub const fn empty(source: SourcePartition, start: i64) -> Self {
        Self {
            source,
            start,
            next: start,
            events: 0,
            rejects: 0,
            duplicates: 0,
            tombstones: 0,
            gaps: 0,
            expired: 0,
            event_time_max_us: None,
        }
    }

    /// How many offsets of the span the counts explain.
    #[must_use]
    pub const fn accounted(&self) -> i64 {
        self.events + self.rejects + self.duplicates + self.tombstones + self.gaps + self.expired
    }
}
