//! `tokenmeter prices`: looks into price books; one file a command.

use crate::cli::prices_options::{PricesCommand, PricesOptions};
use crate::config::Config;

mod capacity;
mod check;
mod diff;
mod gpus;
mod traffic;
mod upcoming;

/// Runs one of its commands.
///
/// # Errors
/// What the command says.
pub(crate) async fn run(config: Config, options: PricesOptions) -> anyhow::Result<()> {
    match options.command {
        PricesCommand::Check(options) => check::run(&config, &options),
        PricesCommand::Diff(options) => diff::run(&config, options).await,
        PricesCommand::Upcoming(options) => upcoming::run(&config, &options),
        PricesCommand::Capacity(options) => capacity::run(&config, options).await,
        PricesCommand::Gpus(options) => gpus::run(&options),
    }
}
