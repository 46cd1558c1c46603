//! Which usage unit is a part of which, and what reported counters say of each other.

use std::collections::BTreeMap;

use crate::price_book::usage::Usage;
use crate::reject::RejectReason;
use crate::usage_unit::UsageUnit;

/// The largest quantity of one unit that is priced, far above 2^63 of it.
///
/// # Units
/// 10^-12 of a unit. Sums of all units at this bound fit `i128`.
const QUANTITY_MAX: i128 = 10_i128.pow(32);

/// Which part of the bill a unit belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// What was sent to the model.
    Input,
    /// What came back.
    Output,
    /// Neither or both.
    Other,
}

/// A unit as the facts describe it.
#[derive(Debug, Clone)]
pub(super) struct UnitDefinition {
    pub(super) unit: UsageUnit,
    /// How many units one rate of the facts buys.
    pub(super) per: u64,
    pub(super) dimensions: BTreeMap<String, String>,
}

/// The lattice of usage units: a unit whose dimensions contain another's is a part of it.
///
/// # Shape
/// Vectors are indexed by [`UsageUnit::index`]; sets of units are bits of a `u64`.
#[derive(Debug)]
pub(super) struct Containment {
    /// Units, the most specific first.
    order: Vec<UsageUnit>,
    pers: Vec<u64>,
    directions: Vec<Direction>,
    parts: Vec<u64>,
    /// For each unit its ways to be divided: the sets of units with one more dimension, of the same
    /// name in each set, so that the units of a set exclude each other.
    divisions: Vec<Vec<u64>>,
    /// Units that are no part of each other but have a common part: the pair and that part, if the
    /// facts know it.
    overlaps: Vec<((UsageUnit, UsageUnit), Option<UsageUnit>)>,
}

/// Counters that contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageFault {
    /// A quantity is negative.
    Negative(UsageUnit),
    /// Parts of this unit add up to more than was reported of it.
    PartsExceedTotal(UsageUnit),
    /// A quantity or cost is beyond what can be stored.
    OutOfRange(Option<UsageUnit>),
}

impl UsageFault {
    /// The fault in one word; the first two are those of [`crate::reject::RejectReason`].
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Negative(_) => RejectReason::NegativeUsage.as_str(),
            Self::PartsExceedTotal(_) => RejectReason::UsagePartsExceedTotal.as_str(),
            Self::OutOfRange(_) => "usage_out_of_range",
        }
    }

    /// The unit at fault; `None` if only the whole cost is.
    #[must_use]
    pub const fn unit(self) -> Option<UsageUnit> {
        match self {
            Self::Negative(unit) | Self::PartsExceedTotal(unit) => Some(unit),
            Self::OutOfRange(unit) => unit,
        }
    }
}

/// At least how much of each unit was used.
///
/// # Shape
/// Indexed by [`UsageUnit::index`]. A reported unit has what was reported; one that was not has the
/// smallest quantity that its reported parts allow.
pub(super) type Floors = [i128; UsageUnit::COUNT];

impl Containment {
    pub(super) fn new(definitions: &[UnitDefinition]) -> Self {
        let mut order: Vec<_> = definitions.iter().collect();
        order.sort_by_key(|definition| std::cmp::Reverse(definition.dimensions.len()));
        let mut table = Self {
            order: order.iter().map(|definition| definition.unit).collect(),
            pers: vec![1; UsageUnit::COUNT],
            directions: vec![Direction::Other; UsageUnit::COUNT],
            parts: vec![0; UsageUnit::COUNT],
            divisions: vec![Vec::new(); UsageUnit::COUNT],
            overlaps: Vec::new(),
        };
        for whole in definitions {
            let at = whole.unit.index();
            table.pers[at] = whole.per;
            table.directions[at] = direction(whole);
            table.parts[at] = definitions
                .iter()
                .filter(|part| is_part(part, whole))
                .fold(0, |parts, part| parts | part.unit.bit());
            table.divisions[at] = divisions(whole, definitions);
        }
        table.overlaps = overlaps(definitions);
        table
    }

    /// How many units one rate of the facts buys.
    pub(super) fn per(&self, unit: UsageUnit) -> u64 {
        self.pers[unit.index()]
    }

    pub(super) fn direction(&self, unit: UsageUnit) -> Direction {
        self.directions[unit.index()]
    }

