//! What of bought capacity was used: lines by day that add up to the invoice, to the last digit.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::money::PicoUsd;
use crate::price_book::PriceBook;
use crate::price_book::condition::US_PER_DAY;
use crate::price_book::factor::Factor;
use crate::price_book::operator::capacities::Billing;
use crate::price_book::operator::{Term, TermKind};
use crate::price_book::rate::Rate;
use crate::time::{US_PER_S, date_of_us, month_of_us};
use crate::usage_unit::QUANTITY_ONE;

const US_PER_HOUR: u128 = 3_600 * US_PER_S.unsigned_abs() as u128;
const FLEET: &str = "fleet";
const COMMITMENT: &str = "commitment";
const MINIMUM_SPEND: &str = "minimum_spend";

/// One day of one capacity: a commitment, a minimum spend or a fleet.
///
/// # Units
/// `date`: days since the Unix epoch, UTC. Money: US dollars. `paid = used + unused`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapacityLine {
    /// The day.
    pub date: i32,
    /// Its kind and id: `fleet:h100-fra`, `commitment:ptu-eu`, `minimum_spend:openai`.
    pub capacity: String,
    /// What is owed for the day.
    pub paid: PicoUsd,
    /// What the day's events cost on it: the sum of their `cost_usd`.
    pub used: PicoUsd,
    /// What was paid and not used; negative where more was used than the capacity is good for, or
    /// where the spend of a later day of the month makes up for what was missing to a minimum.
    pub unused: PicoUsd,
}

/// What events cost, by UTC day and by the capacity that [`capacity_of`] their entry.
pub type UsedByDay = BTreeMap<(i32, String), PicoUsd>;

/// The capacity that an event's `price_entry` counts for: `fleet:ID`, `commitment:ID` or
/// `minimum_spend:ID`.
#[must_use]
pub fn capacity_of(price_entry: &str) -> Option<&str> {
    let minimum = price_entry.rsplit('|').next();
    let minimum = minimum.filter(|part| is_kind(part, MINIMUM_SPEND));
    minimum.or_else(|| {
        let capacity = price_entry.split('/').next()?;
        let serves = is_kind(capacity, FLEET) || is_kind(capacity, COMMITMENT);
        serves.then_some(capacity)
    })
}

fn is_kind(name: &str, kind: &str) -> bool {
    let id = name.strip_prefix(kind);
    id.is_some_and(|id| id.starts_with(':'))
}

impl PriceBook {
    /// The day from which events must be summed to know the lines from `date` on: a minimum is
    /// compared with the spend of its whole month.
    ///
    /// # Units
    /// Days since the Unix epoch, UTC.
    #[must_use]
    pub fn capacity_sums_from(date: i32) -> i32 {
        let month = month_of_us(i64::from(date) * US_PER_DAY);
        month.map_or(date, |(start_us, _)| date_of_us(start_us))
    }

    /// The lines of all capacities for a range of days.
    ///
    /// The lines of a month's commitment add up to its price, those of a fleet to its hours; those
    /// of a minimum spend with the events that count for it to the larger of both.
    /// # Shape
    /// `used` covers the days from [`Self::capacity_sums_from`] the first one. Days without anything
    /// paid or used have no line. Lines come by day, then by name.
    #[must_use]
    pub fn capacity_lines(&self, days: Range<i32>, used: &UsedByDay) -> Vec<CapacityLine> {
        let mut capacities = BTreeMap::<&str, Vec<&Term>>::new();
        let names = self.capacity_names();
        for (name, term) in &names {
            capacities.entry(name).or_default().push(term);
        }
        // What was priced by an entry that the book has no more is used and not paid.
        for (_, name) in used.keys() {
            capacities.entry(name).or_default();
        }
        let mut lines = Vec::new();
        for date in days {
            let of_day = capacities.iter();
            lines.extend(of_day.filter_map(|(name, terms)| line(name, terms, date, used)));
        }
        lines
    }

    fn capacity_names(&self) -> Vec<(String, &Term)> {
        let terms = self.operator.iter().flat_map(|operator| &operator.terms);
        let named = terms.filter_map(|term| {
            let kind = kind_of(term)?;
            Some((format!("{kind}:{}", term.id), term))
        });
        named.collect()
    }
}

