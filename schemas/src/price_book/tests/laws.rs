//! What holds for every model, kind of request and time of the built-in book.

use proptest::prelude::*;

use super::{EntryId, NOW, book, usage};
use crate::money::{EVENT_COST_MAX, PicoUsd};
use crate::price_book::containment::units_of;
use crate::price_book::{
    Cost, Direction, Leaf, PriceOutcome, Rates, Usage, UsageFault, price, price_leaves,
};
use crate::time::{US_PER_S, parse_rfc3339_us};
use crate::usage_unit::{QUANTITY_ONE, UsageUnit};

/// The instants at which prices are looked at: long ago, now, and behind every date of the book.
fn instants() -> [i64; 3] {
    ["2020-01-01T00:00:00Z", NOW, "2030-01-01T12:00:00Z"]
        .map(|time| parse_rfc3339_us(time).unwrap())
}

fn entry_of(model: usize, variants: u64) -> EntryId {
    EntryId {
        model: Some(model),
        variants,
        tier_variants: 0,
        names_tier: false,
        misses_region: false,
        terms: None,
    }
}

/// The rates of every model at every instant: its ordinary ones, and those of each variant.
fn all_rates() -> Vec<(String, Rates)> {
    let mut all = Vec::new();
    for (at, model) in book().models.iter().enumerate() {
        let of_variants = (0..model.variants.len()).map(|variant| 1 << variant);
        for variants in std::iter::once(0).chain(of_variants) {
            let entry = entry_of(at, variants);
            let in_force = instants().map(|time_us| book().rates_at(entry, time_us));
            all.extend(
                in_force
                    .into_iter()
                    .flatten()
                    .map(|found| (found.name, found.rates)),
            );
        }
    }
    all.sort_unstable_by(|left, right| left.0.cmp(&right.0));
    all.dedup_by(|left, right| left.0 == right.0);
    assert!(all.len() > 2_500, "{}", all.len());
    all
}

fn cost_of(rates: &Rates, usage: &Usage) -> Cost {
    match price(rates, usage) {
        PriceOutcome::Priced(cost) => cost,
        PriceOutcome::Invalid(fault) => panic!("{fault:?}"),
    }
}

fn total(rates: &Rates, counts: &[(&str, i64)]) -> i128 {
    cost_of(rates, &usage(counts)).total().0
}

/// Numbers that look random and are the same on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

/// Usage with both totals, and parts that fit them: of a unit with more dimensions so much less that
/// even all parts together are no more than their totals.
fn valid_usage(numbers: &mut Numbers) -> Usage {
    let [input, output] = [numbers.below(400_000), numbers.below(400_000)];
    let mut counts = usage(&[("input_tokens", input), ("output_tokens", output)]);
    for unit in UsageUnit::all() {
        let words = u32::try_from(unit.name().split('_').count()).unwrap();
        let most = input.min(output) / 8_i64.pow(words - 1);
        if counts.get(unit).is_none() && numbers.below(3) == 0 {
            counts.set_count(unit, most / 2 + numbers.below(most / 2));
        }
    }
    counts
}

fn check_parts(name: &str, cost: Cost, leaves: &[Leaf], rates: &Rates) {
    let of = |direction| {
        let leaves = leaves
            .iter()
            .filter(|leaf| rates.direction(leaf.unit) == direction);
        PicoUsd(leaves.map(|leaf| leaf.cost.0).sum())
    };
    assert_eq!(of(Direction::Input), cost.input, "{name}");
    assert_eq!(of(Direction::Output), cost.output, "{name}");
    assert_eq!(of(Direction::Other), cost.other, "{name}");
    assert!(
        leaves
            .iter()
            .all(|leaf| leaf.quantity > 0 && leaf.cost.0 >= 0),
        "{name}"
    );
    assert!(
        leaves.is_sorted_by(|left, right| left.unit < right.unit),
        "{name}"
    );
    for leaf in leaves {
        let own = rates.rate(leaf.unit).unwrap();
        let is_known = leaf.rate == own.base() || own.tiers().any(|(_, rate)| rate == leaf.rate);
        assert!(is_known, "{name}");
        assert_eq!(leaf.rate.cost(leaf.quantity), Some(leaf.cost), "{name}");
    }
}

/// No cost is negative, and the parts of a charge add up to it, in each direction.
#[test]
fn parts_add_up_to_the_whole() {
    let mut numbers = Numbers(1);
    for (name, rates) in all_rates() {
        for _ in 0..8 {
            let usage = valid_usage(&mut numbers);
            let (cost, leaves) = price_leaves(&rates, &usage).unwrap();
            assert_eq!(cost, cost_of(&rates, &usage), "{name}");
            check_parts(&name, cost, &leaves, &rates);
            let reported: i128 = ["input_tokens", "output_tokens"]
                .map(|name| usage.get(UsageUnit::from_name(name).unwrap()).unwrap())
                .iter()
                .sum();
            let charged = leaves
                .iter()
                .filter(|leaf| leaf.unit.name().ends_with("_tokens"));
            let charged: i128 = charged.map(|leaf| leaf.quantity).sum();
            // No token is charged twice; a model without a rate for a direction leaves it out.
            assert!(charged <= reported, "{name}: {charged} of {reported}");
        }
    }
}

/// The usage with more of one unit, and of every total that contains it.
fn grow(before: &Usage, rates: &Rates, grown: UsageUnit, more: i128) -> Usage {
    let mut after = before.clone();
    for unit in UsageUnit::all().filter(|&unit| unit == grown || rates.is_part(grown, unit)) {
        if let Some(quantity) = before.get(unit) {
            after.set(unit, quantity + more);
        }
    }
    after
}

