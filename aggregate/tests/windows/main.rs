//! Windows against an oracle that sums plainly, row by row, in integers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests are not seen as tests"
)]

mod difference;
mod support;

use std::collections::BTreeSet;

use crate::support::{
    COSTS, COUNTERS, Event, TEXTS, batch_of, batches, events, expected, fold_all, new_fold, number,
    plain_event, rollups, rows_of, single, windows_in,
};
use aggregate::{AggregateError, FoldOptions, WindowFold, merge_window_rows};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use proptest::prelude::{Strategy, any, prop, prop_assert, prop_assert_eq, proptest};
use proptest::test_runner::Config;
use schemas::priced::priced_schema;
use schemas::rollup::{Dimension, Rollup, default_rollups};
use schemas::window_rows::window_schema;

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1_usize..50, 1..6)
}

proptest! {
    #![proptest_config(Config::with_cases(96))]

    #[test]
    fn windows_hold_what_the_events_sum_to(
        events in events(),
        sizes in sizes(),
        salt in any::<u16>(),
    ) {
        let mut fold = new_fold();
        // The second epoch starts from nothing, whatever the first one left in buffers.
        for salt in [usize::from(salt), usize::from(salt) + 1] {
            let parts = fold_all(&mut fold, &batches(&events, &sizes, salt));
            for rollup in rollups() {
                let found = windows_in(&single(&parts, &rollup.name));
                prop_assert_eq!(found, expected(&events, &rollup), "rollup {}", rollup.name);
            }
        }
    }

    #[test]
    fn parts_of_any_split_merge_to_the_whole(
        events in events(),
        sizes in sizes(),
        epoch_sizes in sizes(),
        rows_max in 1_usize..9,
    ) {
        let whole = fold_all(&mut new_fold(), &batches(&events, &[events.len().max(1)], 0));
        let options = FoldOptions { output_rows_max: rows_max };
        let mut fold = WindowFold::new(rollups(), options).unwrap();
        let mut parts = Vec::new();
        let mut rest = events.as_slice();
        for (number, &size) in epoch_sizes.iter().cycle().enumerate() {
            if rest.is_empty() {
                break;
            }
            let (epoch, later) = rest.split_at(size.min(rest.len()));
            parts.extend(fold_all(&mut fold, &batches(epoch, &sizes, number)));
            rest = later;
        }
        for rollup in rollups() {
            let whole = merge_window_rows(&rows_of(&whole, &rollup.name)).unwrap();
            let mut pieces = rows_of(&parts, &rollup.name);
            prop_assert!(pieces.iter().all(|piece| piece.num_rows() <= rows_max));
            let merged = merge_window_rows(&pieces).unwrap();
            prop_assert_eq!(&merged, &whole, "rollup {}", &rollup.name);
            prop_assert_eq!(windows_in(&merged), expected(&events, &rollup));
            pieces.reverse();
            prop_assert_eq!(&merge_window_rows(&pieces).unwrap(), &whole);
            prop_assert_eq!(&merge_window_rows(&[merged]).unwrap(), &whole);
        }
    }
}

#[test]
fn merged_rows_are_sorted_by_start_then_dimensions() {
    let mut events = Vec::new();
    for number in 0..200_i64 {
        let mut event = plain_event(number * 7_919 % 300 * 1_000_000);
        let text = TEXTS[usize::try_from(number % 5).unwrap()];
        event.labels[0] = Some(text.to_owned());
        event.labels[2] = (number % 3 > 0).then(|| text.to_owned());
        events.push(event);
    }
    let parts = fold_all(&mut new_fold(), &batches(&events, &[16], 3));
    for rollup in rollups() {
        let merged = merge_window_rows(&rows_of(&parts, &rollup.name)).unwrap();
        // A map of windows walks through its keys in just this order: null first, then by bytes.
        let found = keys_in_order(&merged);
        let sorted: Vec<_> = found
            .iter()
            .cloned()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        assert_eq!(found, sorted, "rollup {}", rollup.name);
    }
}

