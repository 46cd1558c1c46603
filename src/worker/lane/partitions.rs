//! How a lane takes partitions over, gives them back, and goes on behind a loss.

use std::collections::BTreeMap;

use ingest::kafka::topic_info::TopicInfo;
use schemas::position::SourcePartition;

use super::{FirstStart, Lane};
use crate::fault_points;
use crate::worker::assignment::{rebuild_dedup, resume};

impl Lane {
    /// Brings the lake up to date for partitions and starts to read them from where it says.
    pub(super) fn start_partitions(&mut self, partitions: &[i32]) -> anyhow::Result<()> {
        // Windows are rebuilt with the same fold, so nothing of an open epoch may be in it.
        self.commit_all()?;
        let sources: Vec<_> = partitions
            .iter()
            .map(|&partition| self.reader.source(partition))
            .collect();
        let runtime = self.shared.runtime.clone();
        let info = TopicInfo::connect(&self.settings.reader.kafka, &self.settings.reader.topic)?;
        let first_start = self.settings.first_start;
        let resumptions = runtime.block_on(resume(
            &self.shared.access,
            &sources,
            |partition| {
                let bounds = info.bounds(partition)?;
                Ok(match first_start {
                    FirstStart::Earliest => bounds.first,
                    FirstStart::Latest => bounds.end,
                })
            },
            &mut self.fold,
        ))?;
        let mut starts = Vec::with_capacity(resumptions.len());
        let mut below = BTreeMap::new();
        for resumption in resumptions {
            let source = self.reader.source(resumption.start.partition);
            self.refuse_truncated(&info, &source, resumption.start.offset)?;
            self.watermarks
                .assign(source.partition, resumption.watermark_ms);
            self.ended.remove(&source.partition);
            self.shared
                .progress
                .committed(source.partition, resumption.start.offset);
            tracing::info!(%source, offset = resumption.start.offset, "reading a partition");
            below.insert(source.clone(), resumption.start.offset);
            self.rejects_next.insert(source, resumption.rejects_next);
            starts.push(fault_points::start_of(&self.reader, resumption.start));
        }
        runtime.block_on(rebuild_dedup(
            &self.shared.access.reader,
            self.reader.dedup(),
            &below,
            self.settings.dedup_horizon_s,
        ))?;
        fault_points::reach("resume/duplicates-known");
        self.reader.assign(&starts)?;
        fault_points::reach("resume/assigned");
        self.shared.metrics.set_ready();
        Ok(())
    }

    pub(super) fn refuse_truncated(
        &self,
        info: &TopicInfo,
        source: &SourcePartition,
        offset: i64,
    ) -> anyhow::Result<()> {
        let bounds = info.bounds(source.partition)?;
        self.shared.progress.end_seen(source.partition, bounds.end);
        anyhow::ensure!(
            offset <= bounds.end,
            "the lake holds {source} up to offset {offset}, but the topic ends at {}: messages \
             were taken out of the log (an unclean leader election, or a restored cluster); \
             compare both before you go on under another pipeline name",
            bounds.end
        );
        Ok(())
    }

    pub(super) fn end_partitions(&mut self, partitions: &[i32], lost: bool) -> anyhow::Result<()> {
        if lost {
            tracing::warn!(
                ?partitions,
                "partitions were lost; what was not committed is read again by their new owner"
            );
            self.finish_in_flight()?;
            self.drop_epoch()?;
            // What else the dropped epoch held is read again from the lake's offsets.
            let kept: Vec<i32> = self
                .reader
                .assigned()
                .into_iter()
                .filter(|partition| !partitions.contains(partition))
                .collect();
            self.release(partitions)?;
            if !kept.is_empty() {
                self.reader.revoke(&kept)?;
                self.start_partitions(&kept)?;
            }
            return Ok(());
        }
        self.commit_all()?;
        fault_points::reach("revoke/committed");
        self.release(partitions)
    }

    pub(super) fn release(&mut self, partitions: &[i32]) -> anyhow::Result<()> {
        self.reader.revoke(partitions)?;
        fault_points::reach("revoke/released");
        for &partition in partitions {
            self.watermarks.forget(partition);
            self.ended.remove(&partition);
            self.rejects_next.remove(&self.reader.source(partition));
        }
        Ok(())
    }

    pub(super) fn resume_after_loss(&mut self) -> anyhow::Result<()> {
        for loss in self.reader.resume_after_loss()? {
            tracing::error!(
                partition = loss.partition,
                first_lost = loss.first_lost,
                messages = loss.messages,
                "messages expired in Kafka before they were read: they are lost, and counted as \
                 expired in the lake; raise the topic's retention or add workers"
            );
            self.shared.metrics.expired(loss.messages);
        }
        Ok(())
    }
}
