//! The lake keeps each price book before it prices anything, so that a price can be explained later.

use anyhow::Context;
use schemas::price_book::PriceBook;
use sinks::Lake;

/// Keeps a book in the lake; one that is there already stays as it is.
///
/// # Errors
/// Storage errors.
pub(crate) async fn keep(lake: &Lake, book: &PriceBook) -> anyhow::Result<()> {
    lake.keep_price_book(book.id(), book.source())
        .await
        .context("could not keep the price book in the lake")
}
