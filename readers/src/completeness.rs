//! Up to which instant the windows are complete, from facts that were read before.
//!
//! Watermarks are committed with `events`, and `cost_windows` follows a moment later. So a
//! watermark speaks for the windows of a partition only up to the events that are not in them.

use schemas::position::SourcePartition;
use schemas::time::US_PER_MS;

use crate::partitions::{PartitionState, offset_app_id};
use crate::txn_log::Txns;

/// Offsets of a partition that `events` has and `cost_windows` does not have yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lag {
    pub(crate) source: SourcePartition,
    /// The first of them.
    pub(crate) from: i64,
    /// The one behind the last.
    pub(crate) to: i64,
}

/// Where `cost_windows` is behind `events`.
pub(crate) fn lags(events: &[PartitionState], cost_windows: &Txns) -> Vec<Lag> {
    let lag_of = |state: &PartitionState| {
        let to = state.next_offset?;
        let app_id = offset_app_id(state.pipeline.as_deref()?, &state.source);
        let reached = cost_windows.by_app_id.get(&app_id).copied();
        let from = reached.or(state.seed_offset).unwrap_or(0);
        (from < to).then(|| Lag {
            source: state.source.clone(),
            from,
            to,
        })
    };
    events.iter().filter_map(lag_of).collect()
}

/// The instant up to which windows are complete: those that end at it or before.
///
/// `pending_min_us` is the earliest event within the [`lags`]. `None` if nothing is complete:
/// there is no partition, or one of them has no watermark yet.
///
/// # Units
/// Microseconds since the Unix epoch.
pub(crate) fn complete_until_us(
    events: &[PartitionState],
    pending_min_us: Option<i64>,
) -> Option<i64> {
    let mut until_us = pending_min_us.unwrap_or(i64::MAX);
    for state in events {
        until_us = until_us.min(state.watermark_ms?.saturating_mul(US_PER_MS));
    }
    (!events.is_empty()).then_some(until_us)
}

#[cfg(test)]
mod tests;
