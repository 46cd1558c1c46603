//! The names of `txn` actions, built and parsed here and nowhere else.
//!
//! | app id | version | in |
//! |---|---|---|
//! | `{pipeline}/{topic}@{topic id}/{partition}` | the next offset to read | every table |
//! | `seed/{topic}@{topic id}/{partition}` | the offset at which the partition was begun | `events` |
//! | `counts/{what}/{topic}@{topic id}/{partition}` | messages so far, see [`Count`] | `events` |
//! | `wm/{topic}@{topic id}/{partition}` | the watermark, ms since the Unix epoch | `events` |
//! | `maintenance/{table}` | how often files were merged | that table |
//! | `reprice/{table}` | how many reprices the table has | `events`, `cost_windows` |
//! | `reprice/manifest` | the id of the manifest of the last reprice | `events` |
//! | `alerts/changes` | how many changes of alerts there are | `alerts` |
//! | `alerts/alive/{receiver}` | when an evaluator that delivers to it was alive, us since the Unix epoch | `alerts` |
//! | `delivered/{receiver}` | up to which change a receiver has all | `alerts` |
//!
//! A topic's id and a partition have no slash and no `@`, so names are parsed from their end, and
//! the name of a file may hold both.

use std::sync::Arc;

use schemas::position::{PartitionSpan, SourcePartition};
use schemas::table::Table;

const SEED: &str = "seed";
const COUNTS: &str = "counts";
const WATERMARK: &str = "wm";
const MAINTENANCE: &str = "maintenance";
const REPRICE: &str = "reprice";
const ALERTS: &str = "alerts";
/// How the rest of an app id begins that says that an evaluator is alive.
const ALIVE: &str = "alive/";
const DELIVERED: &str = "delivered";

/// What is counted of each partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Count {
    /// Messages that became events.
    Events,
    /// Messages that became rejects.
    Rejects,
    /// Copies of events met before.
    Duplicates,
    /// Messages without a value.
    Tombstones,
    /// Offsets that held no message for us.
    Gaps,
    /// Offsets whose messages had expired before they were read.
    Expired,
}

impl Count {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Events,
        Self::Rejects,
        Self::Duplicates,
        Self::Tombstones,
        Self::Gaps,
        Self::Expired,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Rejects => "rejects",
            Self::Duplicates => "duplicates",
            Self::Tombstones => "tombstones",
            Self::Gaps => "gaps",
            Self::Expired => "expired",
        }
    }

    /// What a span adds to it.
    #[must_use]
    pub const fn of(self, span: &PartitionSpan) -> i64 {
        match self {
            Self::Events => span.events,
            Self::Rejects => span.rejects,
            Self::Duplicates => span.duplicates,
            Self::Tombstones => span.tombstones,
            Self::Gaps => span.gaps,
            Self::Expired => span.expired,
        }
    }
}

/// What a transaction is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppId {
    /// The next offset of a partition.
    Offset {
        /// Whose offsets.
        pipeline: String,
        /// Of what.
        source: SourcePartition,
    },
    /// Where a partition was begun.
    Seed(SourcePartition),
    /// How many messages of a kind a partition had.
    Count(Count, SourcePartition),
    /// How far a partition is in event time.
    Watermark(SourcePartition),
    /// How often files of the table were merged.
    Maintenance(String),
    /// How many reprices the table has, or which manifest the last one has.
    Reprice(String),
    /// How many changes of alerts there are.
    Alerts(String),
    /// When an evaluator that delivers to a receiver was alive.
    Alive(String),
    /// Up to which change of alerts a receiver has all.
    Delivered(String),
}

/// The app id of a partition's next offset.
#[must_use]
pub fn offset(pipeline: &str, source: &SourcePartition) -> String {
    format!("{pipeline}/{source}")
}

/// The app id of the offset at which a partition was begun.
#[must_use]
pub fn seed(source: &SourcePartition) -> String {
    format!("{SEED}/{source}")
}

/// The app id of a count.
#[must_use]
pub fn count(what: Count, source: &SourcePartition) -> String {
    format!("{COUNTS}/{}/{source}", what.as_str())
}

/// The app id of a partition's watermark.
#[must_use]
pub fn watermark(source: &SourcePartition) -> String {
    format!("{WATERMARK}/{source}")
}

/// The app id of a table's merges.
#[must_use]
pub fn maintenance(table: Table) -> String {
    format!("{MAINTENANCE}/{}", table.name())
}

/// The app id of the number of reprices that a table has.
#[must_use]
pub fn reprice(table: Table) -> String {
    format!("{REPRICE}/{}", table.name())
}

/// The app id of the manifest of the last reprice that `events` has.
#[must_use]
pub fn reprice_manifest() -> String {
    format!("{REPRICE}/manifest")
}

/// The app id of the number of changes of alerts.
#[must_use]
pub fn alert_changes() -> String {
    format!("{ALERTS}/changes")
}

/// The app id of when an evaluator that delivers to a receiver last said that it is alive.
#[must_use]
pub fn alerts_alive(receiver: &str) -> String {
    format!("{ALERTS}/{ALIVE}{receiver}")
}

/// The app id of how much of the changes of alerts a receiver has.
#[must_use]
pub fn delivered(receiver: &str) -> String {
    format!("{DELIVERED}/{receiver}")
}

/// Whether a pipeline of this name would collide with the other app ids.
#[must_use]
pub fn is_reserved(pipeline: &str) -> bool {
    [
        SEED,
        COUNTS,
        WATERMARK,
        MAINTENANCE,
        REPRICE,
        ALERTS,
        DELIVERED,
    ]
    .contains(&pipeline)
}

/// What an app id is about; `None` if it is not one of ours.
#[must_use]
pub fn parse(app_id: &str) -> Option<AppId> {
    let (kind, rest) = app_id.split_once('/')?;
    match kind {
        SEED => parse_source(rest).map(AppId::Seed),
        WATERMARK => parse_source(rest).map(AppId::Watermark),
        MAINTENANCE => Some(AppId::Maintenance(rest.to_owned())),
        REPRICE => Some(AppId::Reprice(rest.to_owned())),
        ALERTS => match rest.strip_prefix(ALIVE) {
            Some(receiver) => Some(AppId::Alive(receiver.to_owned())),
            None => Some(AppId::Alerts(rest.to_owned())),
        },
        DELIVERED => Some(AppId::Delivered(rest.to_owned())),
        COUNTS => {
            let (what, source) = rest.split_once('/')?;
            let what = Count::ALL
                .into_iter()
                .find(|count| count.as_str() == what)?;
            Some(AppId::Count(what, parse_source(source)?))
        }
        pipeline => Some(AppId::Offset {
            pipeline: pipeline.to_owned(),
            source: parse_source(rest)?,
        }),
    }
}

fn parse_source(text: &str) -> Option<SourcePartition> {
    let (topic, partition) = text.rsplit_once('/')?;
    let (topic, topic_id) = topic.rsplit_once('@')?;
    Some(SourcePartition {
        topic: Arc::from(topic),
        topic_id: Arc::from(topic_id),
        partition: partition.parse().ok()?,
    })
}

#[cfg(test)]
mod tests;
