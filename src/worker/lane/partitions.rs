//! How a lane takes partitions over, gives them back, and goes on behind a loss.

use std::collections::BTreeMap;

use ingest::kafka::topic_reader::{AssignedStart, Loss};
use schemas::position::SourcePartition;

use super::Lane;
use crate::fault_points;
use crate::worker::assignment::{rebuild_dedup, resume};
use crate::worker::patience::{Patience, hint};

impl Lane {
    /// Brings the lake up to date for partitions and starts to read them from where it says.
    pub(super) fn start_partitions(&mut self, partitions: &[i32]) -> anyhow::Result<()> {
        // Windows are rebuilt with the same fold, so nothing of an open epoch may be in it.
        self.commit_all()?;
        let prepared = self.until_answered("begin partitions", |lane| lane.prepare(partitions))?;
        if let Some(starts) = prepared {
            self.reader.assign(&starts)?;
            fault_points::reach("resume/assigned");
            self.shared.metrics.set_ready();
        }
        Ok(())
    }

    /// Where partitions start; all that was known of them is built anew, so it may be tried again.
    fn prepare(&mut self, partitions: &[i32]) -> anyhow::Result<Vec<AssignedStart>> {
        self.fold.reset();
        self.shared.topic.ensure_same()?;
        let sources: Vec<_> = partitions
            .iter()
            .map(|&partition| self.reader.source(partition))
            .collect();
        let runtime = self.shared.runtime.clone();
        let resumptions = runtime.block_on(resume(
            &self.shared.access,
            &sources,
            |partition| Ok(self.shared.topic.info().bounds(partition)?.first),
            &mut self.fold,
        ))?;
        let mut starts = Vec::with_capacity(resumptions.len());
        let mut below = BTreeMap::new();
        for resumption in resumptions {
            let source = self.reader.source(resumption.start.partition);
            self.refuse_truncated(&source, resumption.start.offset)?;
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
        Ok(starts)
    }

    /// Asks Kafka or the lake for what the lane cannot go on without, and waits while they cannot
    /// answer. `None`: it was asked to stop meanwhile.
    fn until_answered<T>(
        &mut self,
        act: &'static str,
        mut ask: impl FnMut(&mut Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<Option<T>> {
        let mut patience = Patience::default();
        loop {
            let error = match ask(self) {
                Ok(answer) => return Ok(Some(answer)),
                Err(error) => error,
            };
            let shutdown = self.shared.shutdown.clone();
            let Some(wait) = patience.after(hint(&error), false) else {
                return Err(error.context(format!("could not {act}")));
            };
            if shutdown.is_requested() {
                return Ok(None);
            }
            tracing::warn!(
                error = error.as_ref() as &dyn std::error::Error,
                wait_ms = wait.as_millis(),
                "could not {act}; trying again, nothing is lost"
            );
            self.shared.runtime.block_on(async {
                tokio::select! {
                    () = shutdown.requested() => {}
                    () = tokio::time::sleep(wait) => {}
                }
            });
        }
    }

    fn refuse_truncated(&self, source: &SourcePartition, offset: i64) -> anyhow::Result<()> {
        let bounds = self.shared.topic.info().bounds(source.partition)?;
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

    pub(super) fn resume_after_loss(&mut self, partitions: &[i32]) -> anyhow::Result<()> {
        for &partition in partitions {
            let skipped =
                self.until_answered("go on behind expired messages", |lane| lane.skip(partition))?;
            let Some(loss) = skipped.flatten() else {
                continue;
            };
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

    fn skip(&mut self, partition: i32) -> anyhow::Result<Option<Loss>> {
        self.shared.topic.ensure_same()?;
        if let Some(next) = self.reader.next_offset(partition) {
            self.refuse_truncated(&self.reader.source(partition), next)?;
        }
        Ok(self.reader.skip_expired(partition)?)
    }
}
