//! What an evaluator of rules shows of itself: of alerts the rule and its severity, never the key.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use readers::alerts::evaluator::EvaluatorReport;

use super::delivery::DeliveryMetrics;
use super::{Count, Level, SECONDS_BUCKETS};

/// A rule, as Prometheus' own alerts name it.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RuleName {
    alertname: String,
    severity: String,
}

/// The metrics of an evaluator.
#[derive(Debug, Clone)]
pub(crate) struct AlertMetrics {
    firing: Family<RuleName, Level>,
    pending: Family<RuleName, Level>,
    changes: Count,
    fenced: Count,
    failures: Count,
    evaluation_seconds: Histogram,
    keys: Level,
    dropped_rows: Level,
    memory_bytes: Level,
    complete_age_seconds: Level,
    /// What receivers were told.
    pub(crate) delivery: DeliveryMetrics,
}

impl Default for AlertMetrics {
    fn default() -> Self {
        Self {
            firing: Family::default(),
            pending: Family::default(),
            changes: Count::default(),
            fenced: Count::default(),
            failures: Count::default(),
            evaluation_seconds: Histogram::new(SECONDS_BUCKETS),
            keys: Level::default(),
            dropped_rows: Level::default(),
            memory_bytes: Level::default(),
            complete_age_seconds: Level::default(),
            delivery: DeliveryMetrics::default(),
        }
    }
}

impl AlertMetrics {
    /// Adds the metrics to a registry.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "alerts_firing",
            "Alerts that fire, by rule.",
            self.firing.clone(),
        );
        registry.register(
            "alerts_pending",
            "Alerts that are pending, by rule.",
            self.pending.clone(),
        );
        registry.register(
            "alert_changes",
            "Changes of alerts committed to the lake.",
            self.changes.clone(),
        );
        registry.register(
            "alert_fenced",
            "Times that another evaluator was faster.",
            self.fenced.clone(),
        );
        registry.register(
            "alert_failures",
            "Rounds of the evaluator that failed and were begun anew.",
            self.failures.clone(),
        );
        registry.register(
            "alert_evaluation_seconds",
            "Evaluation of the rules that are due, without reading.",
            self.evaluation_seconds.clone(),
        );
        registry.register(
            "alert_keys",
            "Keys that rules look at, each in each picture that has it.",
            self.keys.clone(),
        );
        registry.register(
            "alert_dropped_rows",
            "Rows of keys beyond alerts.keys_max.",
            self.dropped_rows.clone(),
        );
        registry.register(
            "alert_memory_bytes",
            "What the evaluator holds of keys, estimated.",
            self.memory_bytes.clone(),
        );
        registry.register(
            "alert_complete_age_seconds",
            "How far the last complete window is behind the clock.",
            self.complete_age_seconds.clone(),
        );
        self.delivery.register(registry);
    }

    /// Takes in an evaluation.
    pub(crate) fn evaluated(&self, took: Duration, report: &EvaluatorReport) {
        let level = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.evaluation_seconds.observe(took.as_secs_f64());
        self.keys.set(level(report.keys));
        self.dropped_rows
            .set(i64::try_from(report.rows_dropped).unwrap_or(i64::MAX));
        for rule in &report.rules {
            let name = RuleName {
                alertname: rule.rule.clone(),
                severity: rule.severity.clone(),
            };
            self.firing.get_or_create(&name).set(level(rule.firing));
            self.pending.get_or_create(&name).set(level(rule.pending));
        }
    }

    /// Sets what the evaluator holds.
    pub(crate) fn set_memory(&self, bytes: usize) {
        self.memory_bytes
            .set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Sets how far the last complete window is behind the clock.
    pub(crate) fn set_complete_age(&self, seconds: i64) {
        self.complete_age_seconds.set(seconds);
    }

    /// Takes in changes that were committed.
    pub(crate) fn committed(&self, changes: usize) {
        self.changes.inc_by(changes as u64);
    }

    /// Takes in that another evaluator was faster.
    pub(crate) fn fenced(&self) {
        self.fenced.inc();
    }

    /// Takes in a round that failed.
    pub(crate) fn failed(&self) {
        self.failures.inc();
    }
}
