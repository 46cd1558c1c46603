//! `tokenmeter prices check`: what is wrong with a book, and where.

use crate::cli::book_options::CheckOptions;
use crate::config::Config;
use crate::console;
use crate::price_books::{BUILT_IN, facts, is_facts_name, with_operator};

/// Says that a book is right, or everything that is wrong with it.
///
/// # Errors
/// [`crate::price_books::BookRefused`] if it is not right or cannot be read.
pub(crate) fn run(config: &Config, options: &CheckOptions) -> anyhow::Result<()> {
    let path = options.file.as_str();
    if is_facts_name(path) {
        let book = facts(path)?;
        console::line(format!(
            "{path} is right: {} entries for {} models, id {}",
            book.entries().len(),
            book.model_count(),
            book.id()
        ))?;
        return Ok(());
    }
    let base = match config.prices.book.as_str() {
        "" => BUILT_IN,
        file => file,
    };
    let base_book = facts(base)?;
    let before = base_book.entries().len();
    let book = with_operator(base_book, path)?;
    for note in book.operator_notes() {
        console::line(format!("{path}:{}: note: {}", note.line, note.message))?;
    }
    console::line(format!(
        "{path} is right: {} entries over the facts {base}; the book's id is {}",
        book.entries().len() - before,
        book.id()
    ))
}
