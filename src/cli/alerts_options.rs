//! The options of `tokenmeter alerts` and its subcommands.

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::blocks::LakeOptions;
use crate::cli::flag;
use crate::cli::reprice_options::Instant;
use crate::cli::send_test_options::SendTestOptions;
use crate::config::text::Override;

const ALERTS_HELP: &str = "\
Examples:
  tokenmeter alerts check rules.yaml           (every problem with its line and column)
  tokenmeter alerts check rules.yaml --show    (what the rules mean, with every default)
  tokenmeter alerts test rules_test.yaml       (whether they fire when they should)
  tokenmeter alerts backtest --from 2026-11-01 --to 2026-12-01 --rules rules.yaml
  tokenmeter alerts send-test oncall           (whether a receiver gets what is sent to it)

The language of rules: docs/alerts/rules.md. Rules to start with: deploy/alerts/starter.yaml.
Receivers: docs/alerts/delivery.md.";

/// Options of `tokenmeter alerts`.
#[derive(Debug, Clone, Args)]
#[command(after_help = ALERTS_HELP)]
pub(crate) struct AlertsOptions {
    /// What to do with the rules.
    #[command(subcommand)]
    pub(crate) command: AlertsCommand,
}

/// What to do with the rules.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum AlertsCommand {
    /// Says what is wrong with files of rules, and where.
    Check(CheckOptions),
    /// Runs tests of rules: which alerts given series of windows make, without a lake.
    Test(TestOptions),
    /// Replays rules over the lake's past: what would have fired, and what it would have saved.
    Backtest(BacktestOptions),
    /// Sends a test alert to one receiver and says whether it was taken.
    SendTest(SendTestOptions),
}

impl AlertsOptions {
    /// The keys that these options set.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        match &self.command {
            AlertsCommand::Check(_) | AlertsCommand::Test(_) | AlertsCommand::SendTest(_) => {
                Vec::new()
            }
            AlertsCommand::Backtest(options) => options.overrides(),
        }
    }
}

const ALERT_HELP: &str = "\
Examples:
  tokenmeter alert --rules deploy/alerts/starter.yaml --lake s3://costs/lake
  tokenmeter alert --config tokenmeter.toml

`tokenmeter run` and `dev` do the same beside their work if alerts.rules names a file. Any number of
evaluators may follow one lake: each change of an alert is committed to the table `alerts` once. Ctrl-C
or SIGTERM ends with exit code 0; the next start goes on from what the table has.";

/// Options of `tokenmeter alert`.
#[derive(Debug, Clone, Args)]
#[command(after_help = ALERT_HELP)]
pub(crate) struct AlertOptions {
    /// The file of rules [env: TOKENMETER_ALERTS__RULES].
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<String>,
    #[command(flatten)]
    pub(crate) lake: LakeOptions,
}

impl AlertOptions {
    /// The keys that these options set.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        let mut overrides = self.lake.overrides();
        overrides.extend(flag("--rules", "alerts.rules", self.rules.as_deref()));
        overrides
    }
}

const BACKTEST_HELP: &str = "\
Examples:
  tokenmeter alerts backtest --from 2026-11-01 --to 2026-12-01 --rules rules.yaml
  tokenmeter alerts backtest --from 2026-11-24T06:00:00Z --to 2026-11-25 --format json

What lies before --from is learned from, as far as the rules look back. Nothing is written. Rules whose
past the lake does not tell, of the kind sql and of price_book_age, are left out and named on stderr. With
--format json each alert is a line: rule, labels, started_at (the minute in which it began to fire),
breach_started_at (the first window that broke the rule), fired_at, resolved_at (null while it fires),
value, baseline, over_usd.";

/// Options of `tokenmeter alerts backtest`.
#[derive(Debug, Clone, Args)]
#[command(after_help = BACKTEST_HELP)]
pub(crate) struct BacktestOptions {
    /// From when on rules fire: a day, or RFC 3339 with an offset.
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Instant,
    /// Up to when, exclusive.
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Instant,
    /// The file of rules [env: TOKENMETER_ALERTS__RULES].
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<String>,
    /// How alerts are written.
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: BacktestFormat,
    #[command(flatten)]
    pub(crate) lake: LakeOptions,
}

/// How alerts of the past are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BacktestFormat {
    /// For people.
    Table,
    /// One JSON object an alert.
    Json,
}

impl BacktestOptions {
    /// The keys that these options set.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        let mut overrides = self.lake.overrides();
        overrides.extend(flag("--rules", "alerts.rules", self.rules.as_deref()));
        overrides
    }
}

const CHECK_HELP: &str = "\
Examples:
  tokenmeter alerts check rules.yaml
  tokenmeter alerts check deploy/alerts/*.yaml --config tokenmeter.toml
  tokenmeter alerts check rules.yaml --show

Rules are evaluated on the windows of a rollup, so the check knows the configuration's rollups and
says which one to add. Exit codes: 0 all is right, 1 the files are right but a rule has no rollup,
2 a file is wrong.";

/// Options of `tokenmeter alerts check`.
#[derive(Debug, Clone, Args)]
#[command(after_help = CHECK_HELP)]
pub(crate) struct CheckOptions {
    /// Files of rules.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<String>,
    /// Prints what each rule means, with every default, and the rollup that feeds it.
    #[arg(long)]
    pub(crate) show: bool,
}

const TEST_HELP: &str = "\
Examples:
  tokenmeter alerts test rules_test.yaml
  tokenmeter alerts test deploy/alerts/starter_test.yaml

A file of tests names its rules, gives series of windows, and says which alerts fire at which time,
as promtool's do: docs/alerts/rules.md. The rules run in the evaluator of `tokenmeter alert`, on a
clock of their own. Exit codes: 0 all passed, 1 an alert is not as expected, 2 a file is wrong.";

/// Options of `tokenmeter alerts test`.
#[derive(Debug, Clone, Args)]
#[command(after_help = TEST_HELP)]
pub(crate) struct TestOptions {
    /// Files of tests.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<String>,
}
