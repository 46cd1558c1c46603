//! Counters and gauges for operators, in Prometheus' text form; updated per batch or commit.
//!
//! Every label has a bounded set of values: reasons, stages and partitions, never users, which
//! belong into the lake, and of models only the first that have no price (`unpriced`).

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Decimal128Type;
use ingest::dedup::DedupIndex;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use schemas::event::EventBatch;
use schemas::money::PicoUsd;
use schemas::position::PartitionSpan;
use sinks::CommitReport;

pub(crate) mod alerts;
mod committed;
pub(crate) mod delivery;
mod registration;
mod unpriced;

use crate::worker::epoch::Absorbed;
use alerts::AlertMetrics;
use committed::CommittedMessages;
use unpriced::UnpricedEvents;

/// Bounds of the histograms of seconds.
const SECONDS_BUCKETS: [f64; 12] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0,
];

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Partition {
    partition: i32,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct FieldName {
    field: String,
}

type Count = Counter<u64, AtomicU64>;
type Level = Gauge<i64, AtomicI64>;

/// All metrics of a worker.
pub(crate) struct Metrics {
    registry: Registry,
    events: Count,
    bytes: Count,
    rejects: Family<Reason, Count>,
    duplicates: Count,
    tombstones: Count,
    expired: Count,
    unpriced: Count,
    unpriced_events: UnpricedEvents,
    unmetered: Count,
    unattributed: Count,
    unknown_fields: Family<FieldName, Count>,
    fenced: Count,
    commits: Count,
    committed_messages: CommittedMessages,
    batch_seconds: Histogram,
    epoch_seconds: Histogram,
    commit_seconds: Histogram,
    committed_bytes: Count,
    lag: Family<Partition, Level>,
    watermark_age_seconds: Family<Partition, Level>,
    memory_bytes: Level,
    dedup_horizon_seconds: Level,
    dedup_entries: Level,
    price_book_age_seconds: Level,
    ready: Level,
    /// What an evaluator beside the lanes shows.
    pub(crate) alerts: AlertMetrics,
    // A std mutex: held for one addition a batch.
    cost: Mutex<PicoUsd>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// A few totals for the status line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Totals {
    /// Events that were read.
    pub(crate) events: u64,
    /// Messages that became a reject.
    pub(crate) rejects: u64,
    /// Messages that were copies.
    pub(crate) duplicates: u64,
    /// Commits that landed.
    pub(crate) commits: u64,
    /// Cost of all events that were read.
    pub(crate) cost: PicoUsd,
}

impl Metrics {
    /// All metrics at zero.
    #[must_use]
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("tokenmeter"),
            events: Count::default(),
            bytes: Count::default(),
            rejects: Family::default(),
            duplicates: Count::default(),
            tombstones: Count::default(),
            expired: Count::default(),
            unpriced: Count::default(),
            unpriced_events: UnpricedEvents::default(),
            unmetered: Count::default(),
            unattributed: Count::default(),
            unknown_fields: Family::default(),
            fenced: Count::default(),
            commits: Count::default(),
            committed_messages: CommittedMessages::default(),
            batch_seconds: Histogram::new(SECONDS_BUCKETS),
            epoch_seconds: Histogram::new(SECONDS_BUCKETS),
            commit_seconds: Histogram::new(SECONDS_BUCKETS),
            committed_bytes: Count::default(),
            lag: Family::default(),
            watermark_age_seconds: Family::default(),
            memory_bytes: Level::default(),
            dedup_horizon_seconds: Level::default(),
            dedup_entries: Level::default(),
            price_book_age_seconds: Level::default(),
            ready: Level::default(),
            alerts: AlertMetrics::default(),
            cost: Mutex::new(PicoUsd::default()),
        };
        metrics.register();
        metrics
    }

    /// Takes in one batch.
    pub(crate) fn batch(
        &self,
        batch: &EventBatch,
        payload_bytes: u64,
        absorbed: &Absorbed,
        took: Duration,
    ) {
        self.bytes.inc_by(payload_bytes);
        for span in &batch.spans {
            self.events.inc_by(span.events.unsigned_abs());
            self.duplicates.inc_by(span.duplicates.unsigned_abs());
            self.tombstones.inc_by(span.tombstones.unsigned_abs());
        }
        for reject in &batch.rejects {
            self.rejects
                .get_or_create(&Reason {
                    reason: reject.reason.as_str(),
                })
                .inc();
        }
        self.unpriced.inc_by(absorbed.pricing.unpriced);
        self.unpriced_events.add(&absorbed.pricing);
        self.unmetered.inc_by(absorbed.pricing.unmetered);
        self.batch_seconds.observe(took.as_secs_f64());
        if let Some(costs) = absorbed.priced.column_by_name("cost_usd") {
            let costs = costs.as_primitive::<Decimal128Type>();
            let sum = arrow::compute::sum(costs).unwrap_or(0);
            if let Ok(mut cost) = self.cost.lock() {
                cost.0 += sum;
            }
        }
        let unattributed = unattributed_rows(batch);
        self.unattributed.inc_by(unattributed);
    }

    /// Takes in top-level fields that no event has.
    pub(crate) fn unknown_fields(&self, fields: Vec<(String, u64)>) {
        for (field, count) in fields {
            self.unknown_fields
                .get_or_create(&FieldName { field })
                .inc_by(count);
        }
    }

    /// Takes in messages that expired before they were read.
    pub(crate) fn expired(&self, messages: i64) {
        self.expired.inc_by(messages.unsigned_abs());
    }

    /// Takes in that an epoch was closed.
    pub(crate) fn epoch_sealed(&self, open: Duration) {
        self.epoch_seconds.observe(open.as_secs_f64());
    }

    /// Takes in a commit that landed.
    pub(crate) fn committed(&self, report: &CommitReport, spans: &[PartitionSpan]) {
        self.commits.inc();
        self.committed_messages.add(spans);
        self.commit_seconds.observe(report.seconds);
        self.committed_bytes.inc_by(report.bytes);
    }

    /// Takes in an epoch that was dropped.
    pub(crate) fn fenced(&self) {
        self.fenced.inc();
    }

    /// Sets how far a partition is behind.
    pub(crate) fn set_lag(&self, partition: i32, messages: i64) {
        self.lag
            .get_or_create(&Partition { partition })
            .set(messages);
    }

    /// Sets the age of a partition's watermark.
    pub(crate) fn set_watermark_age(&self, partition: i32, seconds: i64) {
        self.watermark_age_seconds
            .get_or_create(&Partition { partition })
            .set(seconds);
    }

    /// Sets what the duplicate index covers.
    pub(crate) fn set_dedup(&self, dedup: &DedupIndex) {
        self.dedup_horizon_seconds
            .set(i64::try_from(dedup.horizon_s()).unwrap_or(i64::MAX));
        self.dedup_entries
            .set(i64::try_from(dedup.entries()).unwrap_or(i64::MAX));
    }

    /// Sets the age of the price book's facts.
    pub(crate) fn set_price_book_age(&self, seconds: i64) {
        self.price_book_age_seconds.set(seconds);
    }

    /// Sets the resident memory.
    pub(crate) fn set_memory(&self, bytes: i64) {
        self.memory_bytes.set(bytes);
    }

    /// Takes in that partitions are being read.
    pub(crate) fn set_ready(&self) {
        self.ready.set(1);
    }

    /// Whether partitions are being read.
    #[must_use]
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.get() == 1
    }

    /// A few totals for the status line.
    #[must_use]
    pub(crate) fn totals(&self) -> Totals {
        let rejects = schemas::reject::RejectReason::ALL
            .iter()
            .map(|reason| {
                self.rejects
                    .get_or_create(&Reason {
                        reason: reason.as_str(),
                    })
                    .get()
            })
            .sum();
        Totals {
            events: self.events.get(),
            rejects,
            duplicates: self.duplicates.get(),
            commits: self.commits.get(),
            cost: self.cost.lock().map(|cost| *cost).unwrap_or_default(),
        }
    }

    /// The text that Prometheus reads.
    #[must_use]
    pub(crate) fn render(&self) -> String {
        rendered(&self.registry)
    }
}

/// The text that Prometheus reads, of whatever is registered.
pub(crate) fn rendered(registry: &Registry) -> String {
    let mut text = String::new();
    match encode(&mut text, registry) {
        Ok(()) => text,
        Err(error) => format!("# could not encode the metrics: {error}\n"),
    }
}

/// Events without a user; the text is looked at once per distinct user.
fn unattributed_rows(batch: &EventBatch) -> u64 {
    let Some(users) = batch.events.column_by_name("user_id") else {
        return 0;
    };
    let Some(users) = users.as_dictionary_opt::<arrow::datatypes::Int32Type>() else {
        return 0;
    };
    let names = users.values().as_string::<i32>();
    let Some(empty) = (0..names.len()).find(|&row| names.value(row).is_empty()) else {
        return 0;
    };
    let rows = users
        .keys()
        .iter()
        .flatten()
        .filter(|&key| usize::try_from(key) == Ok(empty))
        .count();
    rows as u64
}
