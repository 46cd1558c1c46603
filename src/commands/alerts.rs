//! `tokenmeter alerts`: what rules mean and whether they do it; one file a subcommand.
//!
//! - [`check`]: what is wrong with files of rules; [`show`]: what rules mean, in words

use crate::cli::alerts_options::{AlertsCommand, AlertsOptions};
use crate::config::Config;

mod check;
mod show;

/// Runs one of the subcommands.
///
/// # Errors
/// What the subcommand gives.
pub(crate) fn run(config: &Config, options: AlertsOptions) -> anyhow::Result<()> {
    match options.command {
        AlertsCommand::Check(options) => check::run(config, &options),
    }
}
