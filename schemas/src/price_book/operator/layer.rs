//! Lays an operator's book over a price book, and checks each against the other.

use std::collections::BTreeSet;

use crate::price_book::build::{hash, layered_source};
use crate::price_book::condition::format_instant;
use crate::price_book::factor::Factor;
use crate::price_book::facts::Price;
use crate::price_book::listed_model::Model;
use crate::price_book::name_match::NameMatch;
use crate::price_book::operator::draft::{AliasDraft, Draft, OwnModel};
use crate::price_book::operator::entries::read;
use crate::price_book::operator::selections::Selections;
use crate::price_book::operator::{Alias, Operator, Term, TermKind};
use crate::price_book::problem::{BookProblem, Problems, hint};
use crate::price_book::rate::TieredRate;
use crate::price_book::{PriceBook, Provider};
use crate::usage_unit::UsageUnit;

impl PriceBook {
    /// This book with an operator's book over it.
    ///
    /// Its id is a hash over both contents.
    /// # Shape
    /// TOML as `docs/prices.md` tells it; unknown sections, keys, rates and models are refused.
    /// # Errors
    /// Everything that is wrong, each with its line, from top to bottom.
    pub fn with_operator(mut self, text: &str) -> Result<Self, Vec<BookProblem>> {
        let mut problems = Problems::new(text);
        let draft = read(text, &self.rate_names, &mut problems);
        let Draft {
            terms,
            models,
            aliases,
        } = draft;
        for model in models {
            self.add_own_model(model, &mut problems);
        }
        let aliases = aliases.into_iter();
        let aliases = aliases.filter_map(|alias| self.target(alias, &mut problems));
        let aliases: Vec<Alias> = aliases.collect();
        let mut checked = BTreeSet::new();
        let mut notes = Problems::new(text);
        for (start, term) in &terms {
            // An entry whose exchange rate changes is several terms, and wrong or right once.
            if checked.insert(*start) {
                self.check_names(*start, term, &mut problems);
                note_backdated(*start, term, &mut notes);
            }
            self.check_rates(*start, term, &mut problems);
        }
        if !problems.is_empty() {
            return Err(problems.into_sorted());
        }
        let both = format!("{}\n{}", self.id, hash(text.as_bytes()));
        self.id = hash(both.as_bytes());
        self.source = layered_source(&self.source, text).into();
        self.operator = Some(Operator {
            terms: terms.into_iter().map(|(_, term)| term).collect(),
            aliases,
            selections: Selections::default(),
            notes: notes.into_sorted(),
        });
        Ok(self)
    }

    /// Whether an operator's book lies over the facts.
    #[must_use]
    pub const fn has_operator(&self) -> bool {
        self.operator.is_some()
    }

    /// What is right in the operator's book and yet should be known, each with its line.
    #[must_use]
    pub fn operator_notes(&self) -> &[BookProblem] {
        self.operator
            .as_ref()
            .map_or(&[], |operator| &operator.notes)
    }

    fn add_own_model(&mut self, own: OwnModel, problems: &mut Problems<'_>) {
        let name = format!("{}/{}", own.provider, own.model);
        for price in &own.prices {
            let units = price
                .rates
                .iter()
                .fold(0, |set, (unit, _)| set | unit.bit());
            if let Some(unit) = self.containment.missing_rate(units) {
                let message = format!(
                    "model {name} needs a rate for {}, as its parts have one",
                    self.rate_name(unit)
                );
                problems.add(own.start, message);
                break;
            }
        }
        let place = self.models.len();
        self.models.push(Model {
            name,
            id: own.model.to_lowercase(),
            name_match: own.name_match,
            prices: own.prices,
            variants: Vec::new(),
            has_regions: false,
        });
        let seller = own.provider.to_lowercase();
        let known = self.providers.iter_mut().find(|known| known.name == seller);
        match known {
            Some(provider) => provider.own_models.push(place),
            None => self.providers.push(Provider {
                name: seller,
                provider_match: None,
                fallbacks: Vec::new(),
                models: 0..0,
                source_urls: Vec::new(),
                own_models: vec![place],
            }),
        }
    }

    /// The model that an alias means: by its id, else by any name that means it.
    fn target(&self, alias: AliasDraft, problems: &mut Problems<'_>) -> Option<Alias> {
        let wanted = alias.target_provider.as_str();
        let Some(at) = self.providers.iter().position(|known| known.name == wanted) else {
            let hint = hint(wanted, self.provider_names());
            let message = format!(
                "alias \"{}\": the book has no provider \"{wanted}\"{hint}; set `target_provider`",
                alias.name
            );
            problems.add(alias.start, message);
            return None;
        };
        let mut sold = self.sold(at);
        let by_id = sold.find(|&model| self.models[model].id == alias.model);
        let by_name = || {
            let mut sold = self.sold(at);
            sold.find(|&model| self.models[model].name_match.is_match(&alias.model))
        };
        let Some(target_model) = by_id.or_else(by_name) else {
            let hint = hint(
                &alias.model,
                self.sold(at).map(|model| self.models[model].id.as_str()),
            );
            let message = format!(
                "alias \"{}\": {wanted} has no model \"{}\"{hint}",
                alias.name, alias.model
            );
            problems.add(alias.start, message);
            return None;
        };
        Some(Alias {
            provider: alias.provider,
            name: alias.name,
            target_provider: at,
            target_model,
        })
    }

