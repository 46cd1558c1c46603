//! From facts to a book: every entry is checked when the book is read, not when it prices.

use std::borrow::Cow;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::price_book::condition::parse_instant;
use crate::price_book::containment::Containment;
use crate::price_book::facts::{
    BookFact, ModelFact, Price, PriceFact, RateNames, read_price, read_units,
};
use crate::price_book::listed_model::Model;
use crate::price_book::name_match::NameMatch;
use crate::price_book::{PriceBook, Provider, region};

/// The facts that are built into the program; see `schemas/prices/README.md`.
const BUILT_IN_FACTS: &[u8] = include_bytes!("../../prices/price-facts.json");

/// When these facts were gathered.
const BUILT_IN_AS_OF: &str = "2026-11-24";

/// Stands between the facts and the operator's text in the source of a layered book.
pub(super) const SOURCE_SEPARATOR: u8 = 0;

/// Variants of a model are bits of a set.
const VARIANTS_MAX: usize = 64;

/// Why a price book cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PriceBookError {
    /// The text is not a book's JSON.
    #[error("the price book is not in the form of price facts")]
    Json(#[source] serde_json::Error),
    /// A unit is not one of [`crate::usage_unit::USAGE_UNITS`], or its rate is for no units.
    #[error("the price book's usage unit {unit:?} is unknown or its `per` is zero")]
    Unit {
        /// The unit's name.
        unit: String,
    },
    /// A regular expression cannot be compiled.
    #[error("a pattern of {entry} is no regular expression")]
    Pattern {
        /// The provider, or provider and model.
        entry: String,
        /// What is wrong with it.
        #[source]
        source: Box<regex::Error>,
    },
    /// A provider or model contradicts itself.
    #[error("the price book's entry {entry}: {detail}")]
    Entry {
        /// The provider, or provider and model.
        entry: String,
        /// What is wrong with it.
        detail: String,
    },
}

impl PriceBookError {
    /// What is wrong, and what caused it behind a colon.
    #[must_use]
    pub fn with_cause(&self) -> String {
        let cause = std::error::Error::source(self);
        let cause = cause.map_or_else(String::new, |cause| format!(": {cause}"));
        format!("{self}{cause}")
    }
}

impl PriceBook {
    /// The book that is built into the program.
    ///
    /// # Errors
    /// None for a released program: its tests read this book.
    pub fn built_in() -> Result<Self, PriceBookError> {
        // Its patterns are not compiled here but when they are first asked.
        let mut book = Self::read(Cow::Borrowed(BUILT_IN_FACTS))?;
        book.as_of_us = book.as_of_us.or_else(|| parse_instant(BUILT_IN_AS_OF));
        Ok(book)
    }

    /// Reads a book.
    ///
    /// # Shape
    /// JSON as `schemas/prices/README.md` tells it; unknown keys are refused. Or [`Self::source`] of a
    /// book with an operator's over it: both texts with a zero byte between them, which neither has.
    /// # Errors
    /// [`PriceBookError`] for the first entry that cannot be used; [`Self::problems_of_json`] tells all.
    pub fn from_json(facts: &[u8]) -> Result<Self, PriceBookError> {
        if let Some(at) = facts.iter().position(|&byte| byte == SOURCE_SEPARATOR) {
            return Self::from_layers(&facts[..at], &facts[at + 1..]);
        }
        let book = Self::read(Cow::Owned(facts.to_vec()))?;
        book.check_patterns()?;
        Ok(book)
    }

    fn from_layers(facts: &[u8], operator: &[u8]) -> Result<Self, PriceBookError> {
        let wrong = |detail: String| entry_error("the operator's book", detail);
        let text = std::str::from_utf8(operator).map_err(|error| wrong(error.to_string()))?;
        Self::from_json(facts)?
            .with_operator(text)
            .map_err(|problems| {
                let problems = problems.iter().map(ToString::to_string);
                wrong(problems.collect::<Vec<_>>().join("; "))
            })
    }

    fn read(facts: Cow<'static, [u8]>) -> Result<Self, PriceBookError> {
        let book: BookFact = serde_json::from_slice(&facts).map_err(PriceBookError::Json)?;
        let (rate_names, definitions) = read_units(book.units)?;
        let containment = Containment::new(&definitions);
        let as_of_us = read_as_of(book.as_of.as_deref())?;
        let names: Vec<_> = book
            .providers
            .iter()
            .map(|fact| fact.provider.clone())
            .collect();
        let mut providers = Vec::new();
        let mut models = Vec::new();
        for fact in book.providers {
            let start = models.len();
            for model in fact.models {
                models.push(read_model(
                    &fact.provider,
                    model,
                    &rate_names,
                    &containment,
                )?);
            }
            let fallbacks = read_fallbacks(&fact.provider, &fact.fallback_providers, &names)?;
            region::mark(&mut models[start..]);
            providers.push(Provider {
                name: fact.provider.to_lowercase(),
                provider_match: fact.provider_match.map(NameMatch::new),
                fallbacks,
                models: start..models.len(),
                own_models: Vec::new(),
                source_urls: fact.source_urls,
            });
        }
        Ok(Self {
            id: hash(&facts),
            source: facts,
            as_of_us,
            containment: Arc::new(containment),
            rate_names,
            providers,
            models,
            operator: None,
        })
    }

