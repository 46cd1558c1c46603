//! What becomes of single events: their status, and what is null and what is zero.

use std::sync::Arc;

use aggregate::pricing::{Pricer, PricingCounts, UnpricedModel};
use schemas::price_book::PriceBook;
use schemas::usage_unit::QUANTITY_ONE;

use crate::event::{Event, Priced, batch, rows};

pub(crate) fn pricer() -> Pricer {
    Pricer::new(Arc::new(PriceBook::built_in().unwrap()))
}

pub(crate) fn price_one(event: Event) -> Priced {
    rows(&pricer().price(&batch(&[event])).unwrap()).remove(0)
}

pub(crate) fn without_cost(status: &str) -> Priced {
    Priced {
        status: status.to_owned(),
        cost: None,
        input: None,
        output: None,
        other: None,
        list: None,
        contracted: None,
        price_match: None,
        entry: None,
    }
}

fn o3(counters: &[(&str, i64)]) -> Event {
    Event::new("openai", "o3", counters)
}

// FIELD 13: a chat with a cached prompt costs the fresh part in full and the rest at the cached rate.
#[test]
fn cached_tokens_are_part_of_input_tokens() {
    let priced = price_one(o3(&[
        ("input_tokens", 1_000),
        ("cache_read_tokens", 900),
        ("output_tokens", 10),
    ]));
    assert_eq!(priced.status, "priced");
    assert_eq!(priced.input.as_deref(), Some("0.000650000000"));
    assert_eq!(priced.output.as_deref(), Some("0.000080000000"));
    assert_eq!(priced.other.as_deref(), Some("0.000000000000"));
    assert_eq!(priced.cost.as_deref(), Some("0.000730000000"));
    assert_eq!(priced.list, priced.cost);
    assert_eq!(priced.price_match.as_deref(), Some("exact"));
    assert_eq!(priced.entry.as_deref(), Some("openai/o3@2025-06-10"));
}

// FIELD 24: what the app answers from its own cache costs nothing, whatever model it would have been.
#[test]
fn answers_from_the_apps_own_cache_cost_nothing() {
    let mut hit = o3(&[("input_tokens", 1_000)]);
    hit.from_app_cache = true;
    let mut unknown = hit.clone();
    unknown.model = "nobody-knows".to_owned();
    let mut unmetered = o3(&[]);
    unmetered.from_app_cache = true;
    for event in [hit, unknown, unmetered] {
        let priced = price_one(event);
        let zero = Some("0.000000000000");
        let costs = [
            &priced.cost,
            &priced.input,
            &priced.output,
            &priced.other,
            &priced.list,
        ];
        assert!(
            costs.iter().all(|cost| cost.as_deref() == zero),
            "{priced:?}"
        );
        assert_eq!(priced.status, "priced");
        assert_eq!(priced.entry.as_deref(), Some("app_cache"));
        assert_eq!(priced.price_match.as_deref(), Some("exact"));
    }
}

// FIELD 37: a model that no book knows costs null: neither zero nor another model's price.
#[test]
fn unknown_models_are_unpriced_and_counted() {
    let mut pricer = pricer();
    let events = [
        Event::new("openai", "my-finetune", &[("input_tokens", 5)]),
        Event::new("own-fleet", "gpt-4o", &[("output_tokens", 5)]),
        Event::new("openai", "my-finetune", &[("input_tokens", 0)]),
        o3(&[("input_tokens", 5)]),
        o3(&[]),
        o3(&[("input_tokens", 5), ("cache_read_tokens", 6)]),
    ];
    let priced = rows(&pricer.price(&batch(&events)).unwrap());
    for row in &priced[..3] {
        assert_eq!(*row, without_cost("unpriced"));
    }
    let unpriced = |provider: &str, model: &str, events| UnpricedModel {
        provider: provider.to_owned(),
        model: model.to_owned(),
        events,
    };
    let expected = PricingCounts {
        priced: 1,
        unpriced: 3,
        unmetered: 1,
        invalid: 1,
        unpriced_models: vec![
            unpriced("openai", "my-finetune", 2),
            unpriced("own-fleet", "gpt-4o", 1),
        ],
    };
    let counts = pricer.take_counts();
    assert_eq!(counts, expected);
    assert_eq!(pricer.take_counts(), PricingCounts::default());
    let mut sum = counts.clone();
    sum.add(&counts);
    assert_eq!(sum.unpriced, 6);
    assert_eq!(sum.unpriced_models[0].events, 4);
}