    /// The models that a provider sells: its own, and those of others.
    fn sold(&self, provider: usize) -> impl Iterator<Item = usize> {
        let provider = &self.providers[provider];
        let others = provider.fallbacks.iter();
        let others = others.flat_map(|&other| self.providers[other].model_places());
        provider.model_places().chain(others)
    }

    /// The models that a term is for.
    fn meant(&self, term: &Term) -> impl Iterator<Item = &Model> {
        let providers = self.providers.iter().enumerate();
        providers.flat_map(move |(at, provider)| {
            let sold = self.sold(at).map(|model| &self.models[model]);
            sold.filter(move |model| term.scope.has_model(&provider.name, &model.id))
        })
    }

    /// An entry that is for no model of the book would never be seen to do nothing.
    fn check_names(&self, start: usize, term: &Term, problems: &mut Problems<'_>) {
        if matches!(term.kind, TermKind::Fleet(_)) || self.meant(term).next().is_some() {
            return;
        }
        let scope = &term.scope;
        let is_meant = |provider: &&Provider| {
            let clause = scope.provider.as_ref();
            clause.is_none_or(|clause| clause.is_match(&provider.name))
        };
        let seller = self
            .providers
            .iter()
            .position(|provider| is_meant(&provider));
        let message = match (seller, &scope.provider, &scope.model) {
            (None, Some(NameMatch::Equals(name)), _) => {
                let hint = hint(name, self.provider_names());
                format!("{}: the book has no provider \"{name}\"{hint}", term.id)
            }
            (None, ..) => format!("{}: `provider` means no provider of the book", term.id),
            (Some(at), _, Some(NameMatch::Equals(name))) => {
                let ids = self.sold(at).map(|model| self.models[model].id.as_str());
                let hint = hint(name, ids);
                format!(
                    "{}: {} has no model \"{name}\"{hint}; a model of your own goes into [[models]]",
                    term.id, self.providers[at].name
                )
            }
            (Some(_), ..) => format!("{}: `model` means no model of the book", term.id),
        };
        problems.add(start, message);
    }

    /// Every rate that a term makes must be kept exactly, and no total may lack its rate.
    fn check_rates(&self, start: usize, term: &Term, problems: &mut Problems<'_>) {
        let wrong = match &term.kind {
            TermKind::Discount(kept) => self.inexact(term, *kept).map(|model| {
                format!(
                    "{}: a discounted rate of {} has more digits than can be kept exactly: use \
                     fewer digits",
                    term.id, model.name
                )
            }),
            TermKind::Rates(rates) => self.uncovered(term, rates).map(|(model, unit)| {
                format!(
                    "{}: {} needs a rate for {}, as its parts get one",
                    term.id,
                    model.name,
                    self.rate_name(unit)
                )
            }),
            TermKind::Commitment(_) | TermKind::Fleet(_) => None,
        };
        if let Some(message) = wrong {
            problems.add(start, message);
        }
    }

    /// A model with a rate that is not kept exactly when it is discounted.
    fn inexact(&self, term: &Term, kept: Factor) -> Option<&Model> {
        let is_inexact = |price: &Price| {
            let mut rates = price.rates.iter();
            rates.any(|(_, rate)| rate.times(kept).is_none())
        };
        self.meant(term)
            .find(|model| model.prices.iter().chain(&model.variants).any(is_inexact))
    }

    /// A model that lacks the rate of a total once it has these rates.
    fn uncovered(
        &self,
        term: &Term,
        rates: &[(UsageUnit, TieredRate)],
    ) -> Option<(&Model, UsageUnit)> {
        let units = |rates: &[(UsageUnit, TieredRate)]| {
            let bits = rates.iter().map(|(unit, _)| unit.bit());
            bits.fold(0, |set, bit| set | bit)
        };
        let set = units(rates);
        self.meant(term).find_map(|model| {
            let prices = model.prices.iter();
            let mut missing =
                prices.filter_map(|price| self.containment.missing_rate(units(&price.rates) | set));
            Some((model, missing.next()?))
        })
    }

    fn provider_names(&self) -> impl Iterator<Item = &str> {
        self.providers.iter().map(|provider| provider.name.as_str())
    }

    fn rate_name(&self, unit: UsageUnit) -> &str {
        let known = self.rate_names.of_unit(unit);
        known.map_or(unit.name(), |(name, _)| name)
    }
}

/// What was known only later does not change what was priced before.
fn note_backdated(start: usize, term: &Term, notes: &mut Problems<'_>) {
    let from_us = term.entry_from_us;
    if let Some(known_us) = term.known_from_us.filter(|&known_us| known_us > from_us) {
        let (from, known) = (format_instant(from_us), format_instant(known_us));
        let message = format!(
            "{} holds from {from} and was known from {known}: events that were priced in between \
             keep their price until `tokenmeter reprice --from {from} --to {known}`",
            term.id
        );
        notes.add(start, message);
    }
}
