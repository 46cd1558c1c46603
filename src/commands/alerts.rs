//! `tokenmeter alerts`: one file a subcommand.
//!
//! - [`send_test`]: sends a test alert to a receiver

use crate::cli::alerts_options::{AlertsCommand, AlertsOptions};
use crate::config::Config;

mod send_test;

/// Runs one of the subcommands.
///
/// # Errors
/// What the subcommand gives.
pub(crate) async fn run(config: Config, options: AlertsOptions) -> anyhow::Result<()> {
    match options.command {
        AlertsCommand::SendTest(options) => send_test::run(&config, &options).await,
    }
}
