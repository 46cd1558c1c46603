//! `tokenmeter prices`: what calls cost and why, one file a subcommand.
//!
//! - [`quote`]: what a call would cost; [`explain`]: why a stored one costs what it does
//! - [`show`]: what a model's name means
//! - [`answer`]: what pricing says of one event; [`sum`]: the same for people
//! - [`known_names`]: names that are near to one that nobody knows

use std::sync::Arc;

use anyhow::Context;
use schemas::price_book::PriceBook;

use crate::cli::prices_options::{PricesCommand, PricesOptions};
use crate::config::Config;

mod answer;
mod explain;
mod known_names;
mod quote;
mod show;
mod sum;

/// Runs one of the subcommands.
///
/// # Errors
/// A price book that cannot be used, and what the subcommand gives.
pub(crate) async fn run(config: Config, options: PricesOptions) -> anyhow::Result<()> {
    let book = Arc::new(PriceBook::built_in().context("could not load the built-in prices")?);
    match options.command {
        PricesCommand::Quote(options) => {
            // Standard input is waited for here, and nothing else runs beside it.
            tokio::task::block_in_place(|| quote::run(&config, book, options))
        }
        PricesCommand::Show(options) => show::run(&book, &options),
        PricesCommand::Explain(options) => explain::run(&config, book, options).await,
    }
}
