//! Which price book a command prices with; the lake keeps each one before it prices anything.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use schemas::price_book::PriceBook;
use sinks::Lake;

/// The book that is built into the program.
///
/// # Errors
/// None for a released program: its tests read this book.
pub(crate) fn built_in() -> anyhow::Result<Arc<PriceBook>> {
    let book = PriceBook::built_in().context("could not load the built-in prices")?;
    Ok(Arc::new(book))
}

/// The book in a file of price facts.
///
/// # Errors
/// The file cannot be read, or an entry of it cannot be used.
pub(crate) fn read(path: &Path) -> anyhow::Result<Arc<PriceBook>> {
    let facts = std::fs::read(path)
        .with_context(|| format!("could not read the price book {}", path.display()))?;
    let book = PriceBook::from_json(&facts)
        .with_context(|| format!("cannot use the price book {}", path.display()))?;
    Ok(Arc::new(book))
}

/// Keeps a book in the lake, so that what it prices can be explained later.
///
/// # Errors
/// Storage errors.
pub(crate) async fn keep(lake: &Lake, book: &PriceBook) -> anyhow::Result<()> {
    lake.keep_price_book(book.id(), book.source())
        .await
        .context("could not keep the price book in the lake")
}
