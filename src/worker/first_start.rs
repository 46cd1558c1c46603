//! Where a topic is entered that the lake has never seen, if not at its first message.

use std::sync::Arc;

use anyhow::Context;
use ingest::IngestError;
use ingest::kafka::topic_info::TopicInfo;
use schemas::position::SourcePartition;
use sinks::Lake;

/// Begins all partitions of a topic behind their last messages.
///
/// Where the lake knows one of them already, the others were added to the topic later: everything
/// in them is new, and they are left to be begun at their first messages.
///
/// # Errors
/// Storage errors, and brokers that do not answer.
pub(crate) async fn begin_behind_last(
    lake: &Lake,
    info: &Arc<TopicInfo>,
    sources: Vec<SourcePartition>,
) -> anyhow::Result<()> {
    let known = lake
        .progress(&sources)
        .await
        .context("could not read the lake's offsets")?;
    if known
        .iter()
        .any(|partition| partition.events_next.is_some())
    {
        return Ok(());
    }
    let info = Arc::clone(info);
    let ends = tokio::task::spawn_blocking(move || {
        let end = |source: SourcePartition| {
            let bounds = info.bounds(source.partition)?;
            Ok((source, bounds.end))
        };
        sources
            .into_iter()
            .map(end)
            .collect::<Result<Vec<_>, IngestError>>()
    })
    .await??;
    // Another worker may have been faster; what it entered stands.
    let _entered = lake
        .seed(&ends)
        .await
        .context("could not enter the topic's partitions")?;
    Ok(())
}
