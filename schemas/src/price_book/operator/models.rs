//! Reads models of one's own, and other names of models.

use std::collections::BTreeMap;

use toml::de::DeArray;

use crate::price_book::condition::{Period, format_instant};
use crate::price_book::facts::{Price, RateNames};
use crate::price_book::name_match::NameMatch;
use crate::price_book::operator::currency::Exchange;
use crate::price_book::operator::dated::{Dated, close};
use crate::price_book::operator::draft::{AliasDraft, Draft, OwnModel};
use crate::price_book::operator::fields::Fields;
use crate::price_book::operator::prices::read_priced;
use crate::price_book::operator::scope::read_clause;
use crate::price_book::problem::Problems;
use crate::price_book::rate::TieredRate;
use crate::usage_unit::UsageUnit;

/// One entry of a model of one's own.
struct ModelEntry {
    provider: String,
    model: String,
    name_match: Option<NameMatch>,
    parts: Vec<(Period, Vec<(UsageUnit, TieredRate)>)>,
}

/// Reads `[[models]]`.
pub(super) fn read_models(
    list: &DeArray<'_>,
    rate_names: &RateNames,
    exchange: &Exchange,
    draft: &mut Draft,
    problems: &mut Problems<'_>,
) {
    const KEYS: [&str; 8] = [
        "provider",
        "model",
        "match",
        "rates",
        "currency",
        "from",
        "until",
        "known_from",
    ];
    let mut entries = Vec::new();
    for value in list.iter() {
        let Some(fields) = Fields::new("models", value, &KEYS, problems) else {
            continue;
        };
        let provider = fields.required_text("provider", problems);
        let model = fields.required_text("model", problems);
        let clause = fields.get("match");
        let name_match = clause.and_then(|value| read_clause(fields, "match", value, problems));
        let priced = read_priced(fields, rate_names, exchange, problems);
        if let (Some(provider), Some(model), Some(priced)) = (provider, model, priced) {
            let provider = provider.trim().to_owned();
            let model = model.trim().to_owned();
            entries.push(Dated {
                subject: format!("{}/{model}", provider.to_lowercase()),
                start: fields.start,
                period: priced.period,
                known_from_us: priced.known_from_us,
                item: ModelEntry {
                    provider,
                    model,
                    name_match,
                    parts: priced.parts,
                },
            });
        }
    }
    let mut by_subject = BTreeMap::<String, OwnModel>::new();
    for entry in close("models", entries, problems) {
        let ModelEntry {
            provider,
            model,
            name_match,
            parts,
        } = entry.item;
        let own = by_subject.entry(entry.subject).or_insert_with(|| OwnModel {
            start: entry.start,
            provider,
            name_match: NameMatch::Equals(model.to_lowercase()),
            model,
            prices: Vec::new(),
        });
        // The newest entry that says which names mean the model decides it for all time.
        if let Some(name_match) = name_match {
            own.name_match = name_match;
        }
        let marker = format!("@{}", format_instant(entry.period.from_us));
        let prices = parts.into_iter().filter_map(|(part, rates)| {
            let period = part.intersection(entry.period)?;
            Some(Price {
                when: Vec::new(),
                condition: period.condition(),
                rates,
                marker: marker.clone(),
            })
        });
        own.prices.extend(prices);
    }
    draft.models.extend(by_subject.into_values());
}

/// Reads `[[aliases]]`.
pub(super) fn read_aliases(list: &DeArray<'_>, draft: &mut Draft, problems: &mut Problems<'_>) {
    const KEYS: [&str; 4] = ["provider", "name", "model", "target_provider"];
    for value in list.iter() {
        let Some(fields) = Fields::new("aliases", value, &KEYS, problems) else {
            continue;
        };
        let provider = fields.required_text("provider", problems);
        let name = fields.required_text("name", problems);
        let model = fields.required_text("model", problems);
        let target = fields.text("target_provider", problems);
        let (Some(provider), Some(name), Some(model)) = (provider, name, model) else {
            continue;
        };
        let alias = AliasDraft {
            start: fields.start,
            target_provider: target.as_ref().unwrap_or(&provider).trim().to_lowercase(),
            provider: provider.trim().to_lowercase(),
            name: name.to_lowercase(),
            model: model.trim().to_lowercase(),
        };
        let mut known = draft.aliases.iter();
        let twice =
            known.find(|other| other.provider == alias.provider && other.name == alias.name);
        if let Some(other) = twice {
            let line = problems.line(other.start);
            let message = format!(
                "`aliases` names \"{}\" of {} twice, here and in line {line}: keep one",
                alias.name, alias.provider
            );
            problems.add(alias.start, message);
            continue;
        }
        draft.aliases.push(alias);
    }
}
