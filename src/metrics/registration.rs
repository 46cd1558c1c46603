//! The names of a worker's metrics, and what each tells an operator.

use super::Metrics;

impl Metrics {
    /// Registers every metric; in the text that Prometheus reads, counters end with `_total`.
    #[expect(
        clippy::too_many_lines,
        reason = "one call registers one metric; split, it reads worse"
    )]
    pub(super) fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("events", "Valid events read.", self.events.clone());
        registry.register(
            "read_bytes",
            "Bytes of all messages read.",
            self.bytes.clone(),
        );
        registry.register(
            "rejects",
            "Messages that are no valid event, by reason.",
            self.rejects.clone(),
        );
        registry.register(
            "duplicates",
            "Events that were met before.",
            self.duplicates.clone(),
        );
        registry.register(
            "tombstones",
            "Messages without a value.",
            self.tombstones.clone(),
        );
        registry.register(
            "expired",
            "Messages that expired in Kafka before they were read: lost.",
            self.expired.clone(),
        );
        registry.register(
            "unpriced",
            "Events whose model no price book knows.",
            self.unpriced.clone(),
        );
        registry.register(
            "unpriced_events",
            "The same by provider and model, the first 64 by name, all further ones as other.",
            self.unpriced_events.family(),
        );
        registry.register(
            "unmetered",
            "Events without usage counters.",
            self.unmetered.clone(),
        );
        registry.register(
            "unattributed",
            "Events that name no user.",
            self.unattributed.clone(),
        );
        registry.register(
            "unknown_fields",
            "Top-level fields that no event has, by name (bounded).",
            self.unknown_fields.clone(),
        );
        registry.register(
            "fenced_epochs",
            "Epochs dropped since another worker had committed them.",
            self.fenced.clone(),
        );
        registry.register(
            "commits",
            "Epochs committed to the lake.",
            self.commits.clone(),
        );
        registry.register(
            "committed_messages",
            "Messages committed to the lake, by what they became; each counts once.",
            self.committed_messages.family(),
        );
        registry.register(
            "batch_seconds",
            "Pricing, folding and encoding of one batch.",
            self.batch_seconds.clone(),
        );
        registry.register(
            "epoch_seconds",
            "From the first message of an epoch to its sealing.",
            self.epoch_seconds.clone(),
        );
        registry.register(
            "commit_seconds",
            "Upload and commit of one epoch.",
            self.commit_seconds.clone(),
        );
        registry.register(
            "committed_bytes",
            "Parquet bytes committed.",
            self.committed_bytes.clone(),
        );
        registry.register(
            "lag_messages",
            "Messages behind the end of a partition, by the lake's offset.",
            self.lag.clone(),
        );
        registry.register(
            "watermark_age_seconds",
            "How far the watermark is behind the clock.",
            self.watermark_age_seconds.clone(),
        );
        registry.register(
            "memory_bytes",
            "Resident memory of the process.",
            self.memory_bytes.clone(),
        );
        registry.register(
            "dedup_horizon_seconds",
            "How far back duplicates are recognised.",
            self.dedup_horizon_seconds.clone(),
        );
        registry.register(
            "dedup_entries",
            "Events that the duplicate index holds.",
            self.dedup_entries.clone(),
        );
        registry.register(
            "price_book_age_seconds",
            "How long ago the facts of the price book were gathered.",
            self.price_book_age_seconds.clone(),
        );
        registry.register(
            "ready",
            "1 once partitions are being read.",
            self.ready.clone(),
        );
        self.alerts.register(&mut self.registry);
    }
}
