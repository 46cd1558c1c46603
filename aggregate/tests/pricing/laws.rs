//! What holds for every request over every model: the parts explain the cost, and a batch costs what
//! its events cost one by one.

use std::sync::Arc;

use aggregate::pricing::{Explanation, Pricer, PricingCounts};
use schemas::price_book::PriceBook;

use crate::event::{Event, batch, rows};
use crate::oracle::repository;
use crate::requests::{Random, requests};

/// One request in so many is priced in a batch of its own.
const ALONE: usize = 7;

fn all_requests() -> Vec<Event> {
    let facts = std::fs::read(repository().join("schemas/prices/price-facts.json")).unwrap();
    let facts = serde_json::from_slice(&facts).unwrap();
    requests(&facts, &mut Random(7))
}

fn book() -> Arc<PriceBook> {
    Arc::new(PriceBook::built_in().unwrap())
}

#[test]
fn the_parts_of_every_request_explain_its_cost() {
    let mut pricer = Pricer::new(book());
    let mut parts = 0;
    for events in all_requests().chunks(1_000) {
        let events = batch(events);
        let priced = rows(&pricer.price(&events).unwrap());
        assert_ne!(pricer.take_counts(), PricingCounts::default());
        let explanations = pricer.explain(&events).unwrap();
        assert_eq!(
            pricer.take_counts(),
            PricingCounts::default(),
            "explaining counts nothing"
        );
        assert_eq!(priced.len(), explanations.len());
        for (priced, explanation) in priced.iter().zip(&explanations) {
            assert_eq!(explanation.status().as_str(), priced.status);
            let Explanation::Priced(cost, leaves) = explanation else {
                assert!(explanation.leaves().is_empty());
                continue;
            };
            assert_eq!(Some(cost.total().to_string()), priced.cost);
            assert_eq!(Some(cost.input.to_string()), priced.input);
            assert_eq!(Some(cost.output.to_string()), priced.output);
            assert_eq!(Some(cost.other.to_string()), priced.other);
            let sum: i128 = leaves.iter().map(|leaf| leaf.cost.0).sum();
            assert_eq!(sum, cost.total().0);
            parts += leaves.len();
        }
    }
    assert!(parts > 30_000, "{parts}");
}

#[test]
fn a_batch_costs_what_its_events_cost_one_by_one() {
    let book = book();
    let events: Vec<_> = all_requests().into_iter().step_by(ALONE).collect();
    let together = rows(
        &Pricer::new(Arc::clone(&book))
            .price(&batch(&events))
            .unwrap(),
    );
    let mut pricer = Pricer::new(book);
    for (event, together) in events.iter().zip(&together) {
        let alone = pricer.price(&batch(std::slice::from_ref(event))).unwrap();
        assert_eq!(rows(&alone)[0], *together, "{}", event.to_json());
    }
}
