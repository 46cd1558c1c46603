//! Names of models that are near to one that nobody knows.

use schemas::price_book::PriceBook;

/// Names that are shown at most.
const NAMES_MAX: usize = 5;
/// How alike two names must be, from 0 to 1: a few slips, or another ending.
const LIKENESS_MIN: f64 = 0.85;

/// Lines that name the models whose names are nearest to this one.
pub(crate) fn nearest_models(book: &PriceBook, name: &str) -> String {
    let name = name.trim().to_lowercase();
    let mut near: Vec<(f64, &str)> = Vec::new();
    for known in book.model_names() {
        let whole = known.to_lowercase();
        let model = whole.split_once('/').map_or("", |(_, model)| model);
        let likeness = strsim::jaro_winkler(&name, model).max(strsim::jaro_winkler(&name, &whole));
        if likeness >= LIKENESS_MIN {
            near.push((likeness, known));
        }
    }
    near.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(right.1)));
    near.truncate(NAMES_MAX);
    if near.is_empty() {
        return format!("No model's name is near to {name:?}.\n");
    }
    let names = near.into_iter().map(|(_, known)| format!("  {known}\n"));
    format!("The nearest known names:\n{}", names.collect::<String>())
}

#[cfg(test)]
mod tests;
