//! Opens the lake under a config, and waits a little for storage that does not answer at once.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use readers::LakeReader;
use schemas::clock::Clock;
use schemas::price_book::PriceBook;
use sinks::{Lake, LakeSettings, MaintenancePolicy, RetryHint};
use tokio::time::Instant;

use super::memory_budget::MergeBudget;
use super::patience::{self, Patience};
use crate::config::Config;
use crate::fault_points;
use crate::kept_books;
use crate::lake_store::LakeStore;

/// How long storage is asked again before it has answered once: as long as a broker.
const START_WAIT: Duration = Duration::from_secs(30);

/// The lake, for writing and for reading back.
#[derive(Debug, Clone)]
pub(crate) struct LakeAccess {
    /// Commits.
    pub(crate) lake: Lake,
    /// Queries.
    pub(crate) reader: LakeReader,
}

impl LakeAccess {
    /// Keeps the book that prices from now on in the lake.
    ///
    /// # Errors
    /// Storage errors.
    pub(crate) async fn keep_book(&self, book: &PriceBook) -> anyhow::Result<()> {
        tried_at_start(async || kept_books::keep(&self.lake, book).await).await
    }
}

/// Opens the lake that a config names.
///
/// # Errors
/// Storage errors, and tables that are not ours.
pub(crate) async fn open_lake(
    config: &Config,
    store: &LakeStore,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<LakeAccess> {
    let open = async || {
        let settings = lake_settings(config);
        let hook = fault_points::lake_hook();
        let (store_of_lake, url) = (Arc::clone(&store.store), store.url.clone());
        Lake::open_with_hook(store_of_lake, url, settings, Arc::clone(&clock), hook)
            .await
            .with_context(|| format!("could not open the lake {}", store.url))
    };
    let lake = tried_at_start(open).await?;
    let reader = LakeReader::new(Arc::clone(&store.store), store.url.clone());
    Ok(LakeAccess { lake, reader })
}

/// How the lake is written under a config.
#[must_use]
pub(crate) fn lake_settings(config: &Config) -> LakeSettings {
    let worker = format!("{}-{}", host_name(), std::process::id());
    let kept_s = |configured_s: u64| {
        fault_points::retention_s(i64::try_from(configured_s).unwrap_or(i64::MAX))
    };
    let retention_s = kept_s(config.maintenance.deleted_file_retention_s);
    LakeSettings {
        log_retention_s: kept_s(config.maintenance.log_retention_s),
        deleted_file_retention_s: retention_s,
        batch_age_s_max: retention_s / 2,
        commit_attempts_max: config.commit.attempts_max,
        ..LakeSettings::standard(&config.pipeline, &worker)
    }
}

/// What maintenance does under a config, within its part of the memory.
#[must_use]
pub(crate) fn maintenance_policy(config: &Config, merges: MergeBudget) -> MaintenancePolicy {
    let standard = MaintenancePolicy::standard();
    let within = |bytes: u64, budget: usize| bytes.min(u64::try_from(budget).unwrap_or(u64::MAX));
    MaintenancePolicy {
        file_bytes_target: config.maintenance.file_bytes_target,
        merge_files_min: config.maintenance.files_min,
        merge_bytes_max: within(standard.merge_bytes_max, merges.rows_bytes),
        window_merge_bytes_max: within(standard.window_merge_bytes_max, merges.windows_bytes),
        checkpoint_commits_min: fault_points::checkpoint_commits(standard.checkpoint_commits_min),
        ..standard
    }
}

/// Does something that a start needs of storage; what may pass is tried again for a while.
///
/// # Errors
/// That of the last try.
async fn tried_at_start<T>(act: impl AsyncFn() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let give_up_at = Instant::now() + START_WAIT;
    let mut patience = Patience::default();
    loop {
        let error = match act().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let passes = patience::hint(&error) == RetryHint::Backoff;
        let wait = patience.after(RetryHint::Backoff, false);
        match wait.filter(|&wait| passes && Instant::now() + wait < give_up_at) {
            Some(wait) => {
                tracing::warn!(error = format!("{error:#}"), ?wait, "trying again");
                tokio::time::sleep(wait).await;
            }
            None => return Err(error),
        }
    }
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map_or_else(|_| "worker".to_owned(), |name| name.trim().to_owned())
}

#[cfg(test)]
mod tests;
