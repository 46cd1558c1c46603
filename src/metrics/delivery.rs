//! What is known of the delivery of alerts.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::{Count, Level};

/// Bounds of the seconds from a change to its acknowledgement: an outage takes hours.
const DELIVERY_BUCKETS: [f64; 10] = [0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0, 3600.0];

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Receiver {
    receiver: String,
}

/// Metrics of all receivers, of which a configuration names a few.
#[derive(Debug, Clone)]
pub(crate) struct DeliveryMetrics {
    sent: Family<Receiver, Count>,
    retried: Family<Receiver, Count>,
    dead: Family<Receiver, Count>,
    queued: Family<Receiver, Level>,
    seconds: Family<Receiver, Histogram, fn() -> Histogram>,
}

impl Default for DeliveryMetrics {
    fn default() -> Self {
        Self {
            sent: Family::default(),
            retried: Family::default(),
            dead: Family::default(),
            queued: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(DELIVERY_BUCKETS)),
        }
    }
}

impl DeliveryMetrics {
    /// Puts the metrics into a registry.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "alert_deliveries",
            "Changes that a receiver has acknowledged.",
            self.sent.clone(),
        );
        registry.register(
            "alert_delivery_retries",
            "Attempts that failed and are made again.",
            self.retried.clone(),
        );
        registry.register(
            "alert_dead_letters",
            "Changes that were given up.",
            self.dead.clone(),
        );
        registry.register(
            "alert_deliveries_queued",
            "Changes that wait for a receiver.",
            self.queued.clone(),
        );
        registry.register(
            "alert_delivery_seconds",
            "From a change's commit to its acknowledgement.",
            self.seconds.clone(),
        );
    }

    /// What is known of one receiver.
    pub(crate) fn of_receiver(&self, name: &str) -> ReceiverMetrics {
        let receiver = Receiver {
            receiver: name.to_owned(),
        };
        ReceiverMetrics {
            sent: self.sent.get_or_create(&receiver).clone(),
            retried: self.retried.get_or_create(&receiver).clone(),
            dead: self.dead.get_or_create(&receiver).clone(),
            queued: self.queued.get_or_create(&receiver).clone(),
            seconds: self.seconds.get_or_create(&receiver).clone(),
        }
    }
}

/// Metrics of one receiver.
#[derive(Debug)]
pub(crate) struct ReceiverMetrics {
    sent: Count,
    retried: Count,
    dead: Count,
    queued: Level,
    seconds: Histogram,
}

impl ReceiverMetrics {
    /// Takes in a change that was acknowledged after so long.
    pub(crate) fn sent(&self, after: Duration) {
        self.sent.inc();
        self.seconds.observe(after.as_secs_f64());
    }

    /// Takes in an attempt that is made again.
    pub(crate) fn retried(&self) {
        self.retried.inc();
    }

    /// Takes in a change that was given up.
    pub(crate) fn dead(&self) {
        self.dead.inc();
    }

    /// Sets how many changes wait.
    pub(crate) fn set_queued(&self, changes: usize) {
        self.queued.set(i64::try_from(changes).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests;
