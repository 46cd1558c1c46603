//! How Kafka is reached under a config.

use ingest::kafka::client_config::KafkaSettings;

use super::memory_budget::MemoryBudget;
use crate::config::Config;

/// The settings of any client.
#[must_use]
pub(crate) fn kafka_settings(config: &Config) -> KafkaSettings {
    KafkaSettings {
        bootstrap_servers: config.kafka.bootstrap_servers.clone(),
        properties: config.kafka.properties.as_map().clone(),
    }
}

/// The same for a consumer, which keeps to its memory unless the config says more.
#[must_use]
pub(crate) fn reader_kafka_settings(config: &Config, budget: MemoryBudget) -> KafkaSettings {
    let mut settings = kafka_settings(config);
    let bounds = [
        ("queued.max.messages.kbytes", budget.queue_bytes / 1024),
        ("queued.min.messages", budget.queue_messages),
        ("fetch.max.bytes", budget.fetch_bytes),
        ("max.partition.fetch.bytes", budget.partition_fetch_bytes),
    ];
    for (property, bound) in bounds {
        settings
            .properties
            .entry(property.to_owned())
            .or_insert_with(|| bound.to_string());
    }
    settings
}
