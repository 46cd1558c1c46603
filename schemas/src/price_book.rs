//! The price book: what a unit costs, of which model, for which request, when.
//!
//! - [`rates`]: the arithmetic of a charge; [`leaf`]: its parts one by one; [`rate`]: exact prices
//!   of one unit; `factor`: exact fractions; [`exact_number`]: decimal texts to the last digit
//! - [`attributes`]: what of a request decides which of a model's prices it pays
//! - [`in_force`]: all prices that one call has: paid, as contracted, at list
//! - `usage`: what a call used; `containment`: which unit is a part of which
//! - [`listing`]: the entries of a model, for people; `nearest`: names that are near to an unknown one
//! - `listed_model`: a model's list prices, and which are in force
//! - `facts`: the book as it is written; `name_match`: which reported names mean a model;
//!   `condition`: when a price holds; `build`: from facts to a book; `region`: regions in model ids
//! - `check`: everything that is wrong with facts; [`BookProblem`]: one such thing and its line
//! - `operator`: the operator's layer over it; [`capacity`]: what of bought capacity was used;
//!   [`entries`]: all entries of a book, to be listed and compared

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use containment::Containment;
use facts::RateNames;
use listed_model::Model;
use name_match::NameMatch;
use operator::Operator;
use operator::selections::SelectionId;
use operator::terms::Prices;

pub mod attributes;
mod build;
pub mod capacity;
mod check;
mod condition;
mod containment;
pub mod entries;
pub mod exact_number;
mod factor;
mod facts;
pub mod in_force;
pub mod leaf;
mod listed_model;
pub mod listing;
mod name_match;
mod nearest;
mod operator;
mod problem;
pub mod rate;
pub mod rates;
mod region;
mod usage;

pub use attributes::{AttributeKey, RequestAttributes};
pub use build::PriceBookError;
pub use condition::{Span, format_instant};
pub use containment::{Direction, UsageFault};
pub use in_force::{CallCosts, CostOutcome, OtherPrices, RatesInForce};
pub use leaf::{GpuTime, Leaf};
pub use listing::{ModelListing, PriceListing, UnitPrice};
pub use problem::BookProblem;
pub use rate::{Rate, TieredRate};
pub use rates::{Cost, PriceOutcome, Rates, price, price_leaves};
pub use usage::Usage;

/// A price book: what providers charge for models, and what was negotiated with them.
#[derive(Debug)]
pub struct PriceBook {
    id: String,
    /// When its facts were gathered, microseconds since the Unix epoch.
    as_of_us: Option<i64>,
    source: Cow<'static, [u8]>,
    containment: Arc<Containment>,
    rate_names: RateNames,
    providers: Vec<Provider>,
    models: Vec<Model>,
    operator: Option<Operator>,
}

#[derive(Debug)]
struct Provider {
    name: String,
    provider_match: Option<NameMatch>,
    fallbacks: Vec<usize>,
    models: Range<usize>,
    /// The operator's own models, which are looked at first.
    own_models: Vec<usize>,
    /// Where the provider publishes its prices.
    source_urls: Vec<String>,
}

/// The prices of one model for one kind of request, in one book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntryId {
    /// `None` if no list knows the model, but a fleet of one's own serves it.
    model: Option<usize>,
    /// The variants that the request selects, as bits.
    variants: u64,
    /// Those of them that ask for a tier or way of processing.
    tier_variants: u64,
    names_tier: bool,
    /// The request names a region, the book has regions for the model, and its list none for it.
    misses_region: bool,
    /// The operator's entries that the request selects; `None` if there are none.
    terms: Option<SelectionId>,
}

/// A model that a reported name means.
#[derive(Debug)]
struct Found<'a> {
    /// Who is paid: the provider by its name in the book.
    seller: &'a str,
    model: usize,
    /// Whether the model is the seller's own offer, with its variants.
    has_variants: bool,
}

/// Whether the book had a price for just this kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PriceMatch {
    /// It had.
    Exact,
    /// The request names a tier, a way of processing or a region for which the book has no price in
    /// force: the model's ordinary price was taken. A region counts where the book tells regions of
    /// the model apart.
    Assumed,
}

impl PriceMatch {
    /// All of them, in the order of their discriminants.
    pub const ALL: [Self; 2] = [Self::Exact, Self::Assumed];

    const fn of(is_exact: bool) -> Self {
        if is_exact { Self::Exact } else { Self::Assumed }
    }

    /// The text in the column `price_match`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Assumed => "assumed",
        }
    }
}

impl PriceBook {
    /// Names the book: the SHA-256 of its facts, or of these and the operator's book, lower-case
    /// hexadecimal.
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

    /// When its facts were gathered; `None` if they do not say.
    ///
    /// # Units
    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn as_of_us(&self) -> Option<i64> {
        self.as_of_us
    }

