//! The price book: what a unit costs, of which model, for which request, when.
//!
//! - [`rates`]: the arithmetic of a charge; [`leaf`]: its parts one by one; [`rate`]: exact prices
//!   of one unit
//! - [`attributes`]: what of a request decides which of a model's prices it pays
//! - `usage`: what a call used; `containment`: which unit is a part of which
//! - [`listing`]: the entries of a model, for people
//! - `facts`: the book as it is written; `name_match`: which reported names mean a model;
//!   `condition`: when a price holds; `build`: from facts to a book

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::usage_unit::UsageUnit;

use containment::Containment;
use facts::Price;
use name_match::NameMatch;

pub mod attributes;
mod build;
mod condition;
mod containment;
mod facts;
pub mod leaf;
pub mod listing;
mod name_match;
pub mod rate;
pub mod rates;
mod usage;

pub use attributes::{AttributeKey, RequestAttributes};
pub use build::PriceBookError;
pub use condition::Span;
pub use containment::{Direction, UsageFault};
pub use leaf::{Leaf, price_leaves};
pub use listing::{ModelListing, PriceListing, UnitPrice};
pub use rate::{Rate, TieredRate};
pub use rates::{Cost, PriceOutcome, Rates, price};
pub use usage::Usage;

/// A price book: what providers charge for models.
#[derive(Debug)]
pub struct PriceBook {
    id: String,
    source: Cow<'static, [u8]>,
    containment: Arc<Containment>,
    providers: Vec<Provider>,
    models: Vec<Model>,
}

#[derive(Debug)]
struct Provider {
    name: String,
    provider_match: Option<NameMatch>,
    fallbacks: Vec<usize>,
    models: Range<usize>,
    /// Where the provider publishes its prices.
    source_urls: Vec<String>,
}

#[derive(Debug)]
struct Model {
    /// `provider/model`.
    name: String,
    name_match: NameMatch,
    prices: Vec<Price>,
    variants: Vec<Price>,
}

/// The prices of one model for one kind of request, in one book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntryId {
    model: usize,
    /// The variants that the request selects, as bits.
    variants: u64,
    /// Those of them that ask for a tier or way of processing.
    tier_variants: u64,
    names_tier: bool,
}

/// Whether the book had a price for just this kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PriceMatch {
    /// It had.
    Exact,
    /// The request names a tier or way of processing for which the book has no price in force: the
    /// model's ordinary price was taken.
    Assumed,
}

impl PriceMatch {
    /// All of them, in the order of their discriminants.
    pub const ALL: [Self; 2] = [Self::Exact, Self::Assumed];

    /// The text in the column `price_match`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Assumed => "assumed",
        }
    }
}

/// The rates of an entry that hold in a span of time.
#[derive(Debug, Clone)]
pub struct RatesInForce {
    /// The rates.
    pub rates: Rates,
    /// Names the entry in the column `price_entry`: `provider/model` as the book has them, then the
    /// conditions of the price, then each variant that set a rate with its conditions:
    /// `openai/o3@2025-06-10+processing=batch@2026-10-14`. A condition is `@` and the first day, or
    /// `@00:30Z-16:30Z` for daily hours.
    pub name: String,
    /// Whether the book had a price for just this kind of request.
    pub price_match: PriceMatch,
    /// When they hold; it contains the instant that was asked for.
    pub span: Span,
}

impl PriceBook {
    /// Names the book: the SHA-256 of its facts, lower-case hexadecimal.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The bytes that the book was read from: [`Self::from_json`] makes the same book of them.
    #[must_use]
    pub fn source(&self) -> &[u8] {
        &self.source
    }

    /// The first 16 digits of [`Self::id`], as the column `price_book` has it.
    #[must_use]
    pub fn short_id(&self) -> &str {
        &self.id[..16]
    }

    /// How many models the book prices.
    #[must_use]
    pub fn model_count(&self) -> usize {
        self.models.len()
    }

    /// The values of a request attribute that some variant asks for, in lower case, in order.
    #[must_use]
    pub fn attribute_values(&self, key: AttributeKey) -> Vec<&str> {
        let variants = self.models.iter().flat_map(|model| &model.variants);
        let conditions = variants.flat_map(|variant| &variant.when);
        let values = conditions.filter(|(asked, _)| *asked == key);
        let mut values: Vec<_> = values.map(|(_, value)| value.as_str()).collect();
        values.sort_unstable();
        values.dedup();
        values
    }

