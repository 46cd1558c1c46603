//! The price book that a command works with: the program's or a file's, the operator's over it.

use std::fmt;
use std::path::Path;

use anyhow::Context;
use schemas::price_book::{BookProblem, PriceBook};
use zstd::zstd_safe::MAGICNUMBER;

use crate::config::Prices;

/// What stands for the facts in the program where a command takes a file.
pub(crate) const BUILT_IN: &str = "built-in";
/// How many digits of an id are enough to approve it; the column `price_book` has as many.
const ID_DIGITS_MIN: usize = 16;

/// A price book that cannot be used or was not approved: exit code 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BookRefused(String);

impl fmt::Display for BookRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BookRefused {}

/// Loads the book that the configuration names.
///
/// # Errors
/// [`BookRefused`] with everything that is wrong, or with what to do to approve it.
pub(crate) fn load(config: &Prices) -> anyhow::Result<PriceBook> {
    let book = if config.book.is_empty() {
        facts(BUILT_IN)?
    } else {
        let book = facts(&config.book)?;
        approve(&config.book, book.id(), &config.book_id)?;
        book
    };
    with_operator(book, &config.operator_book)
}

/// Reads facts: those in the program or a file's, plain or packed by zstd, approved or not.
///
/// # Errors
/// [`BookRefused`] if the file cannot be read, or with everything that is wrong with it.
pub(crate) fn facts(name: &str) -> anyhow::Result<PriceBook> {
    if name == BUILT_IN {
        return PriceBook::built_in().context("could not load the prices in the program");
    }
    let bytes = std::fs::read(name)
        .and_then(unpacked)
        .map_err(|error| BookRefused(format!("cannot read the price facts {name}: {error}")))?;
    Ok(PriceBook::from_json(&bytes).map_err(|error| {
        let problems = PriceBook::problems_of_json(&bytes);
        if problems.is_empty() {
            return BookRefused(format!("{name}: {}", error.with_cause()));
        }
        refusal("the price facts", name, &problems)
    })?)
}

/// Whether a file has the name of facts, or of a book as the lake keeps it.
pub(crate) fn is_facts_name(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.trim_end_matches(".zst").ends_with(".json")
}

/// Unpacks by content, so that a wrong ending does no harm.
fn unpacked(bytes: Vec<u8>) -> std::io::Result<Vec<u8>> {
    if bytes.starts_with(&MAGICNUMBER.to_le_bytes()) {
        return zstd::decode_all(bytes.as_slice());
    }
    Ok(bytes)
}

/// Lays the operator's book of a file over a book; an empty name changes nothing.
///
/// # Errors
/// [`BookRefused`] with every problem and its line.
pub(crate) fn with_operator(book: PriceBook, path: &str) -> anyhow::Result<PriceBook> {
    if path.is_empty() {
        return Ok(book);
    }
    let text = std::fs::read_to_string(Path::new(path))
        .map_err(|error| BookRefused(format!("cannot read the operator's book {path}: {error}")))?;
    Ok(book
        .with_operator(&text)
        .map_err(|problems| refusal("the operator's book", path, &problems))?)
}

/// Everything that is wrong with a book of this kind.
fn refusal(kind: &str, path: &str, problems: &[BookProblem]) -> BookRefused {
    let things = if problems.len() == 1 {
        "thing is"
    } else {
        "things are"
    };
    let mut text = format!("{} {things} wrong with {kind}", problems.len());
    for problem in problems {
        text.push_str(&format!("\n  {path}:{}: {}", problem.line, problem.message));
    }
    BookRefused(text)
}

/// Only facts that somebody has looked at price anything.
fn approve(path: &str, id: &str, approved: &str) -> Result<(), BookRefused> {
    if approved.len() >= ID_DIGITS_MIN && id.starts_with(approved) {
        return Ok(());
    }
    let approves = if approved.is_empty() {
        "prices.book_id approves none".to_owned()
    } else {
        format!("prices.book_id approves {approved}")
    };
    Err(BookRefused(format!(
        "the price facts {path} have the id {id}, and {approves}\n  \
         look at what changed:  tokenmeter prices diff {BUILT_IN} {path}\n  \
         then approve it:       prices.book_id = \"{id}\""
    )))
}

#[cfg(test)]
mod tests;