    /// The values of a request attribute that some entry asks for, in lower case, in order.
    #[must_use]
    pub fn attribute_values(&self, key: AttributeKey) -> Vec<&str> {
        let variants = self.models.iter().flat_map(|model| &model.variants);
        let of_lists = variants.flat_map(|variant| &variant.when);
        let terms = self.operator.iter().flat_map(|operator| &operator.terms);
        let of_terms = terms.flat_map(|term| term.scope.conditions());
        let values = of_lists.chain(of_terms).filter(|(asked, _)| *asked == key);
        let mut values: Vec<_> = values.map(|(_, value)| value.as_str()).collect();
        values.sort_unstable();
        values.dedup();
        values
    }

    /// Finds the prices that a reported provider and model mean; `None` if the book has none.
    ///
    /// What the operator calls a model comes first. Else a provider is meant by its own name, or by
    /// the first provider's clause that matches; letter case and surrounding space do not count. Of
    /// its models (the operator's own first) the first whose clause matches is meant, then those of
    /// the providers whose models it also sells, in order. These are charged at their ordinary
    /// price: the other provider's variants are that provider's offers.
    #[must_use]
    pub fn resolve(
        &self,
        provider: &str,
        model: &str,
        attributes: &RequestAttributes<'_>,
    ) -> Option<EntryId> {
        let provider = provider.trim().to_lowercase();
        let name = model.to_lowercase();
        let found = self.find(&provider, &name);
        let mut entry = EntryId {
            model: found.as_ref().map(|found| found.model),
            variants: 0,
            tier_variants: 0,
            names_tier: attributes.names_tier(),
            misses_region: false,
            terms: None,
        };
        let listed =
            found.map(|found| (found.seller, &self.models[found.model], found.has_variants));
        if let Some((_, model, true)) = listed {
            (entry.variants, entry.tier_variants) = model.select(attributes);
        }
        let mut has_regions =
            listed.is_some_and(|(_, model, _)| model.has_regions && !region::is_named(&name));
        if let Some(operator) = &self.operator {
            let listed = listed.map(|(seller, model, _)| (seller, model.id.as_str()));
            let selected = operator.select(listed, (&provider, &name), attributes);
            entry.terms = selected.terms;
            has_regions |= selected.has_regions;
        }
        entry.misses_region = has_regions && attributes.names_region();
        (entry.model.is_some() || entry.terms.is_some()).then_some(entry)
    }

    /// The rates of an entry of this book at an instant; `None` before its first price.
    ///
    /// # Units
    /// `event_time_us`: microseconds since the Unix epoch, UTC.
    #[must_use]
    pub fn rates_at(&self, entry: EntryId, event_time_us: i64) -> Option<RatesInForce> {
        let mut span = Span::ALWAYS;
        let listed = entry
            .model
            .and_then(|model| self.models.get(model))
            .and_then(|model| model.rates_at(&entry, event_time_us, &mut span));
        match (&self.operator, entry.terms) {
            (Some(operator), Some(terms)) => {
                let terms = operator.in_force(terms, event_time_us, &mut span);
                let containment = &self.containment;
                let prices = Prices::new(listed, &terms, containment);
                prices.of(&entry, event_time_us, span)
            }
            _ => {
                let listed = listed?;
                Some(RatesInForce {
                    rates: Rates::new(Arc::clone(&self.containment), listed.rates),
                    name: listed.name,
                    price_match: PriceMatch::of(listed.has_tier && !entry.misses_region),
                    span,
                    other: None,
                })
            }
        }
    }

    fn find(&self, provider: &str, name: &str) -> Option<Found<'_>> {
        let seller = self.find_provider(provider);
        if let Some(operator) = &self.operator {
            let names = [Some(provider), seller.map(|seller| seller.name.as_str())];
            let mut names = names.into_iter().flatten();
            if let Some(alias) = names.find_map(|provider| operator.alias(provider, name)) {
                let target = &self.providers[alias.target_provider];
                return Some(Found {
                    seller: seller.map_or(alias.provider.as_str(), |seller| seller.name.as_str()),
                    model: alias.target_model,
                    has_variants: target.has(alias.target_model),
                });
            }
        }
        let seller = seller?;
        let found = |model: usize, has_variants: bool| Found {
            seller: seller.name.as_str(),
            model,
            has_variants,
        };
        if let Some(model) = self.find_model(seller, name) {
            return Some(found(model, true));
        }
        let mut fallbacks = seller.fallbacks.iter();
        let model = fallbacks.find_map(|&at| self.find_model(&self.providers[at], name))?;
        Some(found(model, false))
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
        let mut models = provider.model_places();
        models.find(|&at| self.models[at].name_match.is_match(name))
    }
}

impl Provider {
    /// Its models by their places, the operator's own first.
    fn model_places(&self) -> impl Iterator<Item = usize> {
        self.own_models.iter().copied().chain(self.models.clone())
    }

    fn has(&self, model: usize) -> bool {
        self.models.contains(&model) || self.own_models.contains(&model)
    }
}

#[cfg(test)]
mod tests;