/// A cost does not fall when a count grows, its totals with it. A price tier could make it fall; no
/// tier of the book is cheaper than the one below, so there is no exception to list.
#[test]
fn a_cost_never_falls_when_a_count_grows() {
    let mut numbers = Numbers(2);
    let mut cheaper_tiers = Vec::new();
    for (name, rates) in all_rates() {
        for (unit, rate) in rates.own_rates() {
            let mut quantities = vec![0];
            quantities.extend(
                rate.thresholds()
                    .map(|above| i128::from(above + 1) * QUANTITY_ONE),
            );
            let costs = quantities
                .iter()
                .map(|&input| rate.at(input).cost(10_i128.pow(6) * QUANTITY_ONE));
            if !costs.is_sorted() {
                cheaper_tiers.push(format!("{name} {}", unit.name()));
            }
        }
        for _ in 0..4 {
            let before = valid_usage(&mut numbers);
            let grown = UsageUnit::all()
                .nth(usize::try_from(numbers.below(59)).unwrap())
                .unwrap();
            let more = i128::from(numbers.below(300_000)) * QUANTITY_ONE;
            let after = grow(&before, &rates, grown, more);
            let (before, after) = (cost_of(&rates, &before), cost_of(&rates, &after));
            assert!(before.total() <= after.total(), "{name} {}", grown.name());
        }
    }
    assert_eq!(cheaper_tiers, Vec::<String>::new());
}

/// The tokens of a cached prompt cost something between nothing and what fresh ones cost, for every
/// kind of request and on both sides of every tier, unless the facts themselves say otherwise.
#[test]
fn cached_input_costs_between_nothing_and_the_full_price() {
    let mut dearer = Vec::new();
    let mut free = Vec::new();
    for (name, rates) in all_rates() {
        let mut sizes = vec![1_000];
        let thresholds = rates.own_rates().flat_map(|(_, rate)| rate.thresholds());
        sizes.extend(
            thresholds
                .flat_map(|above| [above, above + 1])
                .map(|size| i64::try_from(size).unwrap()),
        );
        let is_dearer = |&size: &i64| {
            let fresh = total(&rates, &[("input_tokens", size)]);
            total(
                &rates,
                &[("input_tokens", size), ("cache_read_tokens", size)],
            ) > fresh
        };
        let is_free = |&size: &i64| {
            let fresh = total(&rates, &[("input_tokens", size)]);
            fresh > 0
                && total(
                    &rates,
                    &[("input_tokens", size), ("cache_read_tokens", size)],
                ) == 0
        };
        if sizes.iter().any(is_dearer) {
            dearer.push(name.clone());
        }
        if sizes.iter().any(is_free) {
            free.push(name);
        }
    }
    assert_eq!(dearer, ["openrouter/~deepseek/deepseek-pro-latest"]);
    assert_eq!(free, Vec::<String>::new());
}

/// The price of every rate, written out in dollars, reads back as the same rate.
#[test]
fn prices_are_shown_with_every_digit() {
    for (name, rates) in all_rates() {
        for (unit, rate) in rates.own_rates() {
            let per = rates.per(unit);
            for rate in std::iter::once(rate.base()).chain(rate.tiers().map(|(_, rate)| rate)) {
                let text = rate.dollars_for(per);
                let read = crate::price_book::Rate::from_dollars_per(&text, per);
                assert_eq!(read, Ok(rate), "{name} {}: {text}", unit.name());
            }
        }
    }
}

fn any_quantity() -> impl Strategy<Value = i128> {
    prop_oneof![
        3 => (0..2_000_000_i64).prop_map(|count| i128::from(count) * QUANTITY_ONE),
        1 => 0..10_i128.pow(18),
        1 => (i64::MAX - 5..=i64::MAX).prop_map(|count| i128::from(count) * QUANTITY_ONE),
        1 => 10_i128.pow(32) - 2..=10_i128.pow(32) + 2,
        1 => any::<i128>(),
    ]
}

proptest! {
    /// Whatever is reported, the answer is a cost that can be stored and the sum of its parts, or a
    /// fault that names the unit: nothing overflows.
    #[test]
    fn any_usage_has_a_documented_result(
        model in 0..2_330_usize,
        time_s in 0..2_000_000_000_i64,
        reported in any::<u64>(),
        quantities in prop::collection::vec(any_quantity(), UsageUnit::COUNT),
    ) {
        let entry = entry_of(model, u64::MAX);
        let Some(in_force) = book().rates_at(entry, time_s * US_PER_S) else {
            return Ok(());
        };
        // Few units at a time, else their parts exceed the totals nearly always.
        let chosen = reported & reported.rotate_left(17) & reported.rotate_left(31);
        let usage: Usage = units_of(chosen).map(|unit| (unit, quantities[unit.index()])).collect();
        match price_leaves(&in_force.rates, &usage) {
            Ok((cost, leaves)) => {
                prop_assert!(PicoUsd(0) <= cost.total() && cost.total() <= EVENT_COST_MAX);
                let sum = leaves.iter().try_fold(0_i128, |sum, leaf| sum.checked_add(leaf.cost.0));
                prop_assert_eq!(sum, Some(cost.total().0));
                prop_assert_eq!(price(&in_force.rates, &usage), PriceOutcome::Priced(cost));
            }
            Err(fault) => {
                let is_negative = |unit: UsageUnit| usage.get(unit).is_some_and(|quantity| quantity < 0);
                match fault {
                    UsageFault::Negative(unit) => prop_assert!(is_negative(unit)),
                    UsageFault::PartsExceedTotal(unit) => prop_assert!(usage.get(unit).is_some()),
                    UsageFault::OutOfRange(_) => {}
                }
                prop_assert_eq!(price(&in_force.rates, &usage), PriceOutcome::Invalid(fault));
            }
        }
    }
}
