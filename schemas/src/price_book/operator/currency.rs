//! Currencies with dated exchange rates, and what an entry's currency means over its time.

use std::collections::BTreeMap;

use toml::de::DeArray;

use crate::price_book::condition::{Period, format_instant};
use crate::price_book::factor::Factor;
use crate::price_book::operator::dated::{Dated, close};
use crate::price_book::operator::fields::Fields;
use crate::price_book::problem::{Problems, hint};

/// The currency of everything that names none.
const US_DOLLAR: &str = "USD";

/// US dollars for one unit of each currency, by time.
#[derive(Debug, Default)]
pub(super) struct Exchange(BTreeMap<String, Vec<(Period, Factor)>>);

impl Exchange {
    /// Reads `[[currencies]]`.
    pub(super) fn read(list: &DeArray<'_>, problems: &mut Problems<'_>) -> Self {
        const KEYS: [&str; 5] = ["code", "usd_per_unit", "from", "until", "known_from"];
        let mut entries = Vec::new();
        for value in list.iter() {
            let Some(fields) = Fields::new("currencies", value, &KEYS, problems) else {
                continue;
            };
            let code = read_code(fields, problems);
            let usd = fields.positive("usd_per_unit", problems);
            let dates = fields.dates(problems);
            if let (Some(code), Some(usd), Some((period, known_from_us))) = (code, usd, dates) {
                entries.push(Dated {
                    subject: code,
                    start: fields.start,
                    period,
                    known_from_us,
                    item: usd,
                });
            }
        }
        let mut exchange = Self::default();
        for entry in close("currencies", entries, problems) {
            let rates = exchange.0.entry(entry.subject).or_default();
            rates.push((entry.period, entry.item));
        }
        for rates in exchange.0.values_mut() {
            rates.sort_by_key(|(period, _)| period.from_us);
        }
        exchange
    }

    /// The parts of an entry's time in which its currency has one rate, each with that rate.
    pub(super) fn parts(
        &self,
        fields: Fields<'_, '_>,
        period: Period,
        problems: &mut Problems<'_>,
    ) -> Option<Vec<(Period, Factor)>> {
        let code = match fields.get("currency") {
            None => return Some(vec![(period, Factor::ONE)]),
            Some(_) => fields.text("currency", problems)?,
        };
        if code == US_DOLLAR {
            return Some(vec![(period, Factor::ONE)]);
        }
        let Some(rates) = self.0.get(&code) else {
            let known = hint(&code, self.0.keys().map(String::as_str).chain([US_DOLLAR]));
            let what = format!("\"{code}\" has no exchange rate: add [[currencies]]{known}");
            fields.wrong("currency", &what, problems);
            return None;
        };
        let parts = rates.iter().filter_map(|&(known, usd)| {
            let common = period.intersection(known)?;
            Some((common, usd))
        });
        let parts: Vec<_> = parts.collect();
        let starts = parts.first().map(|(part, _)| part.from_us);
        let ends = parts.last().map(|(part, _)| part.until_us);
        let missing_us = match (starts, ends) {
            (Some(from_us), _) if from_us > period.from_us => Some(period.from_us),
            (Some(_), Some(until_us)) if until_us == period.until_us => None,
            (_, Some(until_us)) => until_us,
            _ => Some(period.from_us),
        };
        if let Some(missing_us) = missing_us {
            let at = format_instant(missing_us);
            let what = format!("\"{code}\" has no exchange rate at {at}: add one from then on");
            fields.wrong("currency", &what, problems);
            return None;
        }
        Some(parts)
    }
}

fn read_code(fields: Fields<'_, '_>, problems: &mut Problems<'_>) -> Option<String> {
    let code = fields.required_text("code", problems)?;
    let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_code && code != US_DOLLAR {
        return Some(code);
    }
    let what = "must be three capital letters as ISO 4217 has them, and not USD";
    fields.wrong("code", what, problems);
    None
}
