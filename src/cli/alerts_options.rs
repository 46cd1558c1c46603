//! The options of `tokenmeter alerts` and its subcommands.

use clap::{Args, Subcommand};

use crate::cli::send_test_options::SendTestOptions;

const ALERTS_HELP: &str = "\
Examples:
  tokenmeter alerts check rules.yaml           (every problem with its line and column)
  tokenmeter alerts check rules.yaml --show    (what the rules mean, with every default)
  tokenmeter alerts test rules_test.yaml       (whether they fire when they should)
  tokenmeter alerts send-test oncall           (whether a receiver gets what is sent to it)

The language of rules: docs/alerts/rules.md. Receivers: docs/alerts/delivery.md. Rules to start with: deploy/alerts/starter.yaml.";

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
    /// Sends a test alert to one receiver and says whether it was taken.
    SendTest(SendTestOptions),
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
