//! What the operator's entries make of a request's prices.
//!
//! A discount multiplies all list rates; of several the last in the book is taken. Negotiated rates
//! then replace their own unit's rate, the last one in the book first; the others stay. One that
//! names no tier leaves the rates of a list's tier as they are. Capacity that serves the call
//! replaces what is paid, and neither list nor contract.

use std::sync::Arc;

use crate::price_book::attributes::RequestAttributes;
use crate::price_book::condition::{Span, format_instant};
use crate::price_book::containment::Containment;
use crate::price_book::factor::Factor;
use crate::price_book::in_force::{OtherPrices, RatesInForce};
use crate::price_book::listed_model::ListRates;
use crate::price_book::operator::selections::SelectionId;
use crate::price_book::operator::{Alias, Operator, Term, TermKind};
use crate::price_book::rate::{Rate, TieredRate};
use crate::price_book::rates::Rates;
use crate::price_book::{EntryId, PriceMatch};
use crate::usage_unit::UsageUnit;

/// What a request selects of the operator's entries, whenever they hold.
#[derive(Debug, Default)]
pub(in crate::price_book) struct Selected {
    /// `None` if it selects none.
    pub(in crate::price_book) terms: Option<SelectionId>,
    /// Whether some price of the model asks for a region.
    pub(in crate::price_book) has_regions: bool,
}

/// Rates by unit, at most one a unit.
type UnitRates = Vec<(UsageUnit, TieredRate)>;

impl Operator {
    /// The model that this provider's events call so.
    pub(in crate::price_book) fn alias(&self, provider: &str, name: &str) -> Option<&Alias> {
        let mut aliases = self.aliases.iter();
        aliases.find(|alias| alias.provider == provider && alias.name == name)
    }

    /// The entries that a request selects.
    ///
    /// Fleets go by what events report, all other entries by the book's own names (`listed`: seller
    /// and model), which spare the operator from knowing all spellings.
    pub(in crate::price_book) fn select(
        &self,
        listed: Option<(&str, &str)>,
        reported: (&str, &str),
        request: &RequestAttributes<'_>,
    ) -> Selected {
        let mut terms = Vec::new();
        let mut has_regions = false;
        for (at, term) in self.terms.iter().enumerate() {
            let names = match term.kind {
                TermKind::Fleet(_) => Some(reported),
                _ => listed,
            };
            let is_meant =
                names.is_some_and(|(provider, model)| term.scope.has_model(provider, model));
            if !is_meant {
                continue;
            }
            let is_price = matches!(term.kind, TermKind::Discount(_) | TermKind::Rates(_));
            has_regions |= is_price && term.scope.names_region();
            if term.scope.is_selected(request) {
                terms.push(at);
            }
        }
        Selected {
            terms: (!terms.is_empty()).then(|| self.selections.id(terms)),
            has_regions,
        }
    }

    /// Those of a selection that hold at an instant; cuts the span to where that stays so.
    pub(in crate::price_book) fn in_force(
        &self,
        terms: SelectionId,
        time_us: i64,
        span: &mut Span,
    ) -> Vec<&Term> {
        let terms = self.selections.terms(terms);
        let selected = terms.iter().filter_map(|&at| self.terms.get(at));
        let in_force = selected.filter(|term| term.period.condition().holds(time_us, span));
        in_force.collect()
    }
}

/// All prices of a request by the entries in force that it selects.
#[derive(Debug)]
pub(in crate::price_book) struct Prices<'a> {
    containment: &'a Arc<Containment>,
    terms: &'a [&'a Term],
    /// `None` if no list knows the model.
    contract: Option<Contract>,
}