fn keys_in_order(rows: &RecordBatch) -> Vec<(i64, Vec<Option<String>>)> {
    let starts = rows.column(0).as_primitive::<TimestampMicrosecondType>();
    (0..rows.num_rows())
        .map(|row| {
            let dimensions = Dimension::ALL.iter().map(|dimension| {
                let texts = rows
                    .column_by_name(dimension.column())
                    .unwrap()
                    .as_string::<i32>();
                texts.is_valid(row).then(|| texts.value(row).to_owned())
            });
            (starts.value(row), dimensions.collect())
        })
        .collect()
}

#[test]
fn nothing_folds_to_nothing() {
    let mut fold = new_fold();
    assert!(fold.finish().unwrap().is_empty());
    fold.fold(&RecordBatch::new_empty(priced_schema())).unwrap();
    assert!(fold.finish().unwrap().is_empty());
    assert_eq!(
        merge_window_rows(&[]).unwrap(),
        RecordBatch::new_empty(window_schema())
    );
    let empty = RecordBatch::new_empty(window_schema());
    assert_eq!(
        merge_window_rows(&[empty.clone(), empty.clone()]).unwrap(),
        empty
    );
}

#[test]
fn costs_that_no_event_has_stay_null_and_zero_stays_zero() {
    let unknown = plain_event(0);
    let mut free = plain_event(60_000_000);
    free.costs = vec![Some(0); COSTS.len()];
    free.counters = vec![Some(0); COUNTERS.len()];
    free.latency = Some(0);
    let parts = fold_all(
        &mut new_fold(),
        &batches(&[unknown.clone(), free, unknown], &[1], 0),
    );
    let merged = merge_window_rows(&rows_of(&parts, "feature")).unwrap();
    assert_eq!(merged.num_rows(), 2);
    for name in COSTS
        .iter()
        .chain(&COUNTERS)
        .chain(&["latency_ms_sum", "latency_ms_max"])
    {
        let column = merged.column_by_name(name).unwrap();
        assert_eq!(number(column, 0), None, "{name} of events without one");
        assert_eq!(number(column, 1), Some(0), "{name} of an event with zero");
    }
}

#[test]
fn a_window_of_two_epochs_adds_up() {
    let mut event = plain_event(-1);
    event.costs[0] = Some(10_i128.pow(28));
    event.counters[0] = Some(3);
    event.latency = Some(1_500);
    let mut fold = new_fold();
    let mut parts = fold_all(
        &mut fold,
        &batches(&[event.clone(), event.clone()], &[2], 0),
    );
    event.latency = Some(2_500);
    parts.extend(fold_all(&mut fold, &batches(&[event.clone()], &[1], 5)));
    let merged = merge_window_rows(&rows_of(&parts, "workflow")).unwrap();
    assert_eq!(merged.num_rows(), 1);
    let measure = |name: &str| number(merged.column_by_name(name).unwrap(), 0);
    let start = merged
        .column(0)
        .as_primitive::<TimestampMicrosecondType>()
        .value(0);
    assert_eq!(start, -60_000_000);
    assert_eq!(measure("calls"), Some(3));
    assert_eq!(measure("cost_usd"), Some(3 * 10_i128.pow(28)));
    assert_eq!(measure("input_tokens"), Some(9));
    assert_eq!(measure("latency_ms_sum"), Some(5_500));
    assert_eq!(measure("latency_ms_max"), Some(2_500));
}

