//! All entries of a book, to be listed and compared.

use std::collections::BTreeMap;

use crate::price_book::PriceBook;
use crate::price_book::condition::format_instant;
use crate::price_book::facts::Price;
use crate::price_book::operator::{Term, TermKind, rate_text};
use crate::price_book::rate::TieredRate;
use crate::usage_unit::UsageUnit;

/// One entry of a book.
///
/// # Units
/// Instants: microseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookEntry {
    /// Names it: a list price as in the column `price_entry`, an entry of the operator by its kind,
    /// id and first day.
    pub name: String,
    /// From when it holds; `None` if it has no beginning.
    pub from_us: Option<i64>,
    /// Until when it holds; `None` if it has no end.
    pub until_us: Option<i64>,
    /// Since when it was known, if the book says so.
    pub known_from_us: Option<i64>,
    /// What it says: the names of rates with US dollars as the book gives them, or other fields.
    pub values: BTreeMap<String, String>,
}

impl PriceBook {
    /// All entries: those of the lists, then those of the operator.
    #[must_use]
    pub fn entries(&self) -> Vec<BookEntry> {
        let mut entries = Vec::new();
        for model in &self.models {
            for price in model.prices.iter().chain(&model.variants) {
                entries.push(self.list_entry(&model.name, price));
            }
        }
        if let Some(operator) = &self.operator {
            entries.extend(operator.terms.iter().map(|term| self.term_entry(term)));
            entries.extend(operator.aliases.iter().map(|alias| BookEntry {
                name: format!("alias:{}/{}", alias.provider, alias.name),
                from_us: None,
                until_us: None,
                known_from_us: None,
                values: BTreeMap::from([(
                    "model".to_owned(),
                    self.models[alias.target_model].name.clone(),
                )]),
            }));
        }
        entries
    }

    fn list_entry(&self, model: &str, price: &Price) -> BookEntry {
        BookEntry {
            name: format!("{model}{}", price.marker),
            from_us: price.condition.from_us,
            until_us: price.condition.until_us,
            known_from_us: None,
            values: self.rate_values(&price.rates),
        }
    }

    fn term_entry(&self, term: &Term) -> BookEntry {
        let value = |name: &str, text: String| BTreeMap::from([(name.to_owned(), text)]);
        let (kind, values) = match &term.kind {
            TermKind::Discount(kept) => ("discount", value("keeps", kept.decimal())),
            TermKind::Rates(rates) => ("rates", self.rate_values(rates)),
            TermKind::Commitment(bought) => {
                ("commitment", value("price_usd", bought.price.decimal()))
            }
            TermKind::Fleet(fleet) => ("fleet", value("gpus", fleet.detail.clone())),
        };
        BookEntry {
            name: format!("{kind}:{}@{}", term.id, format_instant(term.period.from_us)),
            from_us: Some(term.period.from_us),
            until_us: term.period.until_us,
            known_from_us: term.known_from_us,
            values,
        }
    }

    fn rate_values(&self, rates: &[(UsageUnit, TieredRate)]) -> BTreeMap<String, String> {
        let text = |(unit, rate): &(UsageUnit, TieredRate)| {
            let (name, per) = self.rate_names.of_unit(*unit)?;
            Some((name.to_owned(), rate_text(rate, per)))
        };
        rates.iter().filter_map(text).collect()
    }
}