    /// All parts of a unit, without itself.
    pub(super) fn parts(&self, unit: UsageUnit) -> u64 {
        self.parts[unit.index()]
    }

    /// The unit's place among all, the most specific first.
    pub(super) fn rank(&self, unit: UsageUnit) -> usize {
        let mut order = self.order.iter();
        order.position(|&other| other == unit).unwrap_or(usize::MAX)
    }

    /// Units, the most specific first.
    fn order(&self) -> impl Iterator<Item = UsageUnit> {
        self.order.iter().copied()
    }

    /// A unit that needs a rate once these units have one: a total, or the common part of two.
    pub(super) fn missing_rate(&self, priced: u64) -> Option<UsageUnit> {
        let has = |unit: UsageUnit| priced & unit.bit() != 0;
        let total = self
            .order()
            .find(|&unit| !has(unit) && self.parts(unit) & priced != 0);
        let common_part = || {
            let both = self
                .overlaps
                .iter()
                .filter(|(pair, _)| has(pair.0) && has(pair.1));
            let mut missing = both.filter(|(_, common)| !common.is_some_and(has));
            missing
                .next()
                .map(|&(pair, common)| common.unwrap_or(pair.0))
        };
        total.or_else(common_part)
    }

    /// What the counters say at least of every unit, or how they contradict each other.
    pub(super) fn floors(&self, usage: &Usage) -> Result<Floors, UsageFault> {
        let mut floors = [0_i128; UsageUnit::COUNT];
        for unit in self.order() {
            let divisions = self.divisions[unit.index()].iter();
            let parts = divisions.map(|&division| sum_of(division, &floors)).max();
            let parts = parts.unwrap_or(0);
            floors[unit.index()] = match usage.get(unit) {
                None => parts,
                Some(quantity) if quantity < 0 => return Err(UsageFault::Negative(unit)),
                Some(quantity) if quantity > QUANTITY_MAX => {
                    return Err(UsageFault::OutOfRange(Some(unit)));
                }
                Some(quantity) if quantity < parts => {
                    return Err(UsageFault::PartsExceedTotal(unit));
                }
                Some(quantity) => quantity,
            };
        }
        Ok(floors)
    }
}

/// The units of a set.
pub(super) fn units_of(set: u64) -> impl Iterator<Item = UsageUnit> {
    UsageUnit::all().filter(move |unit| set & unit.bit() != 0)
}

fn sum_of(set: u64, quantities: &Floors) -> i128 {
    units_of(set).map(|unit| quantities[unit.index()]).sum()
}

fn direction(definition: &UnitDefinition) -> Direction {
    match definition.dimensions.get("direction").map(String::as_str) {
        Some("input") => Direction::Input,
        Some("output") => Direction::Output,
        _ => Direction::Other,
    }
}

fn is_part(part: &UnitDefinition, whole: &UnitDefinition) -> bool {
    let contains = |(key, value): (&String, &String)| part.dimensions.get(key) == Some(value);
    part.dimensions.len() > whole.dimensions.len() && whole.dimensions.iter().all(contains)
}

fn divisions(whole: &UnitDefinition, definitions: &[UnitDefinition]) -> Vec<u64> {
    let mut by_dimension = BTreeMap::<&String, u64>::new();
    for part in definitions.iter().filter(|part| is_part(part, whole)) {
        let mut added = part.dimensions.keys();
        let added = added.find(|&key| !whole.dimensions.contains_key(key));
        if let (Some(key), true) = (added, part.dimensions.len() == whole.dimensions.len() + 1) {
            *by_dimension.entry(key).or_default() |= part.unit.bit();
        }
    }
    by_dimension.into_values().collect()
}

fn overlaps(definitions: &[UnitDefinition]) -> Vec<((UsageUnit, UsageUnit), Option<UsageUnit>)> {
    let mut overlaps = Vec::new();
    for (at, left) in definitions.iter().enumerate() {
        for right in &definitions[at + 1..] {
            let mut common = left.dimensions.clone();
            common.extend(right.dimensions.clone());
            let agrees = |(key, value): (&String, &String)| common.get(key) == Some(value);
            let nested = is_part(left, right) || is_part(right, left);
            if nested || !left.dimensions.iter().all(agrees) {
                continue;
            }
            let found = definitions.iter().find(|unit| unit.dimensions == common);
            overlaps.push(((left.unit, right.unit), found.map(|unit| unit.unit)));
        }
    }
    overlaps
}
