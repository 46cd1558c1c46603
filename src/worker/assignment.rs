//! Where a partition starts, and what must be rebuilt before it does.
//!
//! The lake knows the next offset. Before reading goes on from there, three things are brought up
//! to it, all from the lake itself: windows that a crash left behind `events`, the index of
//! events met before, and the offsets whose rejects are stored already.

use std::collections::{BTreeMap, HashSet};

use aggregate::window_fold::WindowFold;
use anyhow::{Context, bail};
use ingest::dedup::DedupIndex;
use ingest::kafka::topic_reader::AssignedStart;
use readers::LakeReader;
use schemas::position::{PartitionSpan, SourcePartition};
use schemas::time::US_PER_S;
use sinks::{CommitOutcome, PartitionProgress};

use super::lake_access::LakeAccess;
use crate::fault_points;

/// How often a catch-up starts again because another worker committed meanwhile.
const ATTEMPTS_MAX: u32 = 20;

/// Where one partition goes on.
#[derive(Debug, Clone)]
pub(crate) struct Resumption {
    /// What the reader needs to know.
    pub(crate) start: AssignedStart,
    /// Where the table `rejects` stands.
    pub(crate) rejects_next: i64,
    /// The watermark that the lake claims.
    pub(crate) watermark_ms: Option<i64>,
}

/// Finds where partitions go on; a partition that the lake has never seen is entered at
/// `first_offset`.
///
/// # Errors
/// Storage errors, and a lake that contradicts itself.
pub(crate) async fn resume(
    access: &LakeAccess,
    sources: &[SourcePartition],
    mut first_offset: impl FnMut(i32) -> anyhow::Result<i64>,
    fold: &mut WindowFold,
) -> anyhow::Result<Vec<Resumption>> {
    for _ in 0..ATTEMPTS_MAX {
        let progress = access
            .lake
            .progress(sources)
            .await
            .context("could not read the lake's offsets")?;
        fault_points::reach("resume/offsets-read");
        let mut seeds = Vec::new();
        for partition in &progress {
            if is_unseeded(partition) {
                seeds.push((
                    partition.source.clone(),
                    first_offset(partition.source.partition)?,
                ));
            }
        }
        if !seeds.is_empty() {
            // Whether we or another worker entered them, the next look finds them.
            let _entered = access
                .lake
                .seed(&seeds)
                .await
                .context("could not enter new partitions")?;
            continue;
        }
        if !catch_up_windows(access, &progress, fold).await? {
            continue;
        }
        let mut resumptions = Vec::with_capacity(progress.len());
        for partition in &progress {
            resumptions.push(resumption(access, partition).await?);
        }
        return Ok(resumptions);
    }
    bail!("other workers kept changing the same partitions; giving up after {ATTEMPTS_MAX} looks")
}

fn is_unseeded(progress: &PartitionProgress) -> bool {
    progress.events_next.is_none()
        || progress.windows_next.is_none()
        || progress.rejects_next.is_none()
}

async fn resumption(
    access: &LakeAccess,
    progress: &PartitionProgress,
) -> anyhow::Result<Resumption> {
    let (Some(events_next), Some(rejects_next)) = (progress.events_next, progress.rejects_next)
    else {
        bail!("partition {} vanished from the lake", progress.source);
    };
    let rejected_before = if rejects_next > events_next {
        let offsets = access
            .reader
            .rejected_offsets(&progress.source, events_next)
            .await?;
        offsets.into_iter().collect()
    } else {
        HashSet::new()
    };
    Ok(Resumption {
        start: AssignedStart {
            partition: progress.source.partition,
            offset: events_next,
            rejected_before,
        },
        rejects_next,
        watermark_ms: progress.watermark_ms,
    })
}

/// Commits the windows of events that are stored but not yet in `cost_windows`, computed from the
/// stored rows, so that no price can differ. `false`: another worker was faster, look again.
async fn catch_up_windows(
    access: &LakeAccess,
    progress: &[PartitionProgress],
    fold: &mut WindowFold,
) -> anyhow::Result<bool> {
    for partition in progress {
        let (Some(events_next), Some(windows_next)) =
            (partition.events_next, partition.windows_next)
        else {
            continue;
        };
        if windows_next >= events_next {
            continue;
        }
        let source = &partition.source;
        tracing::info!(%source, windows_next, events_next, "rebuilding windows that a stop left out");
        let mut folded = Ok(());
        access
            .reader
            .priced_events(source, windows_next, events_next, &mut |batch| {
                if folded.is_ok() {
                    folded = fold.fold(&batch);
                }
            })
            .await
            .context("could not read back events")?;
        let windows = fold.finish().context("could not rebuild windows")?;
        folded.context("could not rebuild windows")?;
        fault_points::reach("catch-up/folded");
        let span = PartitionSpan {
            next: events_next,
            ..PartitionSpan::empty(source.clone(), windows_next)
        };
        match access.lake.commit_windows(&[span], &windows).await? {
            CommitOutcome::Committed(_) => {}
            CommitOutcome::Fenced { .. } | CommitOutcome::Expired { .. } => return Ok(false),
        }
    }
    Ok(true)
}

/// Fills the index of events met before with those of partitions below an offset, as far back
/// as the horizon reaches; all of them where events have no Kafka time, as those of files.
///
/// # Errors
/// Storage errors.
pub(crate) async fn rebuild_dedup(
    reader: &LakeReader,
    dedup: &mut DedupIndex,
    starts: &BTreeMap<SourcePartition, i64>,
    horizon_s: u32,
) -> anyhow::Result<()> {
    let horizon_us = i64::from(horizon_s) * US_PER_S;
    for (source, &below_offset) in starts {
        dedup.forget(source.partition);
        // Counted back from the partition's own newest record: a backlog is read long after its
        // messages were sent.
        let newest_us = reader.newest_kafka_time_us(source, below_offset).await?;
        let since_us = newest_us.map_or(i64::MIN, |newest_us| newest_us - horizon_us);
        reader
            .event_identities(source, since_us, below_offset, &mut |identities| {
                for identity in identities.iter() {
                    dedup.seed(
                        source.partition,
                        identity.event_id,
                        identity.content_hash,
                        identity.kafka_offset,
                        identity.kafka_time_us.unwrap_or(0),
                    );
                }
            })
            .await
            .with_context(|| format!("could not rebuild the duplicate index of {source}"))?;
    }
    Ok(())
}
