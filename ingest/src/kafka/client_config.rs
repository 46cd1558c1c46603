//! Which librdkafka properties a client gets: our defaults, the operator's, and what must hold.

use std::collections::BTreeMap;

use rdkafka::ClientConfig;

/// How to reach a cluster.
#[derive(Clone)]
pub struct KafkaSettings {
    /// `host:port`, comma-separated.
    pub bootstrap_servers: String,
    /// Any librdkafka property; wins over our defaults.
    pub properties: BTreeMap<String, String>,
}

/// The values may hold passwords, so only the names are shown.
impl std::fmt::Debug for KafkaSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KafkaSettings")
            .field("bootstrap_servers", &self.bootstrap_servers)
            .field("properties", &self.properties.keys())
            .finish()
    }
}

/// Defaults of a consumer, each measured or needed.
const CONSUMER_DEFAULTS: &[(&str, &str)] = &[
    // The default of one second stalls a reader whose local queue was full for that second.
    ("fetch.queue.backoff.ms", "10"),
    ("fetch.wait.max.ms", "100"),
    ("fetch.min.bytes", "65536"),
    ("topic.metadata.refresh.interval.ms", "10000"),
    ("partition.assignment.strategy", "cooperative-sticky"),
    ("max.poll.interval.ms", "300000"),
];

/// What exactly-once rests on; the operator cannot change it.
const CONSUMER_REQUIRED: &[(&str, &str)] = &[
    // Offsets live in the lake; Kafka's own are written after it, for lag tools.
    ("enable.auto.commit", "false"),
    ("enable.auto.offset.store", "false"),
    // Messages that expired before we read them are an incident, never a silent jump.
    ("auto.offset.reset", "error"),
    ("enable.partition.eof", "true"),
    ("isolation.level", "read_committed"),
];

pub(crate) fn consumer_config(settings: &KafkaSettings, group: &str) -> ClientConfig {
    let mut config = base_config(settings, CONSUMER_DEFAULTS);
    config.set("group.id", group);
    for (name, value) in CONSUMER_REQUIRED {
        config.set(*name, *value);
    }
    config
}

/// A client that asks about topics and joins no group.
pub(crate) fn admin_config(settings: &KafkaSettings) -> ClientConfig {
    base_config(settings, &[])
}

pub(crate) fn producer_config(settings: &KafkaSettings) -> ClientConfig {
    base_config(
        settings,
        &[
            ("linger.ms", "20"),
            ("compression.type", "lz4"),
            ("enable.idempotence", "true"),
            ("queue.buffering.max.kbytes", "65536"),
            ("batch.num.messages", "10000"),
        ],
    )
}

fn base_config(settings: &KafkaSettings, defaults: &[(&str, &str)]) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &settings.bootstrap_servers);
    for (name, value) in defaults {
        config.set(*name, *value);
    }
    for (name, value) in &settings.properties {
        config.set(name, value);
    }
    config
}
