//! Which partitions have events whose windows are not committed yet.

use schemas::position::SourcePartition;

use crate::app_ids::{self, AppId};
use crate::log_state::LogState;

/// A partition whose windows are behind its events: a worker is between its two commits, or died
/// there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionBehind {
    /// Whose offsets these are.
    pub pipeline: String,
    /// Which partition.
    pub source: SourcePartition,
    /// The next offset of `events`.
    pub events_next: i64,
    /// The next offset of `cost_windows`; `None` if it does not know the partition.
    pub windows_next: Option<i64>,
}

/// The partitions of which `windows` lacks offsets that `events` has, in their order.
pub(super) fn partitions_behind(events: &LogState, windows: &LogState) -> Vec<PartitionBehind> {
    let mut behind: Vec<PartitionBehind> = events
        .values()
        .filter_map(|(app_id, events_next)| {
            let Some(AppId::Offset { pipeline, source }) = app_ids::parse(app_id) else {
                return None;
            };
            let windows_next = windows.value(app_id);
            // A partition that was begun and not read yet has no windows that could be missing.
            let begun_at = events.value(&app_ids::seed(&source));
            let is_behind = windows_next.or(begun_at) < Some(events_next);
            is_behind.then_some(PartitionBehind {
                pipeline,
                source,
                events_next,
                windows_next,
            })
        })
        .collect();
    behind.sort_by(|one, other| one.source.cmp(&other.source));
    behind
}

#[cfg(test)]
mod tests;