    /// Compiles all patterns.
    pub(super) fn check_patterns(&self) -> Result<(), PriceBookError> {
        let providers = self.providers.iter();
        let of_providers = providers
            .filter_map(|provider| Some((&provider.name, provider.provider_match.as_ref()?)));
        let of_models = self
            .models
            .iter()
            .map(|model| (&model.name, &model.name_match));
        for (entry, clause) in of_providers.chain(of_models) {
            check_pattern(entry, clause)?;
        }
        Ok(())
    }
}

/// Whether the patterns of a clause can be compiled.
pub(super) fn check_pattern(entry: &str, clause: &NameMatch) -> Result<(), PriceBookError> {
    clause.check().map_err(|source| PriceBookError::Pattern {
        entry: entry.to_owned(),
        source: Box::new(source),
    })
}

/// The source of a book with an operator's text over it.
pub(super) fn layered_source(facts: &[u8], operator: &str) -> Vec<u8> {
    [facts, &[SOURCE_SEPARATOR], operator.as_bytes()].concat()
}

pub(super) fn hash(facts: &[u8]) -> String {
    let digest = Sha256::digest(facts);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn entry_error(entry: &str, detail: String) -> PriceBookError {
    PriceBookError::Entry {
        entry: entry.to_owned(),
        detail,
    }
}

pub(super) fn read_as_of(day: Option<&str>) -> Result<Option<i64>, PriceBookError> {
    let read = |day: &str| {
        let wrong = || entry_error("as_of", format!("{day:?} is no day such as 2026-11-24"));
        parse_instant(day).ok_or_else(wrong)
    };
    day.map(read).transpose()
}

pub(super) fn read_fallbacks(
    provider: &str,
    wanted: &[String],
    names: &[String],
) -> Result<Vec<usize>, PriceBookError> {
    let position = |wanted: &String| {
        let found = names.iter().position(|name| name == wanted);
        found
            .ok_or_else(|| entry_error(provider, format!("no provider {wanted:?} to fall back to")))
    };
    wanted.iter().map(position).collect()
}

fn read_model(
    provider: &str,
    fact: ModelFact,
    rate_names: &RateNames,
    containment: &Containment,
) -> Result<Model, PriceBookError> {
    let name = format!("{provider}/{}", fact.model);
    let read = |facts: Vec<PriceFact>| -> Result<Vec<Price>, PriceBookError> {
        let prices = facts.into_iter();
        prices
            .map(|fact| read_price(&name, fact, rate_names))
            .collect()
    };
    let prices = read(fact.prices)?;
    let variants = read(fact.variants)?;
    check_prices(&name, &prices, &variants, containment)?;
    Ok(Model {
        name,
        id: fact.model.to_lowercase(),
        has_regions: false,
        name_match: NameMatch::new(fact.name_match),
        prices,
        variants,
    })
}

/// Whether a model's prices and variants fit together.
pub(super) fn check_prices(
    name: &str,
    prices: &[Price],
    variants: &[Price],
    containment: &Containment,
) -> Result<(), PriceBookError> {
    if variants.len() > VARIANTS_MAX {
        return Err(entry_error(
            name,
            format!("more than {VARIANTS_MAX} variants"),
        ));
    }
    if prices.iter().any(|price| !price.when.is_empty()) {
        let detail = "a price depends on the request: it must be a variant";
        return Err(entry_error(name, detail.to_owned()));
    }
    if variants.iter().any(|variant| variant.when.is_empty()) {
        let detail = "a variant does not say which requests it is for";
        return Err(entry_error(name, detail.to_owned()));
    }
    check_coverage(name, prices, variants, containment)
}

/// Leaves are disjoint only if a priced part's totals, and the common part of two priced units, are
/// priced too.
fn check_coverage(
    name: &str,
    prices: &[Price],
    variants: &[Price],
    containment: &Containment,
) -> Result<(), PriceBookError> {
    let units = |price: &Price| {
        let bits = price.rates.iter().map(|(unit, _)| unit.bit());
        bits.fold(0, |set, bit| set | bit)
    };
    for price in prices {
        let own = units(price);
        let with_variants = variants.iter().map(|variant| own | units(variant));
        for priced in std::iter::once(own).chain(with_variants) {
            if let Some(unit) = containment.missing_rate(priced) {
                let detail = format!("{} needs a rate, as its parts have one", unit.name());
                return Err(entry_error(name, detail));
            }
        }
    }
    Ok(())
}
