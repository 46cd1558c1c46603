//! Merging, checkpoints and vacuum beside the lanes.

use std::sync::Arc;
use std::time::Duration;

use sinks::{Lake, MaintenancePolicy, MaintenanceReport, MergeWindows, SinkError};

use super::shutdown::Shutdown;

/// One round of maintenance over all tables.
///
/// # Errors
/// Storage errors; the tables are as they were, or merged.
pub(crate) async fn maintain_once(
    lake: &Lake,
    policy: &MaintenancePolicy,
) -> Result<MaintenanceReport, SinkError> {
    let merge: Arc<MergeWindows> =
        Arc::new(|parts| aggregate::window_merge::merge_window_rows(parts).map_err(Into::into));
    lake.maintain(&merge, policy).await
}

/// Maintains until it is asked to stop. Failures are logged and tried again: workers go on
/// without maintenance, only slower.
pub(crate) async fn maintain_until(
    lake: Lake,
    policy: MaintenancePolicy,
    interval: Duration,
    shutdown: Shutdown,
) {
    loop {
        tokio::select! {
            () = shutdown.requested() => return,
            () = tokio::time::sleep(interval) => {}
        }
        let round = tokio::select! {
            () = shutdown.requested() => return,
            round = maintain_once(&lake, &policy) => round,
        };
        match round {
            Ok(report) => tracing::debug!(?report, "maintained the lake"),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "maintenance failed; it is tried again, and nothing is lost meanwhile"
            ),
        }
    }
}