// FIELD 28: no counter at all is not a counter of zero.
#[test]
fn no_counter_is_unmetered_and_zero_is_a_price() {
    assert_eq!(price_one(o3(&[])), without_cost("unmetered"));
    let unknown = Event::new("openai", "nobody-knows", &[]);
    assert_eq!(price_one(unknown), without_cost("unmetered"));
    let zero = price_one(o3(&[("output_tokens", 0)]));
    assert_eq!(zero.status, "priced");
    assert_eq!(zero.cost.as_deref(), Some("0.000000000000"));
    let mut other = o3(&[]);
    other.other_usage = vec![("web_searches", 0)];
    assert_eq!(price_one(other).status, "priced");
    let mut gpu = o3(&[]);
    gpu.gpu_seconds = Some(QUANTITY_ONE);
    assert_eq!(price_one(gpu).status, "priced");
}

#[test]
fn contradicting_counters_have_no_cost() {
    let events = [
        o3(&[("input_tokens", 5), ("cache_read_tokens", 6)]),
        o3(&[("output_tokens", 5), ("output_reasoning_tokens", 6)]),
        o3(&[("cache_write_tokens", 5), ("cache_write_1h_tokens", 6)]),
        o3(&[("input_tokens", -1)]),
    ];
    for event in events {
        assert_eq!(price_one(event), without_cost("invalid_usage"));
    }
    // Dearer than any event may be.
    let huge = Event::new(
        "openai",
        "o1-pro",
        &[("input_tokens", i64::MAX), ("output_tokens", i64::MAX)],
    );
    assert_eq!(price_one(huge.clone()).status, "priced");
    let mut dearer = huge;
    dearer.model = "gpt-6-sol".to_owned();
    dearer.other_usage = vec![("web_searches", i128::from(i64::MAX) * QUANTITY_ONE)];
    assert_eq!(price_one(dearer), without_cost("invalid_usage"));
}

// FIELD 20, 21: the tier that served, and the whole request's size, choose the rates.
#[test]
fn tiers_and_bands_choose_the_rates() {
    let mut event = Event::new("openai", "gpt-6-sol", &[("input_tokens", 272_000)]);
    assert_eq!(
        price_one(event.clone()).cost.as_deref(),
        Some("0.544000000000")
    );
    event.counters[0] = Some(272_001);
    assert_eq!(
        price_one(event.clone()).cost.as_deref(),
        Some("1.088004000000")
    );
    event.service_tier = Some("flex".to_owned());
    let flex = price_one(event.clone());
    assert_eq!(flex.cost.as_deref(), Some("0.544002000000"));
    assert_eq!(
        flex.entry.as_deref(),
        Some("openai/gpt-6-sol+service_tier=flex@2026-10-12")
    );
    assert_eq!(flex.price_match.as_deref(), Some("exact"));
    event.service_tier = Some("scale".to_owned());
    let scale = price_one(event.clone());
    assert_eq!(scale.cost.as_deref(), Some("1.088004000000"));
    assert_eq!(scale.price_match.as_deref(), Some("assumed"));
}

// FIELD 40: a request of one token costs its exact fraction of a dollar.
#[test]
fn tiny_requests_are_not_rounded_away() {
    let event = Event::new(
        "openai",
        "gpt-4o-mini",
        &[("input_tokens", 1), ("output_tokens", 1)],
    );
    assert_eq!(price_one(event).cost.as_deref(), Some("0.000000750000"));
}
