//! Corrections of windows, added to the windows as they were, give the windows as they must be.

use aggregate::{WindowDifference, merge_window_rows};
use proptest::prelude::{Strategy, any, prop, prop_assert, prop_assert_eq, proptest};
use proptest::test_runner::Config;

use crate::support::{
    COSTS, Event, PRICE_STATUSES, batches, events, expected, fold_all, new_fold, plain_event,
    rollups, rows_of, windows_in,
};

/// The costs that a price book decides: the emitter's own figure stays.
const PRICED_COSTS: usize = COSTS.len() - 1;

/// Events as they were priced, and as they are priced now.
fn repriced_events() -> impl Strategy<Value = (Vec<Event>, Vec<Event>)> {
    let costs = prop::collection::vec(prop::option::of(0..10_i128.pow(13)), PRICED_COSTS);
    let price = (costs, 0..PRICE_STATUSES.len());
    (events(), prop::collection::vec(price, 120)).prop_map(|(old, prices)| {
        let repriced = old.iter().zip(prices).map(|(event, (costs, status))| {
            let mut event = event.clone();
            event.costs[..PRICED_COSTS].copy_from_slice(&costs);
            event.price_status = PRICE_STATUSES[status];
            event
        });
        let new = repriced.collect();
        (old, new)
    })
}

proptest! {
    #![proptest_config(Config::with_cases(64))]

    #[test]
    fn windows_with_their_corrections_are_those_of_the_new_prices(
        (old, new) in repriced_events(),
        sizes in prop::collection::vec(1_usize..50, 1..4),
        salt in any::<u8>(),
    ) {
        let salt = usize::from(salt);
        let stored = fold_all(&mut new_fold(), &batches(&old, &sizes, salt));
        let mut difference = WindowDifference::new(&rollups()).unwrap();
        let before = batches(&old, &sizes, salt);
        for (old, new) in before.iter().zip(batches(&new, &sizes, salt + 1)) {
            difference.add(old, &new).unwrap();
        }
        let corrections = difference.finish().unwrap();
        for rollup in rollups() {
            let mut parts = rows_of(&stored, &rollup.name);
            parts.extend(rows_of(&corrections, &rollup.name));
            let found = windows_in(&merge_window_rows(&parts).unwrap());
            let wanted = expected(&new, &rollup);
            prop_assert_eq!(found.len(), wanted.len());
            for (key, sums) in found {
                for (measure, sum) in sums {
                    // A sum that has lost its last value is zero: a part cannot take it back.
                    let wanted = wanted[&key].get(&measure).copied().flatten();
                    let is_right = sum == wanted || (wanted.is_none() && sum == Some(0));
                    prop_assert!(is_right, "{key:?}: {measure} is {sum:?}, not {wanted:?}");
                }
            }
        }
    }
}

#[test]
fn a_correction_has_no_calls_and_no_maximum() {
    let mut old = plain_event(0);
    old.latency = Some(5);
    old.costs[0] = Some(7);
    let mut new = old.clone();
    new.costs[0] = Some(4);
    let mut difference = WindowDifference::new(&rollups()).unwrap();
    let batch = |event: Event| batches(&[event], &[1], 0).remove(0);
    difference.add(&batch(old), &batch(new)).unwrap();
    let corrections = difference.finish().unwrap();
    assert_eq!(corrections.len(), rollups().len());
    for part in corrections {
        let windows = windows_in(&part.rows);
        let (_, sums) = windows.first_key_value().unwrap();
        assert_eq!(sums["calls"], Some(0));
        assert_eq!(sums["cost_usd"], Some(-3));
        assert_eq!(sums["latency_ms_sum"], Some(0));
        assert_eq!(sums["latency_ms_max"], None);
        assert_eq!(sums["input_tokens"], None);
    }
    assert!(difference.finish().unwrap().is_empty());
}
