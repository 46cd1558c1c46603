//! The span of work between two commits: what was read, priced, folded and encoded in it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aggregate::pricing::{Pricer, PricingCounts};
use aggregate::window_fold::WindowFold;
use anyhow::Context;
use arrow::array::RecordBatch;
use schemas::event::EventBatch;
use schemas::position::{PartitionSpan, SourcePartition};
use sinks::{EpochWriter, LakeSettings, SealRequest, SealedEpoch, Topic};

/// When an epoch is full.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EpochLimits {
    /// How long it may stay open.
    pub(crate) age_max: Duration,
    /// Bytes that its encoded rows and windows may take in memory.
    pub(crate) bytes_max: usize,
}

/// What was found in one batch, for metrics.
#[derive(Debug)]
pub(crate) struct Absorbed {
    /// What pricing met.
    pub(crate) pricing: PricingCounts,
    /// The batch with its prices.
    pub(crate) priced: RecordBatch,
}

/// An epoch that is still open.
#[derive(Debug)]
pub(crate) struct Epoch {
    writer: EpochWriter,
    spans: BTreeMap<SourcePartition, PartitionSpan>,
    opened: Option<Instant>,
}

impl Epoch {
    /// An epoch with nothing in it.
    ///
    /// # Errors
    /// A Zstandard level that there is not.
    pub(crate) fn new(settings: &LakeSettings) -> anyhow::Result<Self> {
        Ok(Self {
            writer: EpochWriter::new(settings)?,
            spans: BTreeMap::new(),
            opened: None,
        })
    }

    /// Prices a batch, folds it into windows and encodes it.
    ///
    /// # Errors
    /// An error of a stage means a defect, not bad input: the epoch must be dropped.
    pub(crate) fn absorb(
        &mut self,
        batch: &EventBatch,
        pricer: &mut Pricer,
        fold: &mut WindowFold,
        ingested_at_us: i64,
    ) -> anyhow::Result<Absorbed> {
        self.opened.get_or_insert_with(Instant::now);
        let priced = pricer
            .price(&batch.events)
            .context("could not price a batch")?;
        if let Some(span) = batch.spans.first().filter(|_| priced.num_rows() > 0) {
            fold.fold(&priced)
                .context("could not fold a batch into windows")?;
            let topic = Topic {
                name: Arc::clone(&span.source.topic),
                id: Arc::clone(&span.source.topic_id),
            };
            self.writer
                .write_events(&topic, ingested_at_us, &priced)
                .context("could not encode a batch of events")?;
        }
        if !batch.rejects.is_empty() {
            self.writer
                .write_rejects(&batch.rejects, ingested_at_us)
                .context("could not encode rejects")?;
        }
        for span in &batch.spans {
            extend(&mut self.spans, span);
        }
        Ok(Absorbed {
            pricing: pricer.take_counts(),
            priced,
        })
    }

    /// Makes a partition part of the epoch though nothing was read of it, so that the commit
    /// compares its offset before it claims a watermark.
    pub(crate) fn touch(&mut self, source: SourcePartition, next: i64) {
        self.opened.get_or_insert_with(Instant::now);
        self.spans
            .entry(source.clone())
            .or_insert_with(|| PartitionSpan::empty(source, next));
    }

    /// Whether there is anything to commit.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Bytes held in memory for encoded rows.
    #[must_use]
    pub(crate) fn encoded_bytes(&self) -> usize {
        self.writer.encoded_bytes()
    }

    /// When the epoch was opened; `None` while it is empty.
    #[must_use]
    pub(crate) const fn opened(&self) -> Option<Instant> {
        self.opened
    }

    /// Whether it is time to commit.
    #[must_use]
    pub(crate) fn is_due(&self, limits: EpochLimits, window_bytes: usize) -> bool {
        !self.is_empty()
            && (self
                .opened
                .is_some_and(|opened| opened.elapsed() >= limits.age_max)
                || self.encoded_bytes() + window_bytes >= limits.bytes_max)
    }

    /// The partitions in it.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &SourcePartition> {
        self.spans.keys()
    }

    /// Closes the epoch.
    ///
    /// # Errors
    /// An error of a stage means a defect.
    pub(crate) fn seal(
        self,
        fold: &mut WindowFold,
        watermarks: Vec<(SourcePartition, i64)>,
        rejects_next: &BTreeMap<SourcePartition, i64>,
        sealed_at_us: i64,
    ) -> anyhow::Result<SealedEpoch> {
        let windows = fold
            .finish()
            .context("could not finish the windows of an epoch")?;
        let request = SealRequest {
            spans: self.spans.into_values().collect(),
            windows,
            watermarks,
            rejects_next: rejects_next
                .iter()
                .map(|(source, &next)| (source.clone(), next))
                .collect(),
            sealed_at_us,
        };
        self.writer
            .seal(request)
            .context("could not finish the files of an epoch")
    }
}

fn extend(spans: &mut BTreeMap<SourcePartition, PartitionSpan>, more: &PartitionSpan) {
    let span = spans
        .entry(more.source.clone())
        .or_insert_with(|| PartitionSpan::empty(more.source.clone(), more.start));
    debug_assert_eq!(
        span.next, more.start,
        "batches of a partition follow on each other"
    );
    span.next = more.next;
    span.events += more.events;
    span.rejects += more.rejects;
    span.duplicates += more.duplicates;
    span.tombstones += more.tombstones;
    span.gaps += more.gaps;
    span.expired += more.expired;
    span.event_time_max_us = span.event_time_max_us.max(more.event_time_max_us);
}
