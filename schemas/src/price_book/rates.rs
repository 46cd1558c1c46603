//! The arithmetic of a charge: counters are split into disjoint leaves, each at its own rate.
//!
//! - A unit whose dimensions contain another's is a part of it. Of every priced unit its leaf is
//!   charged: its quantity less the leaves of its priced parts. So a count whose unit has no rate is
//!   charged at its nearest priced total's rate, and one that has no priced total costs nothing.
//! - Parts that add up to more than their total are invalid usage, whether they are priced or not.
//! - A part that was not reported counts zero. A total that was not reported is the smallest number
//!   that its reported parts allow: a missing total is not a total of zero.
//! - `requests` that were not reported count one: an event is one request.
//! - A tier is chosen by the total of `input_tokens` and holds for the whole request.
//! - Each leaf's cost is exact, or, if it does not end within 12 places, rounded half to even once.

use std::sync::Arc;

use crate::money::{EVENT_COST_MAX, PicoUsd};
use crate::price_book::containment::{Containment, Direction, UsageFault, units_of};
use crate::price_book::leaf::Leaf;
use crate::price_book::rate::TieredRate;
use crate::price_book::usage::Usage;
use crate::usage_unit::{QUANTITY_ONE, UsageUnit};

/// The rates that hold for one model, one kind of request and one time.
#[derive(Debug, Clone)]
pub struct Rates {
    containment: Arc<Containment>,
    /// The most specific unit first.
    rates: Vec<(UsageUnit, TieredRate)>,
    /// The units that have a rate, as bits.
    priced: u64,
}

/// What a call costs, by the direction of its units.
///
/// # Units
/// 10^-12 US dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Input units.
    pub input: PicoUsd,
    /// Output units.
    pub output: PicoUsd,
    /// Units of neither direction, such as searches.
    pub other: PicoUsd,
}

impl Cost {
    /// No cost.
    pub const ZERO: Self = Self {
        input: PicoUsd(0),
        output: PicoUsd(0),
        other: PicoUsd(0),
    };

    /// The whole cost.
    #[must_use]
    pub const fn total(self) -> PicoUsd {
        PicoUsd(self.input.0 + self.output.0 + self.other.0)
    }
}

/// What became of pricing one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum PriceOutcome {
    /// What it costs.
    Priced(Cost),
    /// Its counters contradict each other, or exceed what can be stored.
    Invalid(UsageFault),
}

impl Rates {
    pub(super) fn new(
        containment: Arc<Containment>,
        mut rates: Vec<(UsageUnit, TieredRate)>,
    ) -> Self {
        rates.sort_by_key(|&(unit, _)| containment.rank(unit));
        let priced = rates.iter().fold(0, |set, (unit, _)| set | unit.bit());
        Self {
            containment,
            rates,
            priced,
        }
    }

    /// The rate at which a count of this unit is charged: its own or that of its nearest priced
    /// total; `None` if it costs nothing.
    #[must_use]
    pub fn rate(&self, unit: UsageUnit) -> Option<&TieredRate> {
        let is_charged = |priced: UsageUnit| priced == unit || self.is_part(unit, priced);
        // The most specific comes first, so the first total met is the nearest.
        let mut rates = self.rates.iter();
        rates
            .find(|(priced, _)| is_charged(*priced))
            .map(|(_, rate)| rate)
    }

    /// The rates of the units that have one of their own, the most specific unit first.
    pub fn own_rates(&self) -> impl Iterator<Item = (UsageUnit, &TieredRate)> {
        self.rates.iter().map(|(unit, rate)| (*unit, rate))
    }

    /// How many units one price of the book buys.
    #[must_use]
    pub fn per(&self, unit: UsageUnit) -> u64 {
        self.containment.per(unit)
    }

    /// Whether one unit is a part of another.
    #[must_use]
    pub fn is_part(&self, part: UsageUnit, whole: UsageUnit) -> bool {
        self.containment.parts(whole) & part.bit() != 0
    }

    /// Which part of the bill a unit belongs to.
    #[must_use]
    pub fn direction(&self, unit: UsageUnit) -> Direction {
        self.containment.direction(unit)
    }
}

/// Prices the usage of one call, exactly.
pub fn price(rates: &Rates, usage: &Usage) -> PriceOutcome {
    match charge(rates, usage, |_| ()) {
        Ok(cost) => PriceOutcome::Priced(cost),
        Err(fault) => PriceOutcome::Invalid(fault),
    }
}

/// Prices the usage of one call as [`price`] does, and gives its parts beside the cost.
///
/// # Shape
/// The parts of which anything was used, in the order of [`crate::usage_unit::USAGE_UNITS`]; their
/// costs add up to the whole.
/// # Errors
/// How the counters contradict each other, as [`PriceOutcome::Invalid`] has it.
pub fn price_leaves(rates: &Rates, usage: &Usage) -> Result<(Cost, Vec<Leaf>), UsageFault> {
    let mut leaves = Vec::new();
    let cost = charge(rates, usage, |leaf| {
        if leaf.quantity != 0 {
            leaves.push(leaf);
        }
    })?;
    leaves.sort_unstable_by_key(|leaf| leaf.unit);
    Ok((cost, leaves))
}

/// Prices the usage of one call and gives each leaf of every unit with a rate, also empty ones.
#[inline]
pub(super) fn charge(
    rates: &Rates,
    usage: &Usage,
    mut each: impl FnMut(Leaf),
) -> Result<Cost, UsageFault> {
    let floors = rates.containment.floors(usage)?;
    let mut leaves = [0_i128; UsageUnit::COUNT];
    let parts_sum = |unit: UsageUnit, leaves: &[i128; UsageUnit::COUNT]| -> i128 {
        let priced_parts = rates.containment.parts(unit) & rates.priced;
        units_of(priced_parts)
            .map(|part| leaves[part.index()])
            .sum()
    };
    for (unit, _) in rates.own_rates() {
        let parts = parts_sum(unit, &leaves);
        leaves[unit.index()] = match usage.get(unit) {
            Some(total) if total < parts => return Err(UsageFault::PartsExceedTotal(unit)),
            Some(total) => total - parts,
            None if unit == UsageUnit::REQUESTS => QUANTITY_ONE,
            None => (floors[unit.index()] - parts).max(0),
        };
    }
    let input = UsageUnit::INPUT_TOKENS;
    let input_quantity = match usage.get(input) {
        Some(total) => total,
        None => floors[input.index()].max(leaves[input.index()] + parts_sum(input, &leaves)),
    };
    let mut cost = Cost::default();
    for (unit, rate) in rates.own_rates() {
        let (rate, quantity) = (rate.at(input_quantity), leaves[unit.index()]);
        let leaf_cost = rate.cost(quantity);
        let leaf_cost = leaf_cost.ok_or(UsageFault::OutOfRange(Some(unit)))?;
        each(Leaf {
            unit,
            quantity,
            rate,
            per: rates.containment.per(unit),
            cost: leaf_cost,
        });
        let share = match rates.direction(unit) {
            Direction::Input => &mut cost.input,
            Direction::Output => &mut cost.output,
            Direction::Other => &mut cost.other,
        };
        // At most 59 leaves of at most `EVENT_COST_MAX` each, far below what i128 holds.
        share.0 += leaf_cost.0;
    }
    if cost.total() > EVENT_COST_MAX {
        return Err(UsageFault::OutOfRange(None));
    }
    Ok(cost)
}
