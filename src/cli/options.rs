//! The options of each command.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::blocks::{KafkaOptions, LakeOptions, TrafficOptions};
use crate::cli::flag;
use crate::config::text::Override;

const RUN_HELP: &str = "\
Examples:
  tokenmeter run --bootstrap-servers kafka:9092 --topic usage-events --lake s3://costs/lake
  tokenmeter run --config tokenmeter.toml
  tokenmeter run --config tokenmeter.toml --until-end     (for cron jobs: up to now, then stop)

More workers of the same pipeline and group share the partitions. SIGTERM or Ctrl-C commits what
was read and ends with exit code 0; a second one ends at once, and nothing is lost.";

/// Options of `tokenmeter run`.
#[derive(Debug, Clone, Args)]
#[command(after_help = RUN_HELP)]
pub(crate) struct RunOptions {
    /// Reads to the ends that the partitions have now, commits, and exits with 0.
    #[arg(long)]
    pub(crate) until_end: bool,
    /// Leaves merging and cleaning to `tokenmeter maintain`.
    #[arg(long)]
    pub(crate) no_maintenance: bool,
    #[command(flatten)]
    pub(crate) kafka: KafkaOptions,
    /// The consumer group [env: TOKENMETER_KAFKA__GROUP].
    #[arg(long, value_name = "GROUP", help_heading = "Kafka")]
    pub(crate) group: Option<String>,
    #[command(flatten)]
    pub(crate) lake: LakeOptions,
}

impl RunOptions {
    /// The keys that these options set.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        let mut overrides = self.kafka.overrides();
        overrides.extend(flag("--group", "kafka.group", self.group.as_deref()));
        overrides.extend(self.lake.overrides());
        let off = self.no_maintenance.then_some("false");
        overrides.extend(flag("--no-maintenance", "maintenance.enabled", off));
        overrides
    }
}

const DEV_HELP: &str = "\
Examples:
  tokenmeter dev                          an hour of real traffic at 60 times its speed
  tokenmeter dev --flat-out               as fast as the worker takes it
  tokenmeter dev --keep-running           afterwards, wait for events of your own

The broker's address is printed: any librdkafka client (Python, Go, C, Node, Rust) can produce to
it. Ctrl-C commits what was read and shows the queries to try next.";

/// Options of `tokenmeter dev`.
#[derive(Debug, Clone, Args)]
#[command(after_help = DEV_HELP)]
pub(crate) struct DevOptions {
    /// Replays no traffic: only events of your own.
    #[arg(long)]
    pub(crate) no_traffic: bool,
    /// Stays up when the traffic ends.
    #[arg(long)]
    pub(crate) keep_running: bool,
    #[command(flatten)]
    pub(crate) traffic: TrafficOptions,
    #[command(flatten)]
    pub(crate) lake: LakeOptions,
}

impl DevOptions {
    /// The keys that these options set.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        self.lake.overrides()
    }
}

const REPLAY_HELP: &str = "\
Examples:
  tokenmeter replay AzureLLMInferenceTrace_conv.csv --speed 10
  tokenmeter replay code.csv.zst conv.csv.zst --flat-out --repeat 20
  tokenmeter replay events.ndjson.gz --bootstrap-servers kafka:9092 --topic usage-events
  app | tokenmeter replay - --flat-out
  tokenmeter replay conv.csv.zst --keep-times --flat-out --print > events.ndjson

A trace is a CSV with the header TIMESTAMP,ContextTokens,GeneratedTokens; it names no users, models
or features, so these are assigned from the seed. Files are played together, in the order of their
times. NDJSON lines are sent byte for byte, one event a line, with `user_id` as the key; their
records carry their event times.";

/// Options of `tokenmeter replay`.
#[derive(Debug, Clone, Args)]
#[command(after_help = REPLAY_HELP)]
pub(crate) struct ReplayOptions {
    /// NDJSON or trace CSV, plain, .gz or .zst; - reads NDJSON from stdin.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Prints the events, one a line, instead of producing them.
    #[arg(long)]
    pub(crate) print: bool,
    #[command(flatten)]
    pub(crate) kafka: KafkaOptions,
    #[command(flatten)]
    pub(crate) traffic: TrafficOptions,
    /// The event times of a trace: live puts them at the moment of sending, past lets the whole
    /// trace end now, keep leaves them as they are [default: live, with --flat-out past].
    #[arg(long, value_name = "WHEN", help_heading = "Traffic")]
    pub(crate) times: Option<TraceTimes>,
    /// The same as --times keep: the same events every time. The records carry these times too,
    /// so use a topic without retention by time (retention.ms=-1), or --record-time now.
    #[arg(long, conflicts_with = "times", help_heading = "Traffic")]
    pub(crate) keep_times: bool,
    /// The time of the Kafka records: that of the event, or the moment of sending.
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "event",
        help_heading = "Traffic"
    )]
    pub(crate) record_time: RecordTime,
}

