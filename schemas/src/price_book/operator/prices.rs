//! Reads rates with their currency and dates.

use toml::de::DeValue;

use crate::price_book::condition::Period;
use crate::price_book::factor::Factor;
use crate::price_book::facts::RateNames;
use crate::price_book::operator::currency::Exchange;
use crate::price_book::operator::fields::{Fields, Value, decimal_text};
use crate::price_book::problem::{Problems, hint};
use crate::price_book::rate::{Rate, TieredRate};
use crate::usage_unit::UsageUnit;

/// Rates in dollars, by the parts of time in which they are the same.
#[derive(Debug)]
pub(super) struct Priced {
    pub(super) period: Period,
    pub(super) known_from_us: Option<i64>,
    pub(super) parts: Vec<(Period, Vec<(UsageUnit, TieredRate)>)>,
}

/// Reads `rates`, `currency` and the dates.
pub(super) fn read_priced(
    fields: Fields<'_, '_>,
    rate_names: &RateNames,
    exchange: &Exchange,
    problems: &mut Problems<'_>,
) -> Option<Priced> {
    let rates = read_rates(fields, rate_names, problems);
    let (period, known_from_us) = fields.dates(problems)?;
    let exchanged = exchange.parts(fields, period, problems)?;
    let rates = rates?;
    let in_dollars = |usd: Factor| {
        let rates = rates.iter();
        rates
            .map(|(unit, rate)| Some((*unit, rate.times(usd)?)))
            .collect::<Option<Vec<_>>>()
    };
    let parts = exchanged
        .into_iter()
        .map(|(part, usd)| Some((part, in_dollars(usd)?)));
    let parts = parts.collect::<Option<Vec<_>>>();
    if parts.is_none() {
        let what = "have more digits in dollars than can be kept exactly";
        fields.wrong("rates", what, problems);
    }
    Some(Priced {
        period,
        known_from_us,
        parts: parts?,
    })
}

fn read_rates(
    fields: Fields<'_, '_>,
    rate_names: &RateNames,
    problems: &mut Problems<'_>,
) -> Option<Vec<(UsageUnit, TieredRate)>> {
    let table = match fields.get("rates").map(|value| value.get_ref()) {
        Some(DeValue::Table(table)) if !table.is_empty() => table,
        _ => {
            let what = "must be a table such as { input_mtok = \"2.10\" }";
            fields.wrong("rates", what, problems);
            return None;
        }
    };
    let mut rates = Vec::new();
    let mut is_right = true;
    for (name, value) in table.iter() {
        let Some((unit, per)) = rate_names.get(name.get_ref()) else {
            let hint = hint(name.get_ref(), rate_names.names());
            problems.add(
                name.span().start,
                format!("unknown rate `{}`{hint}", name.get_ref()),
            );
            is_right = false;
            continue;
        };
        match read_rate(value, per) {
            Some(rate) => rates.push((unit, rate)),
            None => {
                let message = format!(
                    "rate `{}` must be a decimal number such as \"2.10\", or {{ base = \"2.10\", \
                     tiers = [{{ above_input_tokens = 200000, rate = \"4.20\" }}] }} with rising \
                     thresholds",
                    name.get_ref()
                );
                problems.add(value.span().start, message);
                is_right = false;
            }
        }
    }
    is_right.then_some(rates)
}

fn read_rate(value: Value<'_, '_>, per: u64) -> Option<TieredRate> {
    let rate = |value: &DeValue<'_>| Rate::from_dollars_per(decimal_text(value)?, per).ok();
    let DeValue::Table(table) = value.get_ref() else {
        return Some(TieredRate::flat(rate(value.get_ref())?));
    };
    let known = ["base", "tiers"];
    if table
        .keys()
        .any(|key| !known.contains(&key.get_ref().as_ref()))
    {
        return None;
    }
    let base = rate(table.get("base")?.get_ref())?;
    let tiers = table.get("tiers")?.get_ref().as_array()?.iter();
    let tiers = tiers.map(|tier| {
        let tier = tier.get_ref().as_table()?;
        let above = tier.get("above_input_tokens")?.get_ref();
        let above = decimal_text(above)?.parse::<u64>().ok()?;
        (tier.len() == 2).then_some(())?;
        Some((above, rate(tier.get("rate")?.get_ref())?))
    });
    TieredRate::new(base, tiers.collect::<Option<_>>()?)
}

/// A rate as a text: dollars for `per` units, each tier with its threshold.
pub(in crate::price_book) fn rate_text(rate: &TieredRate, per: u64) -> String {
    let mut text = rate.base().dollars_for(per);
    for (above, rate) in rate.tiers() {
        text.push_str(&format!(", {} above {above}", rate.dollars_for(per)));
    }
    text
}
