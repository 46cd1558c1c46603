//! A model of a book: its list prices, which of its variants a request selects, what is in force.

use crate::price_book::EntryId;
use crate::price_book::attributes::{AttributeKey, RequestAttributes};
use crate::price_book::condition::Span;
use crate::price_book::facts::Price;
use crate::price_book::name_match::NameMatch;
use crate::price_book::rate::TieredRate;
use crate::usage_unit::UsageUnit;

/// A model, with what its provider charges for it.
#[derive(Debug)]
pub(super) struct Model {
    /// `provider/model`.
    pub(super) name: String,
    /// The model's id alone, in lower case.
    pub(super) id: String,
    pub(super) name_match: NameMatch,
    pub(super) prices: Vec<Price>,
    pub(super) variants: Vec<Price>,
    /// Whether the provider has the same model under ids of other regions.
    pub(super) has_regions: bool,
}

/// A model's list prices for one kind of request, in force at one instant.
#[derive(Debug)]
pub(super) struct ListRates {
    pub(super) rates: Vec<(UsageUnit, TieredRate)>,
    /// The units whose rate is that of a tier or way of processing, as bits.
    pub(super) of_tier: u64,
    pub(super) name: String,
    /// Whether the list has the tier that the request names, if it names one.
    pub(super) has_tier: bool,
}

impl Model {
    /// The rates in force at an instant; cuts the span to where they stay so.
    pub(super) fn rates_at(
        &self,
        entry: &EntryId,
        time_us: i64,
        span: &mut Span,
    ) -> Option<ListRates> {
        let mut in_force = None;
        for price in &self.prices {
            if price.condition.holds(time_us, span) {
                in_force = Some(price);
            }
        }
        let in_force = in_force?;
        let mut overlay = Overlay::default();
        let mut name = format!("{}{}", self.name, in_force.marker);
        let mut has_tier = !entry.names_tier;
        let mut of_tier = 0;
        for (at, variant) in self.variants.iter().enumerate() {
            let bit = 1_u64 << at;
            if entry.variants & bit == 0 || !variant.condition.holds(time_us, span) {
                continue;
            }
            let is_tier = entry.tier_variants & bit != 0;
            has_tier |= is_tier;
            let before = overlay.priced;
            if overlay.add(variant) {
                name.push_str(&variant.marker);
            }
            if is_tier {
                of_tier |= overlay.priced & !before;
            }
        }
        overlay.add(in_force);
        Some(ListRates {
            rates: overlay.rates,
            of_tier,
            name,
            has_tier,
        })
    }

    /// The variants that a request selects, and those of them that ask for its tier, as bits.
    pub(super) fn select(&self, attributes: &RequestAttributes<'_>) -> (u64, u64) {
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
pub(super) struct Overlay {
    rates: Vec<(UsageUnit, TieredRate)>,
    priced: u64,
}

impl Overlay {
    /// Whether the price set a rate.
    pub(super) fn add(&mut self, price: &Price) -> bool {
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
