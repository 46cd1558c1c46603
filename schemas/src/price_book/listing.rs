//! The entries of a model as a book has them, for people who ask what a name means.

use std::collections::BTreeSet;

use crate::price_book::PriceBook;
use crate::price_book::condition::Span;
use crate::price_book::facts::Price;
use crate::price_book::listed_model::{Model, Overlay};
use crate::price_book::rate::TieredRate;
use crate::usage_unit::UsageUnit;

/// A model of a book with all its prices.
#[derive(Debug, Clone)]
pub struct ModelListing<'a> {
    /// `provider/model`, as the column `price_entry` begins.
    pub name: &'a str,
    /// Where the provider publishes its prices.
    pub source_urls: &'a [String],
    /// The model's own prices, the last that holds is in force.
    pub prices: Vec<PriceListing<'a>>,
    /// What other kinds of requests pay instead.
    pub variants: Vec<PriceListing<'a>>,
}

/// One price or variant of a model.
#[derive(Debug, Clone)]
pub struct PriceListing<'a> {
    /// How the entry's name goes on behind the model's: what a request must have for it, and when it
    /// holds; empty for a price without conditions.
    pub marker: &'a str,
    /// Whether requests of its kind pay it at the instant that was asked for.
    pub is_in_force: bool,
    /// What the units cost, in the order of [`crate::usage_unit::USAGE_UNITS`].
    pub unit_prices: Vec<UnitPrice>,
}

/// What one unit costs in a price.
///
/// # Units
/// Prices: US dollars for `per` units, see [`super::Rate::dollars_for`]. Thresholds: input tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitPrice {
    /// The unit.
    pub unit: UsageUnit,
    /// How many units a price buys.
    pub per: u64,
    /// The price of small requests.
    pub base: String,
    /// Thresholds, increasing, with the price of requests whose total input exceeds them.
    pub tiers: Vec<(u64, String)>,
}

impl PriceBook {
    /// The models that a name means, of one provider or of every one, with all their prices.
    ///
    /// A name means a model if events that carry it are charged at the model's price; without a
    /// provider also if it is `provider/model` as the book has them. Of a named provider the models of
    /// its fallbacks are asked too, as [`PriceBook::resolve`] does.
    ///
    /// # Units
    /// `time_us`: microseconds since the Unix epoch; decides which prices are in force.
    #[must_use]
    pub fn list(&self, name: &str, provider: Option<&str>, time_us: i64) -> Vec<ModelListing<'_>> {
        let name = name.trim().to_lowercase();
        let found = match provider {
            Some(provider) => self.find_in(&provider.trim().to_lowercase(), &name),
            None => {
                let found = self.providers.iter();
                let found = found.filter_map(|provider| self.find_model(provider, &name));
                let is_named = |at: &usize| self.models[*at].name.to_lowercase() == name;
                let named = (0..self.models.len()).filter(is_named);
                found.chain(named).collect::<BTreeSet<_>>()
            }
        };
        let listed = found.into_iter();
        listed.map(|model| self.listing(model, time_us)).collect()
    }

    /// The names of all models, `provider/model` as the column `price_entry` begins.
    pub fn model_names(&self) -> impl Iterator<Item = &str> {
        self.models.iter().map(|model| model.name.as_str())
    }

    /// Where the provider of an entry publishes its prices; nothing for an entry that is not of this
    /// book.
    ///
    /// `entry`: a text of the column `price_entry`.
    #[must_use]
    pub fn source_urls(&self, entry: &str) -> &[String] {
        let model = self.models.iter().position(|model| {
            let rest = entry.strip_prefix(model.name.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['@', '+']))
        });
        model.map_or(&[], |model| self.source_urls_of(model))
    }

    fn source_urls_of(&self, model: usize) -> &[String] {
        let mut providers = self.providers.iter();
        let provider = providers.find(|provider| provider.models.contains(&model));
        provider.map_or(&[], |provider| &provider.source_urls)
    }

    fn find_in(&self, provider: &str, name: &str) -> BTreeSet<usize> {
        let Some(provider) = self.find_provider(provider) else {
            return BTreeSet::new();
        };
        let own = self.find_model(provider, name);
        let mut fallbacks = provider.fallbacks.iter();
        let found = own.or_else(|| {
            fallbacks.find_map(|&fallback| self.find_model(&self.providers[fallback], name))
        });
        found.into_iter().collect()
    }

    fn listing(&self, at: usize, time_us: i64) -> ModelListing<'_> {
        let model = &self.models[at];
        let in_force = model.prices.iter().rposition(|price| holds(price, time_us));
        let prices = model.prices.iter().enumerate();
        let prices = prices.map(|(at, price)| self.price_listing(price, Some(at) == in_force));
        let variants = model.variants.iter().enumerate();
        let variants =
            variants.map(|(at, price)| self.price_listing(price, sets_a_rate(model, at, time_us)));
        ModelListing {
            name: &model.name,
            source_urls: self.source_urls_of(at),
            prices: prices.collect(),
            variants: variants.collect(),
        }
    }

    fn price_listing<'a>(&self, price: &'a Price, is_in_force: bool) -> PriceListing<'a> {
        let rates = price.rates.iter();
        let mut unit_prices: Vec<_> = rates
            .map(|(unit, rate)| unit_price(*unit, rate, self.containment.per(*unit)))
            .collect();
        unit_prices.sort_unstable_by_key(|price| price.unit);
        PriceListing {
            marker: &price.marker,
            is_in_force,
            unit_prices,
        }
    }
}

fn holds(price: &Price, time_us: i64) -> bool {
    let mut span = Span::ALWAYS;
    price.condition.holds(time_us, &mut span)
}

/// Whether a variant holds and those of the same kind before it leave it a rate to set.
fn sets_a_rate(model: &Model, at: usize, time_us: i64) -> bool {
    let variant = &model.variants[at];
    let mut overlay = Overlay::default();
    let before = model.variants[..at].iter();
    for earlier in before.filter(|earlier| earlier.when == variant.when && holds(earlier, time_us))
    {
        overlay.add(earlier);
    }
    holds(variant, time_us) && overlay.add(variant)
}

fn unit_price(unit: UsageUnit, rate: &TieredRate, per: u64) -> UnitPrice {
    let tiers = rate.tiers();
    UnitPrice {
        unit,
        per,
        base: rate.base().dollars_for(per),
        tiers: tiers
            .map(|(above, rate)| (above, rate.dollars_for(per)))
            .collect(),
    }
}
