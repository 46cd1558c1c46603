//! The configuration: one TOML file over embedded defaults, with the environment and flags on top.
//!
//! Layers, later wins:
//! 1. `config/default.toml`, embedded: every key has a default there, and nowhere else
//! 2. the config file (`--config`)
//! 3. the environment: `TOKENMETER_SECTION__KEY`
//! 4. flags
//!
//! - [`key`]: which keys exist and what they take; [`layer`]: settings with their sources;
//!   [`origin`]: where values come from
//! - [`mod@file`], [`text`]: reading a file, and the texts of environment and flags
//! - [`check`]: what only the whole can tell; [`problem`]: what is wrong, and where
//! - [`rollups`], [`receivers`]: lists of sections
//! - [`secret`]: what is masked; [`show`]: the effective configuration for people

use std::path::Path;

use schemas::rollup::Rollup;
use serde::Deserialize;

pub(crate) mod check;
pub(crate) mod file;
pub(crate) mod key;
pub(crate) mod layer;
pub(crate) mod origin;
pub(crate) mod problem;
pub(crate) mod receivers;
pub(crate) mod rollups;
pub(crate) mod secret;
pub(crate) mod show;
pub(crate) mod text;

use crate::config::layer::Settings;
use crate::config::problem::{ConfigProblems, Problem};
use crate::config::receivers::ReceiverConfig;
use crate::config::secret::PassThrough;
use crate::config::text::Override;
use crate::logging::LogFormat;

/// The embedded defaults: every key, commented.
pub(crate) const DEFAULT_TOML: &str = include_str!("config/default.toml");

/// The effective configuration. `config/default.toml` says what each key means.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Names the pipeline in the lake's commits.
    pub(crate) pipeline: String,
    /// Where events are read.
    pub(crate) kafka: Kafka,
    /// Where tables are written and read.
    pub(crate) lake: Lake,
    /// The loop that reads, prices and commits.
    pub(crate) worker: Worker,
    /// What is accepted as an event.
    pub(crate) decode: Decode,
    /// What calls are priced by.
    pub(crate) prices: Prices,
    /// Events that a producer sent twice.
    pub(crate) dedup: Dedup,
    /// When a window may be called complete.
    pub(crate) watermark: Watermark,
    /// How a commit is tried again.
    pub(crate) commit: Commit,
    /// Merging, checkpoints and cleaning.
    pub(crate) maintenance: Maintenance,
    /// Rules over the windows, and who is told.
    pub(crate) alerts: Alerts,
    /// Metrics and health over HTTP.
    pub(crate) status: Status,
    /// Log lines.
    pub(crate) log: Log,
    /// Groupings of cost that are kept.
    #[serde(deserialize_with = "rollups::deserialize")]
    pub(crate) rollups: Vec<Rollup>,
}

/// `[kafka]`: where events are read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kafka {
    /// Brokers to ask first, `host:port`, separated by commas.
    pub(crate) bootstrap_servers: String,
    /// The topic of usage events.
    pub(crate) topic: String,
    /// The consumer group.
    pub(crate) group: String,
    /// Where a partition starts that the lake has never seen.
    pub(crate) start: StartOffset,
    /// The format of the messages.
    #[expect(dead_code, reason = "a config may say the only format there is so far")]
    pub(crate) format: EventFormat,
    /// librdkafka properties, passed through.
    pub(crate) properties: PassThrough,
}

/// Where a partition starts that the lake has never seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StartOffset {
    /// At the first message that the broker still has.
    Earliest,
    /// Behind the last message.
    Latest,
}

/// The format of a topic's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EventFormat {
    /// The native event, one JSON object a message.
    Native,
}

/// `[lake]`: where tables are written and read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lake {
    /// A folder or an object store URL.
    pub(crate) url: String,
    /// `object_store` options, passed through.
    pub(crate) options: PassThrough,
}

/// `[worker]`: the loop that reads, prices and commits.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Worker {
    /// Consuming threads; 0 takes one a core.
    pub(crate) threads: usize,
    /// The longest span between two commits, milliseconds.
    pub(crate) epoch_max_ms: u64,
    /// Parquet bytes at which an epoch ends early.
    pub(crate) epoch_encoded_bytes_max: usize,
    /// What the worker may hold, bytes.
    pub(crate) memory_bytes_max: usize,
    /// Messages decoded as one batch.
    pub(crate) poll_rows_max: usize,
    /// Whether a live status line is shown.
    pub(crate) status_line: StatusLine,
}

/// Whether a live status line is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StatusLine {
    /// If stderr is a terminal.
    Auto,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

/// `[decode]`: what is accepted as an event.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Decode {
    /// The longest message, bytes.
    pub(crate) message_bytes_max: usize,
    /// How far an event may lie behind its Kafka time, seconds.
    pub(crate) time_past_max_s: i64,
    /// How far an event may lie ahead of its Kafka time, seconds.
    pub(crate) time_future_max_s: i64,
}

