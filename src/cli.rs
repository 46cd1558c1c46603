//! The command line: commands, and the groups of options that they share.
//!
//! A flag that sets a key of the configuration wins over every other layer.

use std::fmt;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) mod alerts_options;
pub(crate) mod blocks;
pub(crate) mod book_options;
pub(crate) mod options;
pub(crate) mod prices_options;
pub(crate) mod reprice_options;
pub(crate) mod send_test_options;

use crate::cli::alerts_options::{AlertOptions, AlertsOptions};
use crate::cli::blocks::KeyValue;
use crate::cli::options::{
    BackfillOptions, CheckConfigOptions, DevOptions, LagOptions, MaintainOptions, ReplayOptions,
    RunOptions, SqlOptions,
};
use crate::cli::prices_options::PricesOptions;
use crate::cli::reprice_options::RepriceOptions;
use crate::config::text::{Override, OverrideText};

const AFTER_HELP: &str = "\
Start here:
  tokenmeter dev                 everything on this machine, with real traffic
  tokenmeter sql \"SELECT feature, sum(cost_usd) AS usd FROM cost_windows
                  WHERE rollup = 'feature' GROUP BY feature ORDER BY usd DESC\"
  tokenmeter COMMAND --help      what a command does, with examples

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.";

/// Turns the usage events of language models into money, live, in open tables.
#[derive(Debug, Parser)]
#[command(name = "tokenmeter", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub(crate) shared: SharedOptions,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct SharedOptions {
    /// The config file; `tokenmeter check-config --show` prints every key.
    #[arg(
        long,
        global = true,
        env = "TOKENMETER_CONFIG",
        hide_env_values = true,
        value_name = "FILE"
    )]
    pub(crate) config: Option<PathBuf>,
    /// Sets any key of the configuration, such as worker.epoch_max_ms=500; may be repeated.
    /// What it sets is visible in the process list: give secrets by file or environment.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<KeyValue>,
    /// How log lines are written to stderr: text or json [env: TOKENMETER_LOG__FORMAT].
    #[arg(long, global = true, value_name = "FORMAT")]
    pub(crate) log_format: Option<String>,
    /// Which log lines: error, warn, info, debug, trace [env: TOKENMETER_LOG__LEVEL].
    #[arg(long, global = true, value_name = "LEVEL")]
    pub(crate) log_level: Option<String>,
}

impl SharedOptions {
    /// The keys that these options set.
    fn overrides(&self) -> Vec<Override> {
        let set = self.set.iter().map(|pair| Override {
            flag: "--set",
            path: pair.key.clone(),
            value: pair.value.clone(),
        });
        let flags = [
            flag("--log-format", "log.format", self.log_format.as_deref()),
            flag("--log-level", "log.level", self.log_level.as_deref()),
        ];
        set.chain(flags.into_iter().flatten()).collect()
    }
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// Reads a topic, prices its events and keeps them in the lake, exactly once.
    Run(RunOptions),
    /// Everything on this machine: a broker, real traffic, a worker and a lake.
    Dev(DevOptions),
    /// Produces events to a topic, from NDJSON or from traces.
    Replay(ReplayOptions),
    /// Takes NDJSON files into the lake, exactly once, without Kafka.
    Backfill(BackfillOptions),
    /// Prices a span of event time again, exactly once, while workers run.
    Reprice(RepriceOptions),
    /// Answers SQL over the lake; without a query it opens a prompt.
    Sql(SqlOptions),
    /// Says how far behind its topic the lake is.
    Lag(LagOptions),
    /// Says what calls cost and why; checks and compares price books; tells what capacity was used.
    Prices(PricesOptions),
    /// Evaluates rules over the lake's windows as they come, and says each alert once.
    Alert(AlertOptions),
    /// Checks and tests rules of alerts.
    Alerts(AlertsOptions),
    /// Merges small files, checkpoints the log and removes what nobody reads any more.
    Maintain(MaintainOptions),
    /// Says what is wrong with a configuration, and where.
    CheckConfig(CheckConfigOptions),
}

/// Options that contradict each other: exit code 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrongOptions(pub(crate) String);

impl fmt::Display for WrongOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongOptions {}

impl Cli {
    /// The config file that was named.
    pub(crate) fn config_file(&self) -> Option<&PathBuf> {
        match &self.command {
            Command::CheckConfig(options) => options.file.as_ref().or(self.shared.config.as_ref()),
            _ => self.shared.config.as_ref(),
        }
    }

    /// The keys that flags set, the shared ones first.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        let of_command = match &self.command {
            Command::Run(options) => options.overrides(),
            Command::Dev(options) => options.overrides(),
            Command::Replay(options) => options.kafka.overrides(),
            Command::Backfill(options) => options.lake.overrides(),
            Command::Reprice(options) => options.lake.overrides(),
            Command::Sql(options) => options.lake.overrides(),
            Command::Lag(options) => options.overrides(),
            Command::Prices(options) => options.overrides(),
            Command::Maintain(options) => options.lake.overrides(),
            Command::Alert(options) => options.overrides(),
            Command::Alerts(options) => options.overrides(),
            Command::CheckConfig(_) => Vec::new(),
        };
        let mut overrides = self.shared.overrides();
        overrides.extend(of_command);
        overrides
    }
}

/// The key that a flag sets, if the flag was given.
pub(crate) fn flag(
    flag: &'static str,
    path: &'static str,
    value: Option<&str>,
) -> Option<Override> {
    value.map(|value| Override {
        flag,
        path: path.to_owned(),
        value: OverrideText(value.to_owned()),
    })
}

#[cfg(test)]
mod tests;