#[test]
fn growing_keys_change_no_sum() {
    // Each batch brings labels and windows that no key had room for when the epoch began.
    let events: Vec<Event> = (0..3_000_i64)
        .map(|number| {
            let mut event = plain_event(number * number * 1_000);
            event.labels[1] = Some(format!("user {}", number % 1_300));
            event.labels[7] = (number % 2 == 0).then(|| format!("agent {}", number % 700));
            event.costs[0] = Some(i128::from(number) * 999_999_999_937);
            event
        })
        .collect();
    for sizes in [vec![1, 2, 5, 40], vec![700], vec![3_000]] {
        let parts = fold_all(&mut new_fold(), &batches(&events, &sizes, 1));
        for rollup in rollups() {
            let found = windows_in(&single(&parts, &rollup.name));
            assert_eq!(found, expected(&events, &rollup), "rollup {}", rollup.name);
        }
    }
}

#[test]
fn memory_follows_the_groups_and_not_the_events() {
    let events: Vec<Event> = (0..500)
        .map(|number| plain_event(number * 1_000_000))
        .collect();
    let batches = batches(&events, &[100], 0);
    let mut fold = new_fold();
    let empty = fold.memory_bytes();
    batches.iter().for_each(|batch| fold.fold(batch).unwrap());
    let once = fold.memory_bytes();
    assert!(once > empty);
    for _ in 0..20 {
        batches.iter().for_each(|batch| fold.fold(batch).unwrap());
    }
    assert_eq!(fold.memory_bytes(), once);
    let parts = fold.finish().unwrap();
    assert_eq!(single(&parts, "nothing").num_rows(), 1);
    assert!(fold.memory_bytes() < once);
}

#[test]
fn a_sum_that_would_wrap_is_refused_and_the_epoch_is_lost() {
    let mut event = plain_event(0);
    event.counters[1] = Some(i64::MAX);
    let fits = batch_of(&[event.clone()], 0);
    let mut fold = new_fold();
    fold.fold(&fits).unwrap();
    let refused = fold.fold(&fits).unwrap_err();
    assert!(matches!(
        refused,
        AggregateError::SumOverflow {
            measure: "output_tokens"
        }
    ));
    assert!(matches!(
        fold.fold(&fits).unwrap_err(),
        AggregateError::EpochLost
    ));
    assert!(matches!(
        fold.finish().unwrap_err(),
        AggregateError::EpochLost
    ));
    let parts = fold_all(&mut fold, &[fits]);
    let rows = rows_of(&parts, "user");
    let twice = [rows[0].clone(), rows[0].clone()];
    assert!(matches!(
        merge_window_rows(&twice).unwrap_err(),
        AggregateError::SumOverflow {
            measure: "output_tokens"
        }
    ));
}

#[test]
fn a_dropped_epoch_leaves_nothing_behind() {
    let mut fold = new_fold();
    fold.fold(&batch_of(&[plain_event(0), plain_event(1)], 0))
        .unwrap();
    fold.reset();
    assert!(fold.finish().unwrap().is_empty());
}

#[test]
fn batches_of_another_schema_are_refused() {
    let batch = batch_of(&[plain_event(0)], 0);
    let without_model: Vec<usize> = (0..batch.num_columns())
        .filter(|&at| batch.schema().field(at).name() != "model")
        .collect();
    let batch = batch.project(&without_model).unwrap();
    let refused = new_fold().fold(&batch).unwrap_err();
    assert!(matches!(refused, AggregateError::Column { column } if column == "model"));
    let refused = merge_window_rows(&[batch]).unwrap_err();
    assert!(matches!(refused, AggregateError::Column { .. }));
}

#[test]
fn rollups_that_cannot_be_kept_are_refused() {
    let good = default_rollups().remove(0);
    let cases = [
        vec![Rollup {
            name: String::new(),
            ..good.clone()
        }],
        vec![Rollup {
            window_seconds: 0,
            ..good.clone()
        }],
        vec![Rollup {
            dimensions: vec![Dimension::Model; 2],
            ..good.clone()
        }],
        vec![good.clone(), good],
    ];
    for rollups in cases {
        let refused = WindowFold::new(rollups.clone(), FoldOptions::default());
        assert!(
            matches!(refused, Err(AggregateError::Rollup { .. })),
            "{rollups:?}"
        );
    }
}
