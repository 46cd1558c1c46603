//! Everything that is wrong with price facts: read piece by piece, as a book is read whole.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::price_book::build::{
    SOURCE_SEPARATOR, check_pattern, check_prices, read_as_of, read_fallbacks,
};
use crate::price_book::containment::Containment;
use crate::price_book::facts::{
    BookFact, ModelFact, Price, PriceFact, ProviderFact, RateNames, UnitFact, read_price,
    read_units,
};
use crate::price_book::name_match::{MatchFact, NameMatch};
use crate::price_book::problem::{BookProblem, Problems};
use crate::price_book::{PriceBook, PriceBookError};

/// A piece of the facts that is still text; it knows its place, as it borrows it.
type Raw<'a> = &'a RawValue;

impl PriceBook {
    /// Everything that is wrong with a book, from top to bottom; nothing if [`Self::from_json`] reads
    /// it.
    ///
    /// A text that is no JSON has one problem, as nothing behind it can be told. What hangs on a wrong
    /// part is not looked at: no model if a unit is wrong or its provider cannot be read. Of one price
    /// the first problem is told.
    /// # Shape
    /// As for [`Self::from_json`]. Lines are counted over the whole text.
    #[must_use]
    pub fn problems_of_json(facts: &[u8]) -> Vec<BookProblem> {
        let separator = facts.iter().position(|&byte| byte == SOURCE_SEPARATOR);
        let (facts, operator) = match separator {
            Some(at) => (&facts[..at], Some(&facts[at + 1..])),
            None => (facts, None),
        };
        let found = problems_of_facts(facts);
        match operator {
            Some(operator) if found.is_empty() => problems_of_operator(facts, operator),
            _ => found,
        }
    }
}

fn problems_of_facts(facts: &[u8]) -> Vec<BookProblem> {
    let text = match std::str::from_utf8(facts) {
        Ok(text) => text,
        Err(error) => return not_utf8(facts, error.valid_up_to()),
    };
    let mut check = Check {
        text,
        problems: Problems::new(text),
    };
    check.book();
    check.problems.into_sorted()
}

/// What is wrong with the operator's text behind right facts.
fn problems_of_operator(facts: &[u8], operator: &[u8]) -> Vec<BookProblem> {
    let lay = |text: &str| PriceBook::from_json(facts).map(|book| book.with_operator(text));
    let mut problems = match std::str::from_utf8(operator).map(lay) {
        Err(error) => not_utf8(operator, error.valid_up_to()),
        Ok(Ok(Err(problems))) => problems,
        Ok(_) => Vec::new(),
    };
    let lines_before = facts.iter().filter(|byte| **byte == b'\n').count();
    for problem in &mut problems {
        problem.line += lines_before;
    }
    problems
}

fn not_utf8(bytes: &[u8], valid_up_to: usize) -> Vec<BookProblem> {
    let valid = String::from_utf8_lossy(&bytes[..valid_up_to]);
    let mut problems = Problems::new(&valid);
    problems.add(valid_up_to, "a byte that is no UTF-8");
    problems.into_sorted()
}

/// The facts while they are checked.
#[derive(Debug)]
struct Check<'a> {
    text: &'a str,
    problems: Problems<'a>,
}

/// What the prices of all models are checked against.
#[derive(Debug)]
struct Units {
    rate_names: RateNames,
    containment: Containment,
}

impl<'a> Check<'a> {
    fn book(&mut self) {
        let read = serde_json::from_str::<BookFact<Raw<'a>, Raw<'a>>>(self.text);
        let book = match read {
            Ok(book) => book,
            Err(error) => return self.add_unreadable(0, "the price facts", &error),
        };
        let as_of_at = self.text.find("\"as_of\"").unwrap_or_default();
        self.note(as_of_at, read_as_of(book.as_of.as_deref()));
        let units = self.units(&book.units);
        let pieces = book.providers.iter().enumerate();
        let providers = pieces.filter_map(|(place, piece)| {
            let name = format!("providers[{place}]");
            let provider = self.read::<ProviderFact<Raw<'a>>>(piece, &name)?;
            Some((self.at(piece), provider))
        });
        let providers: Vec<_> = providers.collect();
        // A provider that cannot be read may be the one that another falls back to.
        if providers.len() == book.providers.len() {
            self.fallbacks(&providers);
        }
        for (at, provider) in providers {
            self.pattern(at, &provider.provider, provider.provider_match);
            let Some(units) = &units else { continue };
            for (place, piece) in provider.models.iter().enumerate() {
                self.model(&provider.provider, place, piece, units);
            }
        }
    }

