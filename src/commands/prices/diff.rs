//! `tokenmeter prices diff`: what changed between two books.

use std::collections::BTreeMap;

use schemas::clock::Clock;
use schemas::price_book::PriceBook;
use schemas::price_book::entries::BookEntry;

use crate::cli::book_options::DiffOptions;
use crate::commands::prices::{traffic, upcoming};
use crate::config::Config;
use crate::console;
use crate::price_books::{BUILT_IN, facts, with_operator};
use crate::system_clock::SystemClock;

/// Prints what changed, what is dated in the future, and with a lake what its traffic would cost.
///
/// # Errors
/// A book that cannot be used, or a lake that cannot be read.
pub(crate) async fn run(config: &Config, options: DiffOptions) -> anyhow::Result<()> {
    let operator = |of_one: &Option<String>| {
        let path = of_one.as_ref().or(options.operator.as_ref());
        path.cloned().unwrap_or_default()
    };
    let earlier = with_operator(facts(&options.earlier)?, &operator(&options.operator_a))?;
    let later = with_operator(facts(&options.later)?, &operator(&options.operator_b))?;
    let now_us = SystemClock.now_us();
    let mut text = format!(
        "A  {}  {}\nB  {}  {}\n\n",
        options.earlier,
        earlier.id(),
        options.later,
        later.id()
    );
    text.push_str(&changes(&earlier, &later));
    let future = upcoming::lines(&later, now_us);
    if !future.is_empty() {
        text.push_str("\nDated after now in B; an announced price may be taken back:\n");
        for line in future {
            text.push_str(&format!("  {line}\n"));
        }
    }
    console::text(text)?;
    if options.lake.lake.is_some() {
        let books = [earlier, later];
        console::text(traffic::compare(config, books, now_us, options.days).await?)?;
    }
    if options.later != BUILT_IN {
        let id = facts(&options.later)?.id().to_owned();
        console::line(format!("\nTo approve B: prices.book_id = \"{id}\""))?;
    }
    Ok(())
}

/// Added, removed and changed entries, a line each, and how many there are.
fn changes(earlier: &PriceBook, later: &PriceBook) -> String {
    let (before, after) = (by_name(earlier), by_name(later));
    let mut text = String::new();
    let mut counts = [0_usize; 3];
    for (name, entry) in &after {
        match before.get(name) {
            None => {
                counts[0] += 1;
                text.push_str(&format!("+ {name}  {}\n", upcoming::values(entry)));
            }
            Some(old) if old != entry => {
                counts[2] += 1;
                text.push_str(&format!("~ {name}  {}\n", changed(old, entry)));
            }
            Some(_) => {}
        }
    }
    for (name, entry) in &before {
        if !after.contains_key(name) {
            counts[1] += 1;
            text.push_str(&format!("- {name}  {}\n", upcoming::values(entry)));
        }
    }
    let [added, removed, changed] = counts;
    text.push_str(&format!(
        "{added} added, {removed} removed, {changed} changed\n"
    ));
    text
}

/// Entries by name. Where a book has several of one name, the second is told as `NAME (2)`.
fn by_name(book: &PriceBook) -> BTreeMap<String, BookEntry> {
    let mut met = BTreeMap::<String, usize>::new();
    let mut entries = BTreeMap::new();
    for entry in book.entries() {
        let count = met.entry(entry.name.clone()).or_default();
        *count += 1;
        let name = match *count {
            1 => entry.name.clone(),
            count => format!("{} ({count})", entry.name),
        };
        entries.insert(name, entry);
    }
    entries
}

/// What two entries of one name say differently.
fn changed(old: &BookEntry, new: &BookEntry) -> String {
    let mut changes = Vec::new();
    let mut names: Vec<&String> = old.values.keys().chain(new.values.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let value = |entry: &BookEntry| {
            let value = entry.values.get(name);
            value.cloned().unwrap_or_else(|| "none".to_owned())
        };
        let (before, after) = (value(old), value(new));
        if before != after {
            changes.push(format!("{name} {before} -> {after}"));
        }
    }
    if (old.from_us, old.until_us, old.known_from_us)
        != (new.from_us, new.until_us, new.known_from_us)
    {
        changes.push("other dates".to_owned());
    }
    changes.join("; ")
}

#[cfg(test)]
mod tests;
