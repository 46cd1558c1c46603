//! One consuming thread: read, price, fold, encode, seal, and hand over to the committer.
//!
//! A lane consumes where it decodes and shares nothing with other lanes but the lake. While one
//! epoch is being committed it fills the next; it never runs further ahead than that, so a slow
//! lake makes the reader wait.

mod partitions;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aggregate::pricing::Pricer;
use aggregate::window_fold::{FoldOptions, WindowFold};
use ingest::kafka::topic_reader::{Read, ReaderSettings, TopicReader};
use schemas::clock::Clock;
use schemas::event::EventBatch;
use schemas::position::SourcePartition;
use schemas::rollup::Rollup;
use schemas::time::US_PER_MS;
use sinks::{CommitOutcome, LakeSettings};
use tokio::runtime::Handle;

use super::committer::{Finished, InFlight};
use super::epoch::{Epoch, EpochLimits};
use super::lake_access::LakeAccess;
use super::progress::TopicProgress;
use super::shutdown::Shutdown;
use super::topic_identity::TopicIdentity;
use super::watermark::Watermarks;
use crate::fault_points;
use crate::metrics::Metrics;

/// How long one read waits for a first message.
const IDLE_WAIT: Duration = Duration::from_millis(100);

/// What a lane works with; all lanes of a worker have the same.
#[derive(Debug, Clone)]
pub(crate) struct LaneSettings {
    /// How it consumes.
    pub(crate) reader: ReaderSettings,
    /// What it keeps.
    pub(crate) rollups: Vec<Rollup>,
    /// How it encodes.
    pub(crate) lake: LakeSettings,
    /// When an epoch is full.
    pub(crate) limits: EpochLimits,
    /// How late an event may be, seconds.
    pub(crate) lateness_s_max: u32,
    /// How far a watermark moves before it is committed without events, milliseconds.
    pub(crate) watermark_step_ms: i64,
    /// How far back the duplicate index reaches, seconds.
    pub(crate) dedup_horizon_s: u32,
}

/// What lanes share.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    /// The topic, and whether it is still the same.
    pub(crate) topic: TopicIdentity,
    /// The lake.
    pub(crate) access: LakeAccess,
    /// What prices are taken from.
    pub(crate) prices: Arc<schemas::price_book::PriceBook>,
    /// What time it is.
    pub(crate) clock: Arc<dyn Clock>,
    /// Counters for operators.
    pub(crate) metrics: Arc<Metrics>,
    /// Offsets, committed and to come.
    pub(crate) progress: Arc<TopicProgress>,
    /// When to stop.
    pub(crate) shutdown: Shutdown,
    /// Runs the commits.
    pub(crate) runtime: Handle,
}

/// One consuming thread's state.
#[derive(Debug)]
pub(crate) struct Lane {
    settings: LaneSettings,
    shared: Shared,
    reader: TopicReader,
    pricer: Pricer,
    fold: WindowFold,
    epoch: Epoch,
    in_flight: Option<InFlight>,
    watermarks: Watermarks,
    /// Where the table `rejects` stands, per partition that is read.
    rejects_next: BTreeMap<SourcePartition, i64>,
    /// Partitions that were read to their end and have brought nothing since.
    ended: BTreeSet<i32>,
}

impl Lane {
    /// Joins the consumer group.
    ///
    /// # Errors
    /// An unknown librdkafka property, or a rollup that cannot be kept.
    pub(crate) fn join(settings: LaneSettings, shared: Shared) -> anyhow::Result<Self> {
        Ok(Self {
            reader: TopicReader::join(&settings.reader)?,
            pricer: Pricer::new(Arc::clone(&shared.prices)),
            fold: WindowFold::new(settings.rollups.clone(), FoldOptions::default())?,
            epoch: Epoch::new(&settings.lake)?,
            in_flight: None,
            watermarks: Watermarks::new(settings.lateness_s_max),
            rejects_next: BTreeMap::new(),
            ended: BTreeSet::new(),
            settings,
            shared,
        })
    }

    /// Works until it is asked to stop; then finishes and commits the epoch.
    ///
    /// # Errors
    /// What an operator must act on: rights, a full disk, a lake that is no lake of ours.
    pub(crate) fn run(mut self) -> anyhow::Result<()> {
        while !self.shared.shutdown.is_requested() {
            self.step()?;
        }
        self.commit_all()
    }

    fn step(&mut self) -> anyhow::Result<()> {
        match self.reader.read(IDLE_WAIT)? {
            Read::Batch {
                batch,
                ended,
                payload_bytes,
            } => {
                self.absorb(&batch, payload_bytes)?;
                for span in &batch.spans {
                    self.ended.remove(&span.source.partition);
                }
                self.ended.extend(ended);
            }
            Read::Idle { ended } => self.ended.extend(ended),
            Read::Assigned(partitions) => self.start_partitions(&partitions)?,
            Read::Revoked { partitions, lost } => self.end_partitions(&partitions, lost)?,
            Read::OutOfRange(partitions) => self.resume_after_loss(&partitions)?,
        }
        if self.in_flight.as_ref().is_some_and(InFlight::is_finished) {
            self.finish_in_flight()?;
        }
        self.caught_up();
        self.touch_moved_watermarks();
        if self
            .epoch
            .is_due(self.settings.limits, self.fold.memory_bytes())
        {
            self.seal_and_start()?;
        }
        Ok(())
    }

