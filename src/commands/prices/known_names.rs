//! Names of models that are near to one that nobody knows, for people.

use schemas::price_book::PriceBook;

/// Names that are shown at most.
const NAMES_MAX: usize = 5;

/// Lines that name the models whose names are nearest to this one.
pub(crate) fn nearest_models(book: &PriceBook, name: &str) -> String {
    let near = book.nearest_models(name, NAMES_MAX);
    if near.is_empty() {
        return format!("No model's name is near to {:?}.\n", name.trim());
    }
    let names = near.into_iter().map(|known| format!("  {known}\n"));
    format!("The nearest known names:\n{}", names.collect::<String>())
}

#[cfg(test)]
mod tests;
