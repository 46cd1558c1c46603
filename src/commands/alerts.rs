//! `tokenmeter alerts`: what rules mean and whether they do it; one file a subcommand.
//!
//! - [`check`]: what is wrong with files of rules; [`show`]: what rules mean, in words
//! - [`send_test`]: whether a receiver gets what is sent to it
//! - [`backtest`]: what they would have fired over the lake's past
//! - [`test`](mod@test): whether rules do what their tests say

use crate::cli::alerts_options::{AlertsCommand, AlertsOptions};
use crate::config::Config;

mod backtest;
mod check;
mod send_test;
mod show;
mod test;

/// Runs one of the subcommands.
///
/// # Errors
/// What the subcommand gives.
pub(crate) async fn run(config: Config, options: AlertsOptions) -> anyhow::Result<()> {
    match options.command {
        AlertsCommand::Check(options) => check::run(&config, &options).await,
        AlertsCommand::Test(options) => test::run(&config, &options),
        AlertsCommand::SendTest(options) => send_test::run(&config, &options).await,
        AlertsCommand::Backtest(options) => backtest::run(config, options).await,
    }
}

fn counted(count: usize, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}