/// `[prices]`: what calls are priced by.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prices {
    /// A file of price facts; empty for those in the program.
    pub(crate) book: String,
    /// The id of that file's facts that was approved.
    pub(crate) book_id: String,
    /// The operator's own book; empty for none.
    pub(crate) operator_book: String,
}

/// `[dedup]`: events that a producer sent twice.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dedup {
    /// How far back a copy is recognised, seconds.
    pub(crate) horizon_s: i64,
    /// Ids remembered at most.
    pub(crate) entries_max: usize,
}

/// `[watermark]`: when a window may be called complete.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Watermark {
    /// How much later than the newest event one may still arrive, seconds.
    pub(crate) lateness_s_max: i64,
    /// How often an idle partition moves its watermark on, milliseconds.
    pub(crate) idle_interval_ms: u64,
}

/// `[commit]`: how a commit is tried again.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Commit {
    /// How often one commit to one table is tried at a stretch.
    pub(crate) attempts_max: u32,
}

/// `[maintenance]`: merging, checkpoints and cleaning.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Maintenance {
    /// Whether `run` maintains the lake.
    pub(crate) enabled: bool,
    /// Pause between rounds, seconds.
    pub(crate) interval_s: u64,
    /// Size up to which files are merged, bytes.
    pub(crate) file_bytes_target: u64,
    /// Small files that a partition has before it is merged.
    pub(crate) files_min: usize,
    /// How long log entries are kept, seconds.
    pub(crate) log_retention_s: u64,
    /// How long replaced files stay, seconds.
    pub(crate) deleted_file_retention_s: u64,
}

/// `[alerts]`: rules over the windows, and who is told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Alerts {
    /// A file of rules; empty for none.
    pub(crate) rules: String,
    /// Keys that rules of one rollup, keys and filters look at, at most.
    pub(crate) keys_max: usize,
    /// The receivers.
    #[serde(deserialize_with = "receivers::deserialize")]
    pub(crate) receivers: Vec<ReceiverConfig>,
}

/// `[status]`: metrics and health over HTTP.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Status {
    /// `host:port` to listen on; empty switches it off.
    pub(crate) listen_address: String,
}

/// `[log]`: log lines on stderr.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    /// For people or for collectors.
    pub(crate) format: LogFormat,
    /// A level, or levels per module.
    pub(crate) level: String,
}

/// What the layers are made of, read but not yet understood.
#[derive(Debug)]
pub(crate) struct Inputs {
    /// The config file: its name for messages, and its text.
    pub(crate) file: Option<(String, String)>,
    /// Variables of the environment that begin with [`text::PREFIX`].
    pub(crate) environment: Vec<(String, String)>,
    /// What flags set.
    pub(crate) flags: Vec<Override>,
}

impl Inputs {
    /// Reads the file and the environment.
    ///
    /// # Errors
    /// [`ConfigProblems`] if the file cannot be read or a variable is no text.
    pub(crate) fn read(file: Option<&Path>, flags: Vec<Override>) -> Result<Self, ConfigProblems> {
        let mut problems = Vec::new();
        let file = file.and_then(|path| match std::fs::read_to_string(path) {
            Ok(text) => Some((path.display().to_string(), text)),
            Err(error) => {
                problems.push(Problem::new(
                    path.display(),
                    format!("cannot read the config file: {error}"),
                ));
                None
            }
        });
        let environment = text::variables(std::env::vars_os(), &mut problems);
        let inputs = Self {
            file,
            environment,
            flags,
        };
        problem::none_or(problems).map(|()| inputs)
    }
}

/// Merges the layers and checks them, each by itself and the whole.
///
/// # Errors
/// [`ConfigProblems`] with everything that is wrong, not only the first.
pub(crate) fn resolve(inputs: &Inputs) -> Result<(Config, Settings), ConfigProblems> {
    let mut problems = Vec::new();
    let mut settings = Settings::default();
    file::apply_defaults(DEFAULT_TOML, &mut settings, &mut problems);
    if let Some((name, text)) = &inputs.file {
        file::apply(name, text, &mut settings, &mut problems);
    }
    text::apply_environment(&inputs.environment, &mut settings, &mut problems);
    text::apply_flags(&inputs.flags, &mut settings, &mut problems);
    check::whole(&settings, &mut problems);
    problem::none_or(problems)?;
    match settings.to_table().try_into::<Config>() {
        Ok(config) => Ok((config, settings)),
        Err(error) => Err(ConfigProblems::one(Problem::new(
            "configuration",
            format!("this is a defect of tokenmeter: {}", error.message()),
        ))),
    }
}

#[cfg(test)]
mod tests;
