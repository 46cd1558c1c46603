//! The lake keeps each price book before it prices anything, so that a price can be explained later.

use std::sync::Arc;

use anyhow::Context;
use readers::LakeReader;
use schemas::price_book::PriceBook;
use sinks::Lake;

use crate::fault_points;

/// Keeps a book in the lake; one that is there already stays as it is.
///
/// # Errors
/// Storage errors.
pub(crate) async fn keep(lake: &Lake, book: &PriceBook) -> anyhow::Result<()> {
    fault_points::reach("open/before-price-book");
    let kept = lake.keep_price_book(book.id(), book.source()).await;
    fault_points::reach("open/after-price-book");
    kept.context("could not keep the price book in the lake")
}

/// The book that priced an event, by what the column `price_book` says: the one at hand, or one that
/// the lake keeps; the one at hand too if the lake does not have it.
///
/// # Errors
/// Storage errors, and a kept book that cannot be read.
pub(crate) async fn find(
    reader: &LakeReader,
    at_hand: &Arc<PriceBook>,
    short_id: &str,
) -> anyhow::Result<Arc<PriceBook>> {
    if at_hand.short_id() == short_id {
        return Ok(Arc::clone(at_hand));
    }
    let Some(kept) = reader.price_book(short_id).await? else {
        return Ok(Arc::clone(at_hand));
    };
    let book = PriceBook::from_json(&kept.source)
        .with_context(|| format!("could not read the price book {short_id} that the lake keeps"))?;
    Ok(Arc::new(book))
}
