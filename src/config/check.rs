//! What only the whole configuration can tell: values that are right by themselves and wrong
//! together, and texts with a form of their own.

use sinks::app_ids::is_reserved;
use toml::Value;

use crate::config::key::{KAFKA_PROPERTIES, LAKE_OPTIONS};
use crate::config::layer::Settings;
use crate::config::origin::Source;
use crate::config::problem::Problem;
use crate::lake_store;

/// Librdkafka properties that tokenmeter sets itself, and what to do instead.
const RESERVED_PROPERTIES: [(&str, &str); 8] = [
    ("bootstrap.servers", "set `kafka.bootstrap_servers`"),
    ("metadata.broker.list", "set `kafka.bootstrap_servers`"),
    ("group.id", "set `kafka.group`"),
    (
        "auto.offset.reset",
        "set `kafka.start`; the lake says where to go on, and a gap is never skipped silently",
    ),
    ("enable.auto.commit", "progress is committed with the data"),
    (
        "enable.auto.offset.store",
        "progress is committed with the data",
    ),
    ("isolation.level", "only committed messages are read"),
    (
        "enable.partition.eof",
        "the worker needs it to see a partition's end",
    ),
];
/// Longest name of a Kafka topic.
const TOPIC_CHARS_MAX: usize = 249;
/// Longest name of a pipeline.
const PIPELINE_CHARS_MAX: usize = 64;
/// Parquet bytes that wait take about this share of what an epoch holds in memory.
const EPOCH_SHARE: i64 = 4;

/// Checks the merged settings.
pub(crate) fn whole(settings: &Settings, problems: &mut Vec<Problem>) {
    let mut check = Check { settings, problems };
    check.names();
    check.kafka_properties();
    check.lake();
    check.sizes();
    check.addresses();
}

struct Check<'a> {
    settings: &'a Settings,
    problems: &'a mut Vec<Problem>,
}

impl Check<'_> {
    fn text(&self, path: &str) -> Option<&str> {
        self.settings.get(path)?.value.as_str()
    }

    fn number(&self, path: &str) -> Option<i64> {
        self.settings.get(path)?.value.as_integer()
    }

    fn wrong(&mut self, path: &str, message: impl Into<String>) {
        if let Some(setting) = self.settings.get(path) {
            self.problems.push(Problem::new(&setting.source, message));
        }
    }

    /// Names the place of the first of two keys that somebody set.
    fn wrong_together(&mut self, paths: [&str; 2], message: String) {
        let is_set = |path: &&str| {
            let setting = self.settings.get(path);
            setting.is_some_and(|setting| setting.source != Source::Default)
        };
        let path = paths.into_iter().find(is_set).unwrap_or(paths[0]);
        self.wrong(path, message);
    }

    fn names(&mut self) {
        self.name("pipeline", PIPELINE_CHARS_MAX);
        if let Some(name) = self.text("pipeline").filter(|name| is_reserved(name)) {
            let message =
                format!("`pipeline` must not be {name:?}: the lake uses that name itself");
            self.wrong("pipeline", message);
        }
        self.name("kafka.topic", TOPIC_CHARS_MAX);
        for path in ["kafka.group", "kafka.bootstrap_servers"] {
            if self.text(path).is_some_and(|text| text.trim().is_empty()) {
                self.wrong(path, format!("`{path}` must not be empty"));
            }
        }
    }

    /// Names that stand in the lake's commits: `{pipeline}/{topic}@{topic id}/{partition}`.
    fn name(&mut self, path: &str, chars_max: usize) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let Some(name) = self.text(path) else { return };
        if name.is_empty() || name.len() > chars_max || !name.chars().all(allowed) {
            let message = format!(
                "`{path}` must be 1 to {chars_max} of a-z, A-Z, 0-9, '.', '_' and '-', got {name:?}"
            );
            self.wrong(path, message);
        }
    }

    fn kafka_properties(&mut self) {
        for (name, setting) in self.settings.entries(KAFKA_PROPERTIES) {
            let reserved = RESERVED_PROPERTIES.iter().find(|(known, _)| *known == name);
            if let Some((_, instead)) = reserved {
                let message = format!("`{KAFKA_PROPERTIES}.{name}` is not yours to set: {instead}");
                self.problems.push(Problem::new(&setting.source, message));
            }
        }
    }

    fn lake(&mut self) {
        if let Some(Err(message)) = self.text("lake.url").map(lake_store::check_url) {
            self.wrong("lake.url", format!("`lake.url` {message}"));
        }
        for (name, setting) in self.settings.entries(LAKE_OPTIONS) {
            if name.ends_with("conditional_put") && setting.value.as_str() != Some("etag") {
                let message = format!(
                    "`{LAKE_OPTIONS}.{name}` must stay \"etag\": without conditional puts two \
                     workers could overwrite each other's commits"
                );
                self.problems.push(Problem::new(&setting.source, message));
            }
            if !lake_store::is_option(name) {
                let message = format!(
                    "`{LAKE_OPTIONS}.{name}` is no option of object_store: see its \
                     AmazonS3ConfigKey, AzureConfigKey, GoogleConfigKey and ClientConfigKey"
                );
                self.problems.push(Problem::new(&setting.source, message));
            }
        }
    }

    fn sizes(&mut self) {
        let encoded = self.number("worker.epoch_encoded_bytes_max");
        let memory = self.number("worker.memory_bytes_max");
        if let (Some(encoded), Some(memory)) = (encoded, memory)
            && encoded > memory / EPOCH_SHARE
        {
            let message = format!(
                "`worker.epoch_encoded_bytes_max` ({encoded}) must be at most a quarter of \
                 `worker.memory_bytes_max` ({memory}): rows in building need the rest"
            );
            self.wrong_together(
                ["worker.epoch_encoded_bytes_max", "worker.memory_bytes_max"],
                message,
            );
        }
        let rollups = self.settings.get("rollups").map(|setting| &setting.value);
        if rollups.and_then(Value::as_array).is_some_and(Vec::is_empty) {
            self.wrong("rollups", "`rollups` must hold at least one rollup");
        }
    }

    fn addresses(&mut self) {
        let Some(address) = self.text("status.listen_address") else {
            return;
        };
        let port = address
            .rsplit_once(':')
            .filter(|(host, _)| !host.is_empty());
        let port = port.and_then(|(_, port)| port.parse::<u16>().ok());
        if !address.is_empty() && port.is_none() {
            let message = format!(
                "`status.listen_address` must be HOST:PORT such as 0.0.0.0:9464, or empty, got \
                 {address:?}"
            );
            self.wrong("status.listen_address", message);
        }
        if let Some(Err(error)) = self.text("log.level").map(crate::logging::check_level) {
            self.wrong("log.level", format!("`log.level` {error}"));
        }
    }
}
