//! Names of models that are near to one that nobody knows.

use crate::price_book::PriceBook;

/// How alike two names must be, from 0 to 1: a few slips, or another ending.
const LIKENESS_MIN: f64 = 0.85;

impl PriceBook {
    /// The models whose names are nearest to this one, the nearest first; none if none is near.
    ///
    /// A name is compared with the book's names as a whole and without their provider; letter case
    /// and surrounding space do not count.
    ///
    /// # Shape
    /// At most `names_max` names, `provider/model` as the column `price_entry` begins.
    #[must_use]
    pub fn nearest_models(&self, name: &str, names_max: usize) -> Vec<&str> {
        let name = name.trim().to_lowercase();
        let mut near: Vec<(f64, &str)> = Vec::new();
        for known in self.model_names() {
            let whole = known.to_lowercase();
            let model = whole.split_once('/').map_or("", |(_, model)| model);
            let likeness =
                strsim::jaro_winkler(&name, model).max(strsim::jaro_winkler(&name, &whole));
            if likeness >= LIKENESS_MIN {
                near.push((likeness, known));
            }
        }
        near.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(right.1)));
        near.truncate(names_max);
        near.into_iter().map(|(_, known)| known).collect()
    }
}

#[cfg(test)]
mod tests;
