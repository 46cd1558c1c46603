//! `tokenmeter alerts`: what rules mean and whether they do it; one file a subcommand.
//!
//! - [`check`]: what is wrong with files of rules; [`show`]: what rules mean, in words
//! - [`test`](mod@test): whether rules do what their tests say

use crate::cli::alerts_options::{AlertsCommand, AlertsOptions};
use crate::config::Config;

mod check;
mod show;
mod test;

/// Runs one of the subcommands.
///
/// # Errors
/// What the subcommand gives.
pub(crate) async fn run(config: &Config, options: AlertsOptions) -> anyhow::Result<()> {
    match options.command {
        AlertsCommand::Check(options) => check::run(config, &options).await,
        AlertsCommand::Test(options) => test::run(config, &options),
    }
}

fn counted(count: usize, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}
