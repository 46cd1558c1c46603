//! `tokenmeter prices upcoming`: prices that are dated after now.

use schemas::clock::Clock;
use schemas::price_book::entries::BookEntry;
use schemas::price_book::{PriceBook, format_instant};

use crate::cli::book_options::UpcomingOptions;
use crate::config::Config;
use crate::console;
use crate::price_books::{facts, load, with_operator};
use crate::system_clock::SystemClock;

/// Lists the entries that begin after now, the next one first.
///
/// # Errors
/// A book that cannot be used.
pub(crate) fn run(config: &Config, options: &UpcomingOptions) -> anyhow::Result<()> {
    let book = match &options.book {
        Some(name) => with_operator(facts(name)?, &config.prices.operator_book)?,
        None => load(&config.prices)?,
    };
    let lines = lines(&book, SystemClock.now_us());
    if lines.is_empty() {
        console::line("No price is dated after now.")?;
    }
    lines.into_iter().try_for_each(console::line)
}

/// A line for each entry that begins after an instant.
pub(super) fn lines(book: &PriceBook, now_us: i64) -> Vec<String> {
    let mut upcoming: Vec<(i64, BookEntry)> = book
        .entries()
        .into_iter()
        .filter_map(|entry| Some((entry.from_us.filter(|&from_us| from_us > now_us)?, entry)))
        .collect();
    upcoming.sort_by(|left, right| (left.0, &left.1.name).cmp(&(right.0, &right.1.name)));
    let line = |(from_us, entry): (i64, BookEntry)| {
        format!(
            "{}  {}  {}",
            format_instant(from_us),
            entry.name,
            values(&entry)
        )
    };
    upcoming.into_iter().map(line).collect()
}

/// What an entry says, on one line.
pub(super) fn values(entry: &BookEntry) -> String {
    let values = entry.values.iter();
    let texts = values.map(|(name, value)| format!("{name} {value}"));
    texts.collect::<Vec<_>>().join("; ")
}
