//! Batches as a whole: shared columns, dictionaries, what is remembered between batches.

use std::sync::Arc;

use aggregate::AggregateError;
use aggregate::pricing::Pricer;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int32Type;
use schemas::price_book::PriceBook;
use schemas::priced::priced_schema;
use schemas::time::parse_rfc3339_us;

use crate::event::{Event, Priced, batch, rows};
use crate::requests::Random;
use crate::statuses::pricer;

#[test]
fn the_events_columns_are_shared() {
    let events = batch(&[Event::new("openai", "o3", &[("input_tokens", 1)])]);
    let priced = pricer().price(&events).unwrap();
    assert_eq!(priced.schema(), priced_schema());
    for (before, after) in events.columns().iter().zip(priced.columns()) {
        assert!(Arc::ptr_eq(before, after));
    }
    let cost = priced.column_by_name("cost_usd").unwrap();
    assert!(cost.nulls().is_none(), "no null without need");
    for same in ["list_cost_usd", "contracted_cost_usd"] {
        assert!(
            Arc::ptr_eq(cost, priced.column_by_name(same).unwrap()),
            "{same}"
        );
    }
    let book = PriceBook::built_in().unwrap();
    let names = priced
        .column_by_name("price_book")
        .unwrap()
        .as_dictionary::<Int32Type>();
    assert_eq!(names.values().as_string::<i32>().value(0), book.short_id());
}

#[test]
fn an_empty_batch_stays_empty() {
    let priced = pricer().price(&batch(&[])).unwrap();
    assert_eq!((priced.num_rows(), priced.schema()), (0, priced_schema()));
}

#[test]
fn a_batch_of_another_schema_is_an_error() {
    let events = batch(&[Event::new("openai", "o3", &[])]);
    let model = events.schema().index_of("model").unwrap();
    let mut columns = events.columns().to_vec();
    columns.remove(model);
    let mut fields = events.schema().fields().to_vec();
    fields.remove(model);
    let schema = arrow::datatypes::Schema::new(fields);
    let events = RecordBatch::try_new(Arc::new(schema), columns).unwrap();
    let Err(AggregateError::Column { column }) = pricer().price(&events) else {
        panic!("priced without a model");
    };
    assert_eq!(column, "model");
}

/// Each row priced by a pricer that has seen nothing else.
fn one_by_one(events: &[Event], book: &Arc<PriceBook>) -> Vec<Priced> {
    let price = |event: &Event| {
        let mut pricer = Pricer::new(Arc::clone(book));
        rows(&pricer.price(&batch(std::slice::from_ref(event))).unwrap()).remove(0)
    };
    events.iter().map(price).collect()
}

#[test]
fn what_is_remembered_changes_no_price() {
    let book = Arc::new(PriceBook::built_in().unwrap());
    let mut pricer = Pricer::new(Arc::clone(&book));
    let start_us = parse_rfc3339_us("2026-08-10T00:00:00Z").unwrap();
    let mut random = Random(7);
    // Prices by the hour: more spans than are remembered, in any order.
    let events: Vec<_> = (0..300)
        .map(|_| {
            let mut event = Event::new("deepseek", "deepseek-v4-pro", &[("input_tokens", 1_000)]);
            event.time_us =
                start_us + i64::try_from(random.below(20 * 86_400)).unwrap() * 1_000_000;
            event
        })
        .collect();
    let expected = one_by_one(&events, &book);
    for chunk in [1, 7, 300] {
        let batches = events
            .chunks(chunk)
            .map(|events| rows(&pricer.price(&batch(events)).unwrap()));
        assert_eq!(batches.flatten().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn many_distinct_names_are_priced_and_forgotten() {
    let mut pricer = pricer();
    for round in 0..5 {
        let events: Vec<_> = (0..8_000)
            .map(|at| {
                let model = if at % 4_000 == 1 {
                    "o3".to_owned()
                } else {
                    format!("m{round}-{at}")
                };
                Event::new("openai", &model, &[("input_tokens", 1_000)])
            })
            .collect();
        let priced = rows(&pricer.price(&batch(&events)).unwrap());
        let costs = priced.iter().filter_map(|row| row.cost.as_deref());
        assert_eq!(costs.collect::<Vec<_>>(), ["0.002000000000"; 2]);
    }
    let counts = pricer.take_counts();
    assert_eq!(counts.unpriced, 5 * 7_998);
    assert!(counts.unpriced_models.len() < 100);
}

#[test]
fn attributes_matter_row_by_row() {
    let plain = Event::new("anthropic", "claude-opus-5", &[("input_tokens", 1_000)]);
    let mut fast = plain.clone();
    fast.attributes = vec![("team", "a".to_owned()), ("speed", "fast".to_owned())];
    let mut unrelated = plain.clone();
    unrelated.attributes = vec![("fast", "speed".to_owned())];
    let mut pricer = pricer();
    let events = [plain.clone(), fast.clone(), unrelated.clone(), fast];
    let priced = rows(&pricer.price(&batch(&events)).unwrap());
    let costs: Vec<_> = priced.iter().map(|row| row.cost.clone().unwrap()).collect();
    assert_eq!(
        costs,
        [
            "0.005000000000",
            "0.010000000000",
            "0.005000000000",
            "0.010000000000"
        ]
    );
    // And not in a batch without them, by what was remembered.
    let priced = rows(&pricer.price(&batch(&[plain, unrelated])).unwrap());
    assert!(
        priced
            .iter()
            .all(|row| row.cost.as_deref() == Some("0.005000000000"))
    );
}
