//! The price facts as they are written, and their checked form.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::price_book::PriceBookError;
use crate::price_book::attributes::AttributeKey;
use crate::price_book::condition::Condition;
use crate::price_book::containment::UnitDefinition;
use crate::price_book::name_match::MatchFact;
use crate::price_book::rate::{Rate, TieredRate};
use crate::usage_unit::UsageUnit;

/// A whole book. What it lists may be left as JSON, to be read one by one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BookFact<U = UnitFact, P = ProviderFact> {
    /// When the facts were gathered: a UTC day.
    pub(super) as_of: Option<String>,
    pub(super) units: Vec<U>,
    pub(super) providers: Vec<P>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitFact {
    usage: String,
    rate: String,
    per: u64,
    dimensions: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderFact<M = ModelFact> {
    pub(super) provider: String,
    #[serde(rename = "api_pattern")]
    _api_pattern: Option<String>,
    #[serde(rename = "model_match")]
    _model_match: Option<MatchFact>,
    pub(super) provider_match: Option<MatchFact>,
    #[serde(default)]
    pub(super) fallback_providers: Vec<String>,
    #[serde(default)]
    pub(super) source_urls: Vec<String>,
    pub(super) models: Vec<M>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelFact<P = PriceFact> {
    pub(super) model: String,
    #[serde(rename = "match")]
    pub(super) name_match: MatchFact,
    #[serde(rename = "context_window")]
    _context_window: Option<u64>,
    pub(super) prices: Vec<P>,
    #[serde(default = "Vec::new")]
    pub(super) variants: Vec<P>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PriceFact {
    #[serde(default)]
    when: BTreeMap<String, String>,
    from: Option<String>,
    daily_from: Option<String>,
    daily_until: Option<String>,
    /// Texts, or objects with tiers. Not an untagged enum: serde_json hands arbitrary-precision
    /// numbers to one as maps.
    rates: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TieredFact {
    base: String,
    tiers: Vec<TierFact>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TierFact {
    above_input_tokens: u64,
    rate: String,
}

/// The rates that one entry sets, and when.
#[derive(Debug)]
pub(super) struct Price {
    /// What a request must have; nothing for a model's own price.
    pub(super) when: Vec<(AttributeKey, String)>,
    pub(super) condition: Condition,
    pub(super) rates: Vec<(UsageUnit, TieredRate)>,
    /// How the entry's name goes on after the model's: its conditions.
    pub(super) marker: String,
}

/// The units of a book by the names of their rates.
#[derive(Debug)]
pub(super) struct RateNames(BTreeMap<String, (UsageUnit, u64)>);

impl RateNames {
    /// The unit that a rate is for, and how many of it the rate buys.
    pub(super) fn get(&self, name: &str) -> Option<(UsageUnit, u64)> {
        self.0.get(name).copied()
    }

    /// The name of a unit's rate, and how many of the unit it buys.
    pub(super) fn of_unit(&self, unit: UsageUnit) -> Option<(&str, u64)> {
        let mut names = self.0.iter();
        let found = names.find(|(_, (of, _))| *of == unit);
        found.map(|(name, (_, per))| (name.as_str(), *per))
    }

    /// All names, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// Checks the units of a book.
pub(super) fn read_units(
    facts: Vec<UnitFact>,
) -> Result<(RateNames, Vec<UnitDefinition>), PriceBookError> {
    let mut rate_names = BTreeMap::new();
    let mut definitions = Vec::new();
    for fact in facts {
        let unit = UsageUnit::from_name(&fact.usage).filter(|_| fact.per > 0);
        let unit = unit.ok_or(PriceBookError::Unit { unit: fact.usage })?;
        definitions.push(UnitDefinition {
            unit,
            per: fact.per,
            dimensions: fact.dimensions,
        });
        rate_names.insert(fact.rate, (unit, fact.per));
    }
    Ok((RateNames(rate_names), definitions))
}

/// Checks one price or variant of a model.
pub(super) fn read_price(
    entry: &str,
    fact: PriceFact,
    rate_names: &RateNames,
) -> Result<Price, PriceBookError> {
    let fail = |detail: &str| PriceBookError::Entry {
        entry: entry.to_owned(),
        detail: detail.to_owned(),
    };
    let from = fact.from.as_deref();
    let daily_from = fact.daily_from.as_deref();
    let daily_until = fact.daily_until.as_deref();
    let condition = Condition::parse(from, daily_from, daily_until)
        .ok_or_else(|| fail("from is no day, or daily_from and daily_until are no times of day"))?;
    let mut marker = String::new();
    let mut when = Vec::new();
    for (name, value) in fact.when {
        let key = AttributeKey::from_name(&name)
            .ok_or_else(|| fail(&format!("no request has the attribute {name:?}")))?;
        marker.push_str(&format!("+{name}={value}"));
        when.push((key, value.to_ascii_lowercase()));
    }
    if let Some(day) = from {
        marker.push_str(&format!("@{day}"));
    }
    if let (Some(from), Some(until)) = (daily_from, daily_until) {
        marker.push_str(&format!("@{from}-{until}"));
    }
    let mut rates = Vec::new();
    for (name, value) in fact.rates {
        let known = rate_names.0.get(&name);
        let rate = known.and_then(|&(unit, per)| Some((unit, read_rate(value, per)?)));
        rates.push(rate.ok_or_else(|| fail(&format!("rate {name:?} is unknown or malformed")))?);
    }
    Ok(Price {
        when,
        condition,
        rates,
        marker,
    })
}

fn read_rate(value: Value, per: u64) -> Option<TieredRate> {
    let rate = |text: &str| Rate::from_dollars_per(text, per).ok();
    if let Value::String(text) = &value {
        return TieredRate::new(rate(text)?, Vec::new());
    }
    let fact: TieredFact = serde_json::from_value(value).ok()?;
    let tiers = fact.tiers.iter();
    let tiers = tiers.map(|tier| Some((tier.above_input_tokens, rate(&tier.rate)?)));
    TieredRate::new(rate(&fact.base)?, tiers.collect::<Option<_>>()?)
}
