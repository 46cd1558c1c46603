//! The fast arithmetic for events with none but the common counters.
//!
//! It gives the same cost as [`schemas::price_book::price`], or no answer: counters that contradict
//! each other and huge ones are left to that. Rates that are not whole 10^-12 dollars, as those of
//! fleets are, take a division each.

use schemas::money::{EVENT_COST_MAX, PicoUsd};
use schemas::price_book::{Cost, Direction, Rate, Rates};
use schemas::usage_unit::{QUANTITY_ONE, USAGE_COLUMNS, UsageUnit};

/// How many counters are columns of the event.
pub(super) const COLUMNS: usize = USAGE_COLUMNS.len();

const INPUT: usize = 0;
const OUTPUT: usize = 1;
const CACHE_READ: usize = 2;
const CACHE_WRITE: usize = 3;
const CACHE_WRITE_5M: usize = 4;
const CACHE_WRITE_1H: usize = 5;
const REASONING: usize = 6;

/// The units of the columns, in the order of [`USAGE_COLUMNS`].
pub(super) const COLUMN_UNITS: [UsageUnit; COLUMNS] = [
    UsageUnit::INPUT_TOKENS,
    UsageUnit::OUTPUT_TOKENS,
    UsageUnit::CACHE_READ_TOKENS,
    UsageUnit::CACHE_WRITE_TOKENS,
    UsageUnit::CACHE_WRITE_5M_TOKENS,
    UsageUnit::CACHE_WRITE_1H_TOKENS,
    UsageUnit::OUTPUT_REASONING_TOKENS,
];

/// Which column is a part of which: all pairs, by place.
const PARTS: [(usize, usize); 7] = [
    (CACHE_READ, INPUT),
    (CACHE_WRITE, INPUT),
    (CACHE_WRITE_5M, INPUT),
    (CACHE_WRITE_1H, INPUT),
    (CACHE_WRITE_5M, CACHE_WRITE),
    (CACHE_WRITE_1H, CACHE_WRITE),
    (REASONING, OUTPUT),
];

/// Larger counts, and negative ones, are left to the exact arithmetic: sums of the others fit.
const COUNT_BITS: u32 = 60;

/// The common counters of one event, by column; zero where nothing was reported.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counters {
    pub(super) values: [i64; COLUMNS],
    /// The reported ones, as bits.
    pub(super) reported: u8,
}

impl Counters {
    pub(super) const fn has(&self, column: usize) -> bool {
        self.reported & (1 << column) != 0
    }
}

/// Rates of the columns, by the size of the request.
#[derive(Debug)]
pub(super) struct ColumnRates {
    /// Thresholds increasing, the first below any request.
    bands: Vec<Band>,
    /// What a request costs besides its counters, 10^-12 dollars.
    request: i128,
}

#[derive(Debug)]
struct Band {
    above_input_tokens: i64,
    /// 10^-12 dollars per token; nothing where `rounded` is used instead.
    rates: [u64; COLUMNS],
    /// `None` if all rates are whole.
    rounded: Option<Box<RoundedRates>>,
}

/// Rates of which some must be rounded, once for all counts that are charged at one rate.
#[derive(Debug)]
struct RoundedRates {
    /// The column whose rate each column's count is charged at; `None` if it costs nothing.
    charged_at: [Option<usize>; COLUMNS],
    /// The columns' own rates.
    rates: [Option<Rate>; COLUMNS],
}

impl ColumnRates {
    /// `None` if the fast arithmetic cannot follow these rates.
    pub(super) fn new(rates: &Rates) -> Option<Self> {
        let follows = |(part, part_unit): (usize, UsageUnit)| {
            let mut wholes = COLUMN_UNITS.into_iter().enumerate();
            wholes.all(|(whole, unit)| {
                rates.is_part(part_unit, unit) == PARTS.contains(&(part, whole))
            })
        };
        let direction = |unit| rates.direction(unit);
        let directed = COLUMN_UNITS.into_iter().enumerate().all(|(column, unit)| {
            let expected = if is_output(column) {
                Direction::Output
            } else {
                Direction::Input
            };
            direction(unit) == expected
        });
        let request_is_other = direction(UsageUnit::REQUESTS) == Direction::Other;
        if !directed || !request_is_other || !COLUMN_UNITS.into_iter().enumerate().all(follows) {
            return None;
        }
        let mut thresholds = vec![-1];
        for unit in COLUMN_UNITS {
            let rate = rates.rate(unit).into_iter();
            let above = rate.flat_map(|rate| rate.thresholds().map(i64::try_from));
            thresholds.extend(above.collect::<Result<Vec<_>, _>>().ok()?);
        }
        thresholds.sort_unstable();
        thresholds.dedup();
        let bands = thresholds.into_iter().map(|above| Band::new(rates, above));
        Some(Self {
            bands: bands.collect::<Option<_>>()?,
            request: request_cost(rates)?,
        })
    }