    /// Finds the prices that a reported provider and model mean; `None` if the book has none.
    ///
    /// A provider is meant by its own name, or by the first provider's clause that matches; letter
    /// case and surrounding space do not count. Of its models the first whose clause matches is
    /// meant, then those of the providers whose models it also sells, in order. These are charged
    /// at their ordinary price: the other provider's variants are that provider's offers.
    #[must_use]
    pub fn resolve(
        &self,
        provider: &str,
        model: &str,
        attributes: &RequestAttributes<'_>,
    ) -> Option<EntryId> {
        let provider = self.find_provider(&provider.trim().to_lowercase())?;
        let name = model.to_lowercase();
        if let Some(model) = self.find_model(provider, &name) {
            let (variants, tier_variants) = self.models[model].select(attributes);
            return Some(EntryId {
                model,
                variants,
                tier_variants,
                names_tier: attributes.names_tier(),
            });
        }
        let mut fallbacks = provider.fallbacks.iter();
        let model = fallbacks.find_map(|&at| self.find_model(&self.providers[at], &name))?;
        Some(EntryId {
            model,
            variants: 0,
            tier_variants: 0,
            names_tier: attributes.names_tier(),
        })
    }

    /// The rates of an entry of this book at an instant; `None` before its first price.
    ///
    /// # Units
    /// `event_time_us`: microseconds since the Unix epoch, UTC.
    #[must_use]
    pub fn rates_at(&self, entry: EntryId, event_time_us: i64) -> Option<RatesInForce> {
        let model = self.models.get(entry.model)?;
        let mut span = Span::ALWAYS;
        let mut in_force = None;
        for price in &model.prices {
            if price.condition.holds(event_time_us, &mut span) {
                in_force = Some(price);
            }
        }
        let in_force = in_force?;
        let mut overlay = Overlay::default();
        let mut name = format!("{}{}", model.name, in_force.marker);
        let mut tier_found = !entry.names_tier;
        for (at, variant) in model.variants.iter().enumerate() {
            let bit = 1_u64 << at;
            if entry.variants & bit == 0 || !variant.condition.holds(event_time_us, &mut span) {
                continue;
            }
            tier_found |= entry.tier_variants & bit != 0;
            if overlay.add(variant) {
                name.push_str(&variant.marker);
            }
        }
        overlay.add(in_force);
        Some(RatesInForce {
            rates: Rates::new(Arc::clone(&self.containment), overlay.rates),
            name,
            price_match: if tier_found {
                PriceMatch::Exact
            } else {
                PriceMatch::Assumed
            },
            span,
        })
    }

    fn find_provider(&self, name: &str) -> Option<&Provider> {
        let is_named = |provider: &&Provider| provider.name == name;
        let matches = |provider: &&Provider| {
            let clause = provider.provider_match.as_ref();
            clause.is_some_and(|clause| clause.is_match(name))
        };
        let by_name = self.providers.iter().find(is_named);
        by_name.or_else(|| self.providers.iter().find(matches))
    }

    fn find_model(&self, provider: &Provider, name: &str) -> Option<usize> {
        let mut models = provider.models.clone();
        models.find(|&at| self.models[at].name_match.is_match(name))
    }
}

impl Model {
    /// The variants that a request selects, and those of them that ask for its tier, as bits.
    fn select(&self, attributes: &RequestAttributes<'_>) -> (u64, u64) {
        let mut selected = (0, 0);
        for (at, variant) in self.variants.iter().enumerate() {
            let has = |(key, value): &(AttributeKey, String)| {
                let found = attributes.get(*key);
                found.is_some_and(|found| found.eq_ignore_ascii_case(value))
            };
            if variant.when.iter().all(has) {
                selected.0 |= 1 << at;
                selected.1 |= u64::from(asks_for_tier(variant)) << at;
            }
        }
        selected
    }
}

fn asks_for_tier(variant: &Price) -> bool {
    let is_tier = |key| matches!(key, AttributeKey::ServiceTier | AttributeKey::Processing);
    variant.when.iter().any(|&(key, _)| is_tier(key))
}

/// Rates laid over each other: the first one for a unit stays.
#[derive(Debug, Default)]
struct Overlay {
    rates: Vec<(UsageUnit, TieredRate)>,
    priced: u64,
}

impl Overlay {
    /// Whether the price set a rate.
    fn add(&mut self, price: &Price) -> bool {
        let before = self.rates.len();
        for (unit, rate) in &price.rates {
            if self.priced & unit.bit() == 0 {
                self.rates.push((*unit, rate.clone()));
                self.priced |= unit.bit();
            }
        }
        self.rates.len() > before
    }
}

#[cfg(test)]
mod tests;