/// Which event times the events of a trace carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TraceTimes {
    /// The moment of sending.
    Live,
    /// As far apart as in the trace, the last one now.
    Past,
    /// As in the trace.
    Keep,
}

/// Which time Kafka records carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RecordTime {
    /// The event's.
    Event,
    /// The moment of sending.
    Now,
}

const BACKFILL_HELP: &str = "\
Examples:
  tokenmeter backfill 2026-10-*.ndjson.zst --lake s3://costs/lake
  tokenmeter backfill events.ndjson

A file's name and the byte position of each line take the place of partition and offset: running it
again adds nothing, and after a crash it goes on where it stood.";

/// Options of `tokenmeter backfill`.
#[derive(Debug, Clone, Args)]
#[command(after_help = BACKFILL_HELP)]
pub(crate) struct BackfillOptions {
    /// NDJSON of native events, plain, .gz or .zst.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) lake: LakeOptions,
}

const SQL_HELP: &str = "\
Examples:
  tokenmeter sql \"SELECT count(*), sum(cost_usd) FROM events\"
  tokenmeter sql --format csv \"SELECT * FROM cost_windows WHERE rollup = 'feature'\" > feature.csv
  tokenmeter sql                                   (a prompt with history and completion)";

/// Options of `tokenmeter sql`.
#[derive(Debug, Clone, Args)]
#[command(after_help = SQL_HELP)]
pub(crate) struct SqlOptions {
    /// The query; without it a prompt.
    #[arg(value_name = "QUERY")]
    pub(crate) query: Option<String>,
    /// How results are written.
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: SqlFormat,
    #[command(flatten)]
    pub(crate) lake: LakeOptions,
}

/// How results of queries are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SqlFormat {
    /// For people.
    Table,
    /// With a header line.
    Csv,
    /// One JSON object a line.
    Json,
}

const LAG_HELP: &str = "\
Examples:
  tokenmeter lag --config tokenmeter.toml
  tokenmeter lag --bootstrap-servers kafka:9092 --topic usage-events --lake s3://costs/lake \\
                 --format json";

/// Options of `tokenmeter lag`.
#[derive(Debug, Clone, Args)]
#[command(after_help = LAG_HELP)]
pub(crate) struct LagOptions {
    /// How the lines are written.
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: LagFormat,
    #[command(flatten)]
    pub(crate) kafka: KafkaOptions,
    #[command(flatten)]
    pub(crate) lake: LakeOptions,
}

/// How lag is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LagFormat {
    /// For people.
    Table,
    /// One JSON object a partition.
    Json,
}

impl LagOptions {
    /// The keys that these options set.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        let mut overrides = self.kafka.overrides();
        overrides.extend(self.lake.overrides());
        overrides
    }
}

const MAINTAIN_HELP: &str = "\
Examples:
  tokenmeter maintain --lake s3://costs/lake        (one round, then it ends)

Workers may run meanwhile. `tokenmeter run` does the same unless maintenance.enabled is false.";

/// Options of `tokenmeter maintain`.
#[derive(Debug, Clone, Args)]
#[command(after_help = MAINTAIN_HELP)]
pub(crate) struct MaintainOptions {
    #[command(flatten)]
    pub(crate) lake: LakeOptions,
}

const CHECK_CONFIG_HELP: &str = "\
Examples:
  tokenmeter check-config tokenmeter.toml
  tokenmeter check-config --show tokenmeter.toml    (all keys, secrets masked, and their sources)

Everything that is wrong is said, each with its place; the exit code is then 2. The environment is
read as `run` would read it.";

/// Options of `tokenmeter check-config`.
#[derive(Debug, Clone, Args)]
#[command(after_help = CHECK_CONFIG_HELP)]
pub(crate) struct CheckConfigOptions {
    /// The config file; without it the one that --config names.
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Prints the effective configuration, secrets masked, and where each value is from.
    #[arg(long)]
    pub(crate) show: bool,
}