    /// What the counters cost; `None` if that is for the exact arithmetic to say.
    #[inline]
    pub(super) fn price(&self, counters: &Counters) -> Option<Cost> {
        let all_bits = counters.values.iter().fold(0, |bits, value| bits | value);
        if all_bits.cast_unsigned() >> COUNT_BITS != 0 {
            return None;
        }
        let values = &counters.values;
        let with_lifetime = values[CACHE_WRITE_5M] + values[CACHE_WRITE_1H];
        let written = whole(counters, CACHE_WRITE, with_lifetime);
        let cached = values[CACHE_READ] + written;
        let input = whole(counters, INPUT, cached);
        let output = whole(counters, OUTPUT, values[REASONING]);
        let leaves = [
            input - cached,
            output - values[REASONING],
            values[CACHE_READ],
            written - with_lifetime,
            values[CACHE_WRITE_5M],
            values[CACHE_WRITE_1H],
            values[REASONING],
        ];
        if leaves[INPUT] < 0 || leaves[OUTPUT] < 0 || leaves[CACHE_WRITE] < 0 {
            return None;
        }
        let mut bands = self.bands.iter().rev();
        let band = bands.find(|band| input > band.above_input_tokens)?;
        if let Some(rounded) = &band.rounded {
            return rounded.price(&leaves, self.request);
        }
        let rates = &band.rates;
        let cost_of = |column: usize| i128::from(leaves[column]) * i128::from(rates[column]);
        let input_columns = [
            INPUT,
            CACHE_READ,
            CACHE_WRITE,
            CACHE_WRITE_5M,
            CACHE_WRITE_1H,
        ];
        let cost = Cost {
            input: PicoUsd(input_columns.into_iter().map(cost_of).sum()),
            output: PicoUsd(cost_of(OUTPUT) + cost_of(REASONING)),
            other: PicoUsd(self.request),
        };
        (cost.total() <= EVENT_COST_MAX).then_some(cost)
    }
}

/// What was reported of a total, or else the sum of its parts.
#[inline]
const fn whole(counters: &Counters, column: usize, parts: i64) -> i64 {
    if counters.has(column) {
        counters.values[column]
    } else {
        parts
    }
}

impl Band {
    fn new(rates: &Rates, above_input_tokens: i64) -> Option<Self> {
        let input_quantity = (i128::from(above_input_tokens) + 1) * QUANTITY_ONE;
        let mut by_column = [0_u64; COLUMNS];
        let mut is_whole = true;
        for (rate, unit) in by_column.iter_mut().zip(COLUMN_UNITS) {
            let Some(tiered) = rates.rate(unit) else {
                continue;
            };
            let exact = tiered.at(input_quantity);
            match u64::try_from(exact.numerator()) {
                Ok(whole) if exact.is_exact() => *rate = whole,
                _ => is_whole = false,
            }
        }
        let rounded = if is_whole {
            None
        } else {
            Some(Box::new(RoundedRates::new(rates, input_quantity)?))
        };
        Some(Self {
            above_input_tokens,
            rates: by_column,
            rounded,
        })
    }
}

impl RoundedRates {
    /// `None` if a column is charged at the rate of a unit that is none.
    fn new(rates: &Rates, input_quantity: i128) -> Option<Self> {
        let mut own_rates = [None; COLUMNS];
        for (unit, rate) in rates.own_rates() {
            if let Some(column) = COLUMN_UNITS.into_iter().position(|known| known == unit) {
                own_rates[column] = Some(rate.at(input_quantity));
            }
        }
        let mut charged_at = [None; COLUMNS];
        for (column, unit) in COLUMN_UNITS.into_iter().enumerate() {
            let Some(charged) = rates.rate(unit) else {
                continue;
            };
            let mut own = rates.own_rates();
            let (owner, _) = own.find(|(_, rate)| std::ptr::eq(*rate, charged))?;
            let place = COLUMN_UNITS.into_iter().position(|known| known == owner);
            charged_at[column] = Some(place?);
        }
        Some(Self {
            charged_at,
            rates: own_rates,
        })
    }

    #[inline(never)]
    fn price(&self, leaves: &[i64; COLUMNS], request: i128) -> Option<Cost> {
        let mut counts = [0_u128; COLUMNS];
        for (leaf, place) in leaves.iter().zip(self.charged_at) {
            if let Some(place) = place {
                counts[place] += u128::try_from(*leaf).ok()?;
            }
        }
        let mut cost = Cost {
            other: PicoUsd(request),
            ..Cost::ZERO
        };
        for (column, count) in counts
            .into_iter()
            .enumerate()
            .filter(|&(_, count)| count > 0)
        {
            let leaf = self.rates[column]?.cost_of(count)?;
            let share = if is_output(column) {
                &mut cost.output
            } else {
                &mut cost.input
            };
            share.0 += leaf.0;
        }
        (cost.total() <= EVENT_COST_MAX).then_some(cost)
    }
}

const fn is_output(column: usize) -> bool {
    matches!(column, OUTPUT | REASONING)
}

/// The cost of one request; `None` if it depends on the size of the request or must be rounded.
fn request_cost(rates: &Rates) -> Option<i128> {
    let mut own = rates.own_rates();
    let Some((_, rate)) = own.find(|&(unit, _)| unit == UsageUnit::REQUESTS) else {
        return Some(0);
    };
    let fixed = rate.thresholds().next().is_none() && rate.is_exact();
    let cost = rate.at(0).cost(QUANTITY_ONE)?;
    fixed.then_some(cost.0)
}

#[cfg(test)]
mod tests;
