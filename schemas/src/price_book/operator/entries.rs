//! Reads an operator's book: every entry, every problem.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::de::{DeArray, DeTable, DeValue};

use crate::price_book::factor::Factor;
use crate::price_book::facts::RateNames;
use crate::price_book::operator::currency::Exchange;
use crate::price_book::operator::dated::Dated;
use crate::price_book::operator::draft::{Draft, Entry, add_terms};
use crate::price_book::operator::fields::Fields;
use crate::price_book::operator::models::{read_aliases, read_models};
use crate::price_book::operator::prices::read_priced;
use crate::price_book::operator::scope::Scope;
use crate::price_book::operator::{TermKind, capacities};
use crate::price_book::problem::{Problems, hint};

/// The kinds of entries, in the order in which they are told of.
pub(super) const SECTIONS: [&str; 7] = [
    "currencies",
    "discounts",
    "rates",
    "models",
    "aliases",
    "commitments",
    "fleets",
];
/// Decimal places that a discount may have: with more, a price may not be kept exactly.
const PERCENT_DENOMINATOR_MAX: u128 = 1_000_000;

/// Reads a text as far as it can be read.
pub(super) fn read(text: &str, rate_names: &RateNames, problems: &mut Problems<'_>) -> Draft {
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        let message = error.message().replace('\n', ", ");
        problems.add(at, format!("this is not TOML: {message}"));
    }
    let mut draft = Draft::default();
    // What was recovered around a syntax error may stand in the wrong section.
    if !errors.is_empty() {
        return draft;
    }
    let empty = DeArray::new();
    let mut lists = BTreeMap::new();
    for (name, value) in document.get_ref().iter() {
        let section = name.get_ref().as_ref();
        match (SECTIONS.contains(&section), value.get_ref()) {
            (true, DeValue::Array(list)) => {
                lists.insert(section, list);
            }
            (true, _) => {
                let message = format!("`{section}` is a list: write [[{section}]]");
                problems.add(name.span().start, message);
            }
            (false, _) => {
                let hint = hint(section, SECTIONS);
                problems.add(
                    name.span().start,
                    format!("unknown section `{section}`{hint}"),
                );
            }
        }
    }
    let list = |section: &str| lists.get(section).copied().unwrap_or(&empty);
    let exchange = Exchange::read(list("currencies"), problems);
    read_discounts(list("discounts"), &mut draft, problems);
    read_negotiated(list("rates"), rate_names, &exchange, &mut draft, problems);
    read_models(list("models"), rate_names, &exchange, &mut draft, problems);
    read_aliases(list("aliases"), &mut draft, problems);
    capacities::read_commitments(list("commitments"), &exchange, &mut draft, problems);
    capacities::read_fleets(list("fleets"), &mut draft, problems);
    draft
}

fn read_discounts(list: &DeArray<'_>, draft: &mut Draft, problems: &mut Problems<'_>) {
    const KEYS: [&str; 8] = [
        "id",
        "percent",
        "provider",
        "model",
        "when",
        "from",
        "until",
        "known_from",
    ];
    let mut entries = Vec::new();
    for value in list.iter() {
        let Some(fields) = Fields::new("discounts", value, &KEYS, problems) else {
            continue;
        };
        let id = fields.id("id", problems);
        let percent = fields.required_decimal("percent", problems);
        let dates = fields.dates(problems);
        let scope = Scope::read(fields, "model", problems);
        let share = percent.and_then(|percent| percent.over(Factor::whole(100)));
        let kept = share.and_then(Factor::rest);
        let kept = kept.filter(|kept| kept.denominator() <= PERCENT_DENOMINATOR_MAX);
        if percent.is_some() && kept.is_none() {
            let what = "must be from 0 to 100 with at most 4 decimal places";
            fields.wrong("percent", what, problems);
        }
        if let (Some(id), Some(kept), Some((period, known_from_us)), Some(scope)) =
            (id, kept, dates, scope)
        {
            entries.push(Dated {
                subject: id,
                start: fields.start,
                period,
                known_from_us,
                item: Entry {
                    scope: Arc::new(scope),
                    parts: vec![(period, kept)],
                },
            });
        }
    }
    add_terms("discounts", entries, TermKind::Discount, draft, problems);
}

fn read_negotiated(
    list: &DeArray<'_>,
    rate_names: &RateNames,
    exchange: &Exchange,
    draft: &mut Draft,
    problems: &mut Problems<'_>,
) {
    const KEYS: [&str; 9] = [
        "id",
        "provider",
        "model",
        "when",
        "rates",
        "currency",
        "from",
        "until",
        "known_from",
    ];
    let mut entries = Vec::new();
    for value in list.iter() {
        let Some(fields) = Fields::new("rates", value, &KEYS, problems) else {
            continue;
        };
        let id = fields.id("id", problems);
        for key in ["provider", "model"] {
            fields.require(key, problems);
        }
        let scope = Scope::read(fields, "model", problems);
        let priced = read_priced(fields, rate_names, exchange, problems);
        if let (Some(id), Some(scope), Some(priced)) = (id, scope, priced) {
            entries.push(Dated {
                subject: id,
                start: fields.start,
                period: priced.period,
                known_from_us: priced.known_from_us,
                item: Entry {
                    scope: Arc::new(scope),
                    parts: priced.parts,
                },
            });
        }
    }
    add_terms("rates", entries, TermKind::Rates, draft, problems);
}
