//! `tokenmeter reprice`: prices a span of event time again, exactly once, while workers run.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use schemas::price_book::PriceBook;
use schemas::time::format_rfc3339;
use sinks::{PartitionBehind, RepriceOutcome, RepriceRequest, RepriceSelection};

use self::book_repricer::BookRepricer;
use self::report::render;
use crate::cli::reprice_options::RepriceOptions;
use crate::config::{Config, Prices};
use crate::console;
use crate::lake_store::open_store;
use crate::price_books;
use crate::system_clock::SystemClock;
use crate::worker::lake_access::open_lake;

mod book_repricer;
mod report;

/// Prices again, and says what changed.
///
/// # Errors
/// Options that contradict each other, storage errors, a book that cannot be used, windows that do
/// not catch up.
pub(crate) async fn run(config: Config, options: RepriceOptions) -> anyhow::Result<()> {
    options.check()?;
    let book = Arc::new(load_book(&config.prices, options.book.as_deref())?);
    let store = open_store(&config.lake.url, config.lake.options.as_map())?;
    let access = open_lake(&config, &store, Arc::new(SystemClock)).await?;
    if !options.dry_run {
        access.keep_book(&book).await?;
    }
    let span = format!(
        "events from {} to {} with the book {}",
        format_rfc3339(options.from.us),
        format_rfc3339(options.to.us),
        book.short_id()
    );
    let request = RepriceRequest {
        selection: RepriceSelection {
            from_us: options.from.us,
            to_us: options.to.us,
            only_unpriced: options.only_unpriced,
            provider: options.provider,
            model: options.model,
        },
        price_book: book.short_id().to_owned(),
        is_dry_run: options.dry_run,
        behind_wait_max: Duration::from_secs(options.wait),
    };
    let repricer = BookRepricer::new(book, &config.rollups)?;
    let outcome = access.lake.reprice(request, Box::new(repricer)).await;
    match outcome.context("could not reprice; run it again")? {
        RepriceOutcome::Repriced(report) => console::text(render("repriced", &span, &report)),
        RepriceOutcome::Planned(report) => console::text(render("would reprice", &span, &report)),
        RepriceOutcome::Unchanged(report) => console::text(render("unchanged", &span, &report)),
        RepriceOutcome::Behind(behind) => bail!(behind_text(&behind, options.wait)),
        RepriceOutcome::Expired => bail!(
            "nothing was repriced: it took longer than half of \
             maintenance.deleted_file_retention_s, after which uploaded files may be cleared away; \
             reprice shorter spans"
        ),
        RepriceOutcome::Contended => bail!(
            "nothing was repriced: its files were merged or repriced by others each time; try \
             again, or stop `tokenmeter maintain` and other reprices meanwhile"
        ),
    }
}

/// The book of the configuration, or with a file of other price facts in it.
fn load_book(config: &Prices, file: Option<&Path>) -> anyhow::Result<PriceBook> {
    match file {
        None => price_books::load(config),
        Some(path) => {
            let book = price_books::facts(&path.display().to_string())?;
            // A book as the lake keeps it has its layers already.
            if book.has_operator() {
                return Ok(book);
            }
            price_books::with_operator(book, &config.operator_book)
        }
    }
}

/// Which partitions are behind, and what to do.
fn behind_text(behind: &[PartitionBehind], waited_s: u64) -> String {
    let mut text = format!(
        "nothing was repriced: after {waited_s} s the windows of these partitions are still behind \
         their events"
    );
    for one in behind {
        let windows = one
            .windows_next
            .map_or_else(|| "none".to_owned(), |next| format!("up to {next}"));
        text.push_str(&format!(
            "\n  {} of pipeline {}: events up to {}, windows {windows}",
            one.source, one.pipeline, one.events_next
        ));
    }
    text.push_str(
        "\na worker died between its two commits: start `tokenmeter run` on that topic, or \
         `tokenmeter backfill` on that file, which catches up first; then try again",
    );
    text
}