impl<'a> Prices<'a> {
    pub(in crate::price_book) fn new(
        listed: Option<ListRates>,
        terms: &'a [&'a Term],
        containment: &'a Arc<Containment>,
    ) -> Self {
        Self {
            containment,
            terms,
            contract: listed.map(|listed| Contract::new(listed, terms)),
        }
    }

    /// What is in force: a fleet, else bought capacity, else the contract; `None` if there is none.
    pub(in crate::price_book) fn of(
        self,
        entry: &EntryId,
        time_us: i64,
        mut span: Span,
    ) -> Option<RatesInForce> {
        if let Some(by_fleet) = self.by_fleet(span) {
            return Some(by_fleet);
        }
        if let Some(committed) = self.committed(time_us, &mut span) {
            return Some(committed);
        }
        let contract = self.contract.as_ref()?;
        let is_exact = contract.has_tier && (contract.has_region || !entry.misses_region);
        let differs = contract.list != contract.rates;
        Some(RatesInForce {
            rates: self.rates(contract.rates.clone()),
            name: contract.name.clone(),
            price_match: PriceMatch::of(is_exact),
            span,
            other: differs.then(|| self.other(None, false)),
        })
    }

    fn by_fleet(&self, span: Span) -> Option<RatesInForce> {
        let (term, fleet) = self.terms.iter().find_map(|term| match &term.kind {
            TermKind::Fleet(fleet) => Some((term, fleet)),
            _ => None,
        })?;
        let rates = fleet.token_rates.map_or_else(Vec::new, by_direction);
        Some(RatesInForce {
            rates: self.rates(rates),
            name: capacity_name("fleet", term),
            price_match: PriceMatch::Exact,
            span,
            other: Some(self.other(Some(fleet.gpu_second), fleet.token_rates.is_none())),
        })
    }

    fn committed(&self, time_us: i64, span: &mut Span) -> Option<RatesInForce> {
        let contract = self.contract.as_ref()?;
        let (term, rates) = self.terms.iter().find_map(|term| match &term.kind {
            TermKind::Commitment(bought) => Some((term, bought.token_rates(time_us, span)?)),
            _ => None,
        })?;
        let tokens = [UsageUnit::INPUT_TOKENS, UsageUnit::OUTPUT_TOKENS];
        let of_tokens = tokens.into_iter().fold(0, |set, unit| {
            set | unit.bit() | self.containment.parts(unit)
        });
        let mut served = by_direction(rates);
        let rest = contract.rates.iter();
        served.extend(
            rest.filter(|(unit, _)| of_tokens & unit.bit() == 0)
                .cloned(),
        );
        Some(RatesInForce {
            rates: self.rates(served),
            name: capacity_name("commitment", term),
            price_match: PriceMatch::Exact,
            span: *span,
            other: Some(self.other(None, false)),
        })
    }

    fn other(&self, gpu_second: Option<Rate>, needs_gpu_seconds: bool) -> Box<OtherPrices> {
        let contract = self.contract.as_ref();
        Box::new(OtherPrices {
            list: contract.map(|contract| self.rates(contract.list.clone())),
            contracted: contract.map(|contract| self.rates(contract.rates.clone())),
            gpu_second,
            needs_gpu_seconds,
        })
    }

    fn rates(&self, rates: UnitRates) -> Rates {
        Rates::new(Arc::clone(self.containment), rates)
    }
}

fn capacity_name(kind: &str, term: &Term) -> String {
    format!("{kind}:{}/{}", term.id, format_instant(term.entry_from_us))
}

fn by_direction((input, output): (Rate, Rate)) -> UnitRates {
    vec![
        (UsageUnit::INPUT_TOKENS, TieredRate::flat(input)),
        (UsageUnit::OUTPUT_TOKENS, TieredRate::flat(output)),
    ]
}

impl Term {
    /// Which of the rates of a list's tier, as bits of units, negotiated rates leave as they are.
    fn tier_rates_kept(&self, of_tier: u64) -> u64 {
        if self.scope.names_tier() { 0 } else { of_tier }
    }
}

/// A model's prices with what was negotiated.
#[derive(Debug)]
struct Contract {
    list: UnitRates,
    rates: UnitRates,
    name: String,
    has_tier: bool,
    has_region: bool,
}

impl Contract {
    fn new(listed: ListRates, terms: &[&Term]) -> Self {
        let ListRates {
            rates: list,
            of_tier,
            name,
            has_tier,
        } = listed;
        let mut contract = Self {
            rates: list.clone(),
            list,
            name,
            has_tier,
            has_region: false,
        };
        let mut used = Vec::new();
        if let Some((place, kept)) = last_discount(terms) {
            used.push(place);
            contract.discount(kept);
        }
        let mut set = 0;
        for (place, term) in terms.iter().enumerate().rev() {
            let before = set;
            if let TermKind::Rates(rates) = &term.kind {
                contract.negotiate(rates, term.tier_rates_kept(of_tier), &mut set);
            }
            if set != before {
                used.push(place);
            }
        }
        used.sort_unstable();
        for term in used.into_iter().filter_map(|place| terms.get(place)) {
            contract.has_tier |= term.scope.names_tier();
            contract.has_region |= term.scope.names_region();
            let from = format_instant(term.entry_from_us);
            contract.name.push_str(&format!("|{}@{from}", term.id));
        }
        let minimum = terms.iter().find(|term| match &term.kind {
            TermKind::Commitment(bought) => bought.is_minimum_spend(),
            _ => false,
        });
        if let Some(term) = minimum {
            contract
                .name
                .push_str(&format!("|minimum_spend:{}", term.id));
        }
        contract
    }

    fn discount(&mut self, kept: Factor) {
        for (_, rate) in &mut self.rates {
            // The book refuses a discount that cannot be kept exactly.
            if let Some(lower) = rate.times(kept) {
                *rate = lower;
            }
        }
    }

    /// Replaces the rates of units that were not yet set and are not to be kept, as bits.
    fn negotiate(&mut self, rates: &[(UsageUnit, TieredRate)], kept: u64, set: &mut u64) {
        for (unit, rate) in rates {
            if (*set | kept) & unit.bit() != 0 {
                continue;
            }
            *set |= unit.bit();
            self.rates.retain(|(known, _)| known != unit);
            self.rates.push((*unit, rate.clone()));
        }
    }
}

fn last_discount(terms: &[&Term]) -> Option<(usize, Factor)> {
    let mut terms = terms.iter().enumerate().rev();
    terms.find_map(|(place, term)| match &term.kind {
        TermKind::Discount(kept) => Some((place, *kept)),
        _ => None,
    })
}