    fn absorb(&mut self, batch: &EventBatch, payload_bytes: u64) -> anyhow::Result<()> {
        let started = Instant::now();
        let now_us = self.shared.clock.now_us();
        let absorbed = self
            .epoch
            .absorb(batch, &mut self.pricer, &mut self.fold, now_us)?;
        for span in &batch.spans {
            self.watermarks.observe(span);
        }
        let metrics = &self.shared.metrics;
        metrics.batch(batch, payload_bytes, &absorbed, started.elapsed());
        metrics.unknown_fields(self.reader.take_unknown_fields());
        Ok(())
    }

    /// Partitions at their end complete time up to now, and a run that has a goal may be done.
    fn caught_up(&mut self) {
        let now_us = self.shared.clock.now_us();
        for &partition in &self.ended {
            self.watermarks.caught_up(partition, now_us);
        }
        for &partition in self
            .ended
            .iter()
            .filter(|&&partition| self.is_all_committed(partition))
        {
            self.shared.progress.ended(partition);
        }
    }

    fn is_all_committed(&self, partition: i32) -> bool {
        let open = self
            .epoch
            .sources()
            .any(|source| source.partition == partition);
        let flying = self.in_flight.as_ref().is_some_and(|in_flight| {
            in_flight
                .spans()
                .iter()
                .any(|span| span.source.partition == partition)
        });
        !open && !flying
    }

    /// A partition on which nothing happens still tells readers how far time is complete.
    fn touch_moved_watermarks(&mut self) {
        let moved: Vec<i32> = self
            .watermarks
            .unclaimed(self.settings.watermark_step_ms)
            .collect();
        for partition in moved {
            if let Some(next) = self.reader.next_offset(partition) {
                self.epoch.touch(self.reader.source(partition), next);
            }
        }
    }

    fn seal_and_start(&mut self) -> anyhow::Result<()> {
        if !self.finish_in_flight()? {
            return Ok(());
        }
        let opened = self.epoch.opened();
        let epoch = std::mem::replace(&mut self.epoch, Epoch::new(&self.settings.lake)?);
        let watermarks: Vec<_> = epoch
            .sources()
            .filter_map(|source| {
                Some((
                    source.clone(),
                    self.watermarks.current_ms(source.partition)?,
                ))
            })
            .collect();
        for (source, watermark_ms) in &watermarks {
            self.watermarks.claimed(source.partition, *watermark_ms);
        }
        let now_us = self.shared.clock.now_us();
        let sealed = epoch.seal(&mut self.fold, watermarks, &self.rejects_next, now_us)?;
        fault_points::reach("epoch/sealed");
        if let Some(opened) = opened {
            self.shared.metrics.epoch_sealed(opened.elapsed());
        }
        self.in_flight = Some(InFlight::start(
            &self.shared.runtime,
            self.shared.access.lake.clone(),
            sealed,
            Some(self.shared.topic.clone()),
            self.shared.shutdown.clone(),
        ));
        Ok(())
    }

    /// Waits for the commit in flight, if there is one. `false`: it was fenced, so the open epoch
    /// was dropped too and the partitions start again from the lake.
    fn finish_in_flight(&mut self) -> anyhow::Result<bool> {
        let Some(in_flight) = self.in_flight.take() else {
            return Ok(true);
        };
        let Finished { epoch, outcome } = in_flight.wait(&self.shared.runtime)?;
        match outcome {
            CommitOutcome::Committed(report) => {
                let mut offsets = Vec::with_capacity(epoch.spans().len());
                for span in epoch.spans() {
                    offsets.push((span.source.partition, span.next));
                    self.shared
                        .progress
                        .committed(span.source.partition, span.next);
                }
                self.rejects_next
                    .extend(report.rejects_next.iter().cloned());
                fault_points::reach("acknowledge/before");
                self.reader.commit_for_lag_tools(&offsets);
                fault_points::reach("acknowledge/after");
                self.shared.metrics.committed(&report, epoch.spans());
                self.report_watermarks();
                Ok(true)
            }
            CommitOutcome::Fenced {
                table,
                partition,
                expected,
                stored,
            } => {
                tracing::warn!(
                    ?table, %partition, expected, stored,
                    "another worker committed these offsets; starting again from the lake"
                );
                self.start_again().map(|()| false)
            }
            CommitOutcome::Expired { table, age_s } => {
                tracing::warn!(
                    ?table,
                    age_s,
                    "an epoch waited too long for its commit; reading it again from Kafka"
                );
                self.start_again().map(|()| false)
            }
        }
    }

    /// Drops what is not committed and reads it again from where the lake is.
    fn start_again(&mut self) -> anyhow::Result<()> {
        self.shared.metrics.fenced();
        let partitions = self.reader.assigned();
        self.drop_epoch()?;
        self.reader.revoke(&partitions)?;
        self.start_partitions(&partitions)
    }

    fn report_watermarks(&mut self) {
        let now_ms = self.shared.clock.now_us().div_euclid(US_PER_MS);
        for partition in self.reader.assigned() {
            if let Some(watermark_ms) = self.watermarks.current_ms(partition) {
                self.shared
                    .metrics
                    .set_watermark_age(partition, (now_ms - watermark_ms) / 1_000);
            }
        }
        let dedup = self.reader.dedup();
        self.shared.metrics.set_dedup(dedup);
    }

    fn drop_epoch(&mut self) -> anyhow::Result<()> {
        self.epoch = Epoch::new(&self.settings.lake)?;
        self.fold.reset();
        Ok(())
    }

    fn commit_all(&mut self) -> anyhow::Result<()> {
        if !self.epoch.is_empty() {
            self.seal_and_start()?;
        }
        self.finish_in_flight()?;
        Ok(())
    }
}
