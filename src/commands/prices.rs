//! `tokenmeter prices`: what calls cost and why, and what price books say; one file a subcommand.
//!
//! - [`quote`]: what a call would cost; [`explain`]: why a stored one costs what it does
//! - [`show`]: what a model's name means
//! - [`answer`]: what pricing says of one event; [`sum`]: the same for people
//! - [`known_names`]: names that are near to one that nobody knows
//! - [`check`]: what is wrong with a book; [`diff`], [`traffic`]: what changed between two, and what
//!   the lake's events would cost; [`upcoming`]: what is dated after now
//! - [`capacity`]: what of commitments and fleets was used; [`gpus`]: GPUs compared

use std::sync::Arc;

use crate::cli::prices_options::{PricesCommand, PricesOptions};
use crate::config::Config;
use crate::price_books;

mod answer;
mod capacity;
mod check;
mod diff;
mod explain;
mod gpus;
mod known_names;
mod quote;
mod show;
mod sum;
mod traffic;
mod upcoming;

/// Runs one of the subcommands.
///
/// # Errors
/// A price book that cannot be used, and what the subcommand gives.
pub(crate) async fn run(config: Config, options: PricesOptions) -> anyhow::Result<()> {
    let book = || price_books::load(&config.prices).map(Arc::new);
    match options.command {
        PricesCommand::Quote(options) => {
            let book = book()?;
            // Standard input is waited for here, and nothing else runs beside it.
            tokio::task::block_in_place(|| quote::run(&config, book, options))
        }
        PricesCommand::Show(options) => show::run(&*book()?, &options),
        PricesCommand::Explain(options) => explain::run(&config, book()?, options).await,
        PricesCommand::Check(options) => check::run(&config, &options),
        PricesCommand::Diff(options) => diff::run(&config, options).await,
        PricesCommand::Upcoming(options) => upcoming::run(&config, &options),
        PricesCommand::Capacity(options) => capacity::run(&config, options).await,
        PricesCommand::Gpus(options) => gpus::run(&options),
    }
}