    /// The units of the book; `None` if one of them is wrong.
    fn units(&mut self, pieces: &[Raw<'a>]) -> Option<Units> {
        let facts = pieces.iter().enumerate().filter_map(|(place, piece)| {
            let fact = self.read::<UnitFact>(piece, &format!("units[{place}]"))?;
            self.note(self.at(piece), read_units(vec![fact.clone()]))?;
            Some(fact)
        });
        let facts: Vec<_> = facts.collect();
        if facts.len() < pieces.len() {
            return None;
        }
        let (rate_names, definitions) = self.note(0, read_units(facts))?;
        Some(Units {
            rate_names,
            containment: Containment::new(&definitions),
        })
    }

    fn fallbacks(&mut self, providers: &[(usize, ProviderFact<Raw<'a>>)]) {
        let names = providers.iter().map(|(_, fact)| fact.provider.clone());
        let names: Vec<_> = names.collect();
        for (at, fact) in providers {
            for wanted in fact.fallback_providers.chunks(1) {
                self.note(*at, read_fallbacks(&fact.provider, wanted, &names));
            }
        }
    }

    fn model(&mut self, provider: &str, place: usize, piece: Raw<'a>, units: &Units) {
        let what = format!("{provider}, models[{place}]");
        let Some(model) = self.read::<ModelFact<Raw<'a>>>(piece, &what) else {
            return;
        };
        let at = self.at(piece);
        let name = format!("{provider}/{}", model.model);
        self.pattern(at, &name, Some(model.name_match));
        let prices = self.prices(&name, "prices", &model.prices, units);
        let variants = self.prices(&name, "variants", &model.variants, units);
        if let (Some(prices), Some(variants)) = (prices, variants) {
            let checked = check_prices(&name, &prices, &variants, &units.containment);
            self.note(at, checked);
        }
    }

    /// The prices or variants of a model; `None` if one of them is wrong.
    fn prices(
        &mut self,
        model: &str,
        list: &str,
        pieces: &[Raw<'a>],
        units: &Units,
    ) -> Option<Vec<Price>> {
        let prices = pieces.iter().enumerate().filter_map(|(place, piece)| {
            let fact = self.read::<PriceFact>(piece, &format!("{model}, {list}[{place}]"))?;
            self.note(self.at(piece), read_price(model, fact, &units.rate_names))
        });
        let prices: Vec<_> = prices.collect();
        (prices.len() == pieces.len()).then_some(prices)
    }

    fn pattern(&mut self, at: usize, entry: &str, clause: Option<MatchFact>) {
        if let Some(clause) = clause {
            self.note(at, check_pattern(entry, &NameMatch::new(clause)));
        }
    }

    /// Reads a piece, or notes why it cannot be read.
    fn read<T: Deserialize<'a>>(&mut self, piece: Raw<'a>, what: &str) -> Option<T> {
        let read = serde_json::from_str(piece.get());
        read.map_err(|error| self.add_unreadable(self.at(piece), what, &error))
            .ok()
    }

    /// What was read, or notes at a byte of the text what is wrong with it.
    fn note<T>(&mut self, at: usize, read: Result<T, PriceBookError>) -> Option<T> {
        read.map_err(|error| self.problems.add(at, error.with_cause()))
            .ok()
    }

    fn add_unreadable(&mut self, at: usize, what: &str, error: &serde_json::Error) {
        let line = self.problems.line(at) + error.line().saturating_sub(1);
        let text = error.to_string();
        // The place that it names is one in the piece.
        let text = text.split(" at line ").next().unwrap_or_default();
        self.problems.add_line(line, format!("{what}: {text}"));
    }

    /// Where in the text a piece of it begins.
    fn at(&self, piece: Raw<'a>) -> usize {
        piece.get().as_ptr().addr() - self.text.as_ptr().addr()
    }
}

#[cfg(test)]
mod tests;