/// One day of one capacity; `None` if nothing was paid or used.
fn line(name: &str, terms: &[&Term], date: i32, used: &UsedByDay) -> Option<CapacityLine> {
    let spend = |date: i32| {
        let spend = used.get(&(date, name.to_owned()));
        spend.map_or(0, |spend| spend.0)
    };
    let used = spend(date);
    let paid = if is_kind(name, MINIMUM_SPEND) {
        used + missing_to_minimum(terms, date, &spend)
    } else {
        let start_us = i64::from(date) * US_PER_DAY;
        paid_by_all(terms, start_us, start_us + US_PER_DAY)
    };
    (paid != 0 || used != 0).then(|| CapacityLine {
        date,
        capacity: name.to_owned(),
        paid: PicoUsd(paid),
        used: PicoUsd(used),
        unused: PicoUsd(paid - used),
    })
}

fn paid_by_all(terms: &[&Term], start_us: i64, end_us: i64) -> i128 {
    terms
        .iter()
        .map(|term| paid_in(term, start_us, end_us))
        .sum()
}

fn kind_of(term: &Term) -> Option<&'static str> {
    match &term.kind {
        TermKind::Fleet(_) => Some(FLEET),
        TermKind::Commitment(bought) if bought.is_minimum_spend() => Some(MINIMUM_SPEND),
        TermKind::Commitment(_) => Some(COMMITMENT),
        TermKind::Discount(_) | TermKind::Rates(_) => None,
    }
}

/// By how much what is missing to a month's minimum grew on one day.
///
/// Up to each day the minimum of the days so far is compared with the spend of the days so far, so
/// that the lines of a month add up to what is missing at its end.
fn missing_to_minimum(terms: &[&Term], date: i32, spend: &dyn Fn(i32) -> i128) -> i128 {
    let day_us = i64::from(date) * US_PER_DAY;
    let Some((month_us, _)) = month_of_us(day_us) else {
        return 0;
    };
    let first = date_of_us(month_us);
    let missing = |end: i32| {
        let end_us = i64::from(end) * US_PER_DAY;
        let minimum: i128 = terms
            .iter()
            .map(|term| paid_in(term, month_us, end_us))
            .sum();
        let spent: i128 = (first..end).map(spend).sum();
        (minimum - spent).max(0)
    };
    missing(date + 1) - missing(date)
}

/// What a capacity costs between two instants of one UTC month, 10^-12 dollars.
///
/// It is the difference of two rounded sums since the entry or the month began, so that days add up
/// to the whole whatever rounding does to a day.
fn paid_in(term: &Term, start_us: i64, end_us: i64) -> i128 {
    let since_start = |time_us: i64| paid_until(term, start_us, time_us).unwrap_or(0);
    since_start(end_us) - since_start(start_us)
}

/// What was owed up to an instant, since the entry or (if it is paid by the month) the month of
/// `day_us` began.
fn paid_until(term: &Term, day_us: i64, time_us: i64) -> Option<i128> {
    let (price, billing) = match &term.kind {
        TermKind::Fleet(fleet) => (fleet.usd_per_hour, Billing::Hour),
        TermKind::Commitment(bought) => (bought.price, bought.per),
        TermKind::Discount(_) | TermKind::Rates(_) => return None,
    };
    let (from_us, unit_us) = match billing {
        Billing::Hour => (term.period.from_us, US_PER_HOUR),
        Billing::Month => {
            let (start_us, end_us) = month_of_us(day_us)?;
            let length_us = u128::try_from(end_us - start_us).ok()?;
            (term.period.from_us.max(start_us), length_us)
        }
    };
    let until_us = term
        .period
        .until_us
        .map_or(time_us, |until_us| until_us.min(time_us));
    let elapsed_us = i128::from(until_us.saturating_sub(from_us).max(0));
    let by_us = Rate::from_factor(price.over(Factor::whole(unit_us))?)?;
    by_us.cost(elapsed_us * QUANTITY_ONE).map(|paid| paid.0)
}

#[cfg(test)]
mod tests;
