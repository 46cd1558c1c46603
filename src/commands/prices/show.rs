//! `tokenmeter prices show`: the prices that a model's name means.

use schemas::clock::Clock;
use schemas::price_book::{ModelListing, PriceBook, PriceListing};
use schemas::time::format_rfc3339;

use crate::cli::prices_options::ShowOptions;
use crate::commands::prices::known_names::nearest_models;
use crate::console;
use crate::system_clock::SystemClock;

/// Shows every entry that the name means, or the nearest known names.
///
/// # Errors
/// A name that the book does not know, or a closed output.
pub(crate) fn run(book: &PriceBook, options: &ShowOptions) -> anyhow::Result<()> {
    let time_us = options
        .at
        .map_or_else(|| SystemClock.now_us(), |at| at.time_us);
    let listings = book.list(&options.model, options.provider.as_deref(), time_us);
    if listings.is_empty() {
        let provider = options.provider.as_deref();
        let of_provider = provider.map_or_else(String::new, |name| format!(" of {name}"));
        anyhow::bail!(
            "no price book knows the model {}{of_provider}. {}",
            options.model,
            nearest_models(book, &options.model).trim_end()
        );
    }
    console::line(format!(
        "book {}, prices at {}",
        book.short_id(),
        format_rfc3339(time_us)
    ))?;
    for listing in &listings {
        console::text(text_of(listing))?;
    }
    Ok(())
}

fn text_of(listing: &ModelListing<'_>) -> String {
    let mut text = format!("\n{}\n", listing.name);
    for url in listing.source_urls {
        text.push_str(&format!("  source {url}\n"));
    }
    for price in &listing.prices {
        push_price(price, "price", &mut text);
    }
    for variant in &listing.variants {
        push_price(variant, "variant", &mut text);
    }
    text
}

fn push_price(price: &PriceListing<'_>, kind: &str, text: &mut String) {
    let star = if price.is_in_force { '*' } else { ' ' };
    let line = format!("{star} {kind} {}", price.marker);
    text.push_str(line.trim_end());
    text.push('\n');
    for unit_price in &price.unit_prices {
        text.push_str(&format!(
            "    {:<28} {:>14} USD per {}\n",
            unit_price.unit.name(),
            unit_price.base,
            unit_price.per
        ));
        for (above, rate) in &unit_price.tiers {
            text.push_str(&format!(
                "    {:<28} {rate:>14} if the input exceeds {above} tokens\n",
                ""
            ));
        }
    }
}

#[cfg(test)]
mod tests;
