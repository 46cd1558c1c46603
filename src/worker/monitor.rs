//! Watches the topic beside the lanes: goals of a run to the end, lag, memory.

use std::sync::Arc;
use std::time::Duration;

use ingest::kafka::topic_info::TopicInfo;
use schemas::position::SourcePartition;
use schemas::time::US_PER_S;

use super::lane::Shared;
use super::progress::TopicProgress;

const LAG_INTERVAL: Duration = Duration::from_secs(5);
const GOAL_INTERVAL: Duration = Duration::from_millis(200);
/// How many looks at the goals pass between two looks into the lake, where the progress of other
/// workers stands.
const LOOKS_PER_LAKE_LOOK: u32 = 10;

/// All partitions of a topic as sources.
#[must_use]
pub(crate) fn sources(topic: &str, topic_id: &str, partitions: &[i32]) -> Vec<SourcePartition> {
    let (topic, topic_id): (Arc<str>, Arc<str>) = (Arc::from(topic), Arc::from(topic_id));
    partitions
        .iter()
        .map(|&partition| SourcePartition {
            topic: Arc::clone(&topic),
            topic_id: Arc::clone(&topic_id),
            partition,
        })
        .collect()
}

/// Makes the partitions' present ends the offsets to reach.
///
/// # Errors
/// A partition's leader does not answer.
pub(crate) async fn set_goals(
    info: &Arc<TopicInfo>,
    partitions: &[i32],
    progress: &Arc<TopicProgress>,
) -> anyhow::Result<()> {
    let (info, partitions, progress) =
        (Arc::clone(info), partitions.to_vec(), Arc::clone(progress));
    tokio::task::spawn_blocking(move || {
        for partition in partitions {
            let bounds = info.bounds(partition)?;
            // An empty partition has nothing to reach, whoever owns it.
            if bounds.end > bounds.first {
                progress.set_goal(partition, bounds.end);
            }
            progress.end_seen(partition, bounds.end);
        }
        Ok(())
    })
    .await?
}

/// Ends the work when every goal is reached, by this worker or another.
pub(crate) async fn stop_at_goals(sources: Vec<SourcePartition>, shared: Shared) {
    let mut looks = 0_u32;
    loop {
        if shared.progress.is_done() {
            tracing::info!("read to the end");
            shared.shutdown.request();
            return;
        }
        tokio::time::sleep(GOAL_INTERVAL).await;
        looks += 1;
        if looks.is_multiple_of(LOOKS_PER_LAKE_LOOK) {
            take_in_lake(&sources, &shared).await;
        }
    }
}

async fn take_in_lake(sources: &[SourcePartition], shared: &Shared) {
    match shared.access.lake.progress(sources).await {
        Ok(partitions) => {
            for partition in partitions {
                let stored = partition.events_next.min(partition.windows_next);
                if let Some(next) = stored {
                    shared.progress.committed(partition.source.partition, next);
                }
            }
        }
        Err(error) => tracing::debug!(%error, "could not look at the lake's offsets"),
    }
}

/// Keeps the metrics of lag and memory fresh, for the partitions that this worker reads.
pub(crate) async fn watch_lag(info: Arc<TopicInfo>, shared: Shared) {
    loop {
        let resident = i64::try_from(resident_bytes()).unwrap_or(i64::MAX);
        shared.metrics.set_memory(resident);
        if let Some(as_of_us) = shared.prices.as_of_us() {
            let age_us = shared.clock.now_us() - as_of_us;
            shared.metrics.set_price_book_age(age_us / US_PER_S);
        }
        let (asked, progress) = (Arc::clone(&info), Arc::clone(&shared.progress));
        let ends = tokio::task::spawn_blocking(move || {
            let partitions = progress.snapshot().into_keys();
            let ends = partitions.filter_map(|partition| {
                asked
                    .bounds(partition)
                    .ok()
                    .map(|bounds| (partition, bounds.end))
            });
            ends.for_each(|(partition, end)| progress.end_seen(partition, end));
        });
        if ends.await.is_err() {
            return;
        }
        for (partition, view) in shared.progress.snapshot() {
            if let (Some(end), Some(committed)) = (view.end, view.committed) {
                shared.metrics.set_lag(partition, (end - committed).max(0));
            }
        }
        tokio::time::sleep(LAG_INTERVAL).await;
    }
}

/// Resident memory of this process, bytes; 0 where the system does not say.
pub(crate) fn resident_bytes() -> u64 {
    const PAGE_BYTES: u64 = 4096;
    let pages = std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|text| {
            text.split_ascii_whitespace()
                .nth(1)
                .and_then(|pages| pages.parse::<u64>().ok())
        });
    pages.map_or(0, |pages| pages * PAGE_BYTES)
}
