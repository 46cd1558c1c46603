//! An operator's book through the stage: three prices a row, by fields and attributes, batch by batch.

use std::sync::Arc;

use aggregate::pricing::{Explanation, Pricer};
use arrow::array::Array;
use schemas::money::PicoUsd;
use schemas::price_book::PriceBook;
use schemas::usage_unit::QUANTITY_ONE;

use crate::event::{Event, Priced, batch, rows};

const OPERATOR: &str = r#"
[[discounts]]
id = "egp"
percent = "10"
provider = "openai"
from = "2026-01-01"

[[rates]]
id = "acme"
provider = "openai"
model = "gpt-4o"
when = { account = "acme" }
rates = { input_mtok = "2.10" }
from = "2026-10-01"

[[rates]]
id = "eu"
provider = "openai"
model = "gpt-4o"
when = { region = "eu" }
rates = { input_mtok = "2.75" }
from = "2026-10-01"

[[commitments]]
id = "ptu"
kind = "provisioned"
provider = "openai"
model = "gpt-4o"
when = { deployment = "prod", key = "k1" }
price = "60"
per = "hour"
input_tokens_per_minute = "100000"
output_tokens_per_minute = "30000"
from = "2026-10-01"

[[fleets]]
id = "fra"
gpu = "H100"
count = 8
usd_per_gpu_hour = "3.60"
terms = "reserved"
provider = "own-fleet"
models = ["llama"]
input_tokens_per_second = "20000"
output_tokens_per_second = "4000"
expected_utilisation = "0.5"
from = "2026-01-01"

[[fleets]]
id = "lab"
gpu = "L4"
count = 1
usd_per_gpu_hour = "0.72"
terms = "on_demand"
provider = "own-fleet"
models = ["tiny"]
from = "2026-01-01"
"#;

const NOTHING: &str = "0.000000000000";

fn pricer() -> Pricer {
    let book = PriceBook::built_in().unwrap();
    Pricer::new(Arc::new(book.with_operator(OPERATOR).unwrap()))
}

fn million(provider: &str, model: &str) -> Event {
    Event::new(provider, model, &[("input_tokens", 1_000_000)])
}

fn with_attributes(attributes: &[(&'static str, &str)]) -> Event {
    let mut event = million("openai", "gpt-4o");
    let owned = attributes
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    event.attributes = owned.collect();
    event
}

/// What is paid, contracted and at list, without the zeros behind.
fn prices(row: &Priced) -> [String; 3] {
    [&row.cost, &row.contracted, &row.list].map(|cost| {
        let text = cost.as_deref().unwrap_or("none");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    })
}

fn events() -> Vec<Event> {
    let mut in_eu = million("openai", "gpt-4o");
    in_eu.region = Some("EU".to_owned());
    let mut in_us = million("openai", "gpt-4o");
    in_us.region = Some("us".to_owned());
    let mut by_time = million("own-fleet", "llama");
    by_time.gpu_seconds = Some(500 * QUANTITY_ONE);
    let mut tiny = million("own-fleet", "tiny");
    tiny.gpu_seconds = Some(3_600 * QUANTITY_ONE);
    let mut counted = million("openai", "gpt-4o");
    counted.other_usage = vec![("input_audio_tokens", 0)];
    vec![
        million("openai", "gpt-4o"),
        with_attributes(&[("account", "Acme"), ("team", "x")]),
        with_attributes(&[("account", "other")]),
        with_attributes(&[("deployment", "prod"), ("key", "k1")]),
        with_attributes(&[("deployment", "prod")]),
        in_eu,
        in_us,
        million("anthropic", "claude-opus-5"),
        million("own-fleet", "llama"),
        by_time,
        tiny,
        million("own-fleet", "tiny"),
        counted,
    ]
}

#[test]
fn each_row_has_three_prices() {
    let priced = rows(&pricer().price(&batch(&events())).unwrap());
    let found: Vec<_> = priced.iter().map(prices).collect();
    let same = |price: &str| [price, price, price].map(str::to_owned);
    let three =
        |paid: &str, contracted: &str, list: &str| [paid, contracted, list].map(str::to_owned);
    assert_eq!(
        found,
        [
            three("2.25", "2.25", "2.5"),
            three("2.1", "2.1", "2.5"),
            three("2.25", "2.25", "2.5"),
            three("10", "2.25", "2.5"),
            three("2.25", "2.25", "2.5"),
            three("2.75", "2.75", "2.5"),
            three("2.25", "2.25", "2.5"),
            same("5"),
            same("0.8"),
            same("0.5"),
            same("0.72"),
            same("none"),
            three("2.25", "2.25", "2.5"),
        ]
    );
    let matches: Vec<_> = priced
        .iter()
        .map(|row| row.price_match.as_deref())
        .collect();
    assert_eq!(
        matches[5..8],
        [Some("exact"), Some("assumed"), Some("exact")]
    );
    assert_eq!(
        priced[3].entry.as_deref(),
        Some("commitment:ptu/2026-10-01")
    );
    assert_eq!(priced[9].entry.as_deref(), Some("fleet:fra/2026-01-01"));
    // GPU time is neither input nor output.
    assert_eq!(priced[9].other, priced[9].cost);
    assert_eq!(priced[11].status, "unpriced");
}

/// What pricing says of its sums is what it stores: parts of usage, or GPU time.
#[test]
fn parts_add_up_to_what_each_row_costs() {
    let events = batch(&events());
    let mut pricer = pricer();
    let priced = rows(&pricer.price(&events).unwrap());
    let explanations = pricer.explain(&events).unwrap();
    let mut by_gpu_time = 0;
    for (row, explanation) in priced.iter().zip(&explanations) {
        assert_eq!(explanation.status().as_str(), row.status);
        let parts = match explanation {
            Explanation::OnGpus(time) => {
                by_gpu_time += 1;
                assert_eq!(Some(time.cost.to_string()), row.other);
                time.cost.0
            }
            _ => explanation.leaves().iter().map(|leaf| leaf.cost.0).sum(),
        };
        let paid = row.cost.clone();
        assert_eq!(
            PicoUsd(parts).to_string(),
            paid.unwrap_or(NOTHING.to_owned())
        );
    }
    assert_eq!(by_gpu_time, 2);
}

#[test]
fn rows_one_by_one_cost_what_the_batch_costs() {
    let events = events();
    let together = rows(&pricer().price(&batch(&events)).unwrap());
    let mut pricer = pricer();
    let alone = events.iter().rev().map(|event| {
        let one = batch(std::slice::from_ref(event));
        rows(&pricer.price(&one).unwrap()).remove(0)
    });
    let mut alone: Vec<_> = alone.collect();
    alone.reverse();
    assert_eq!(alone, together);
}

#[test]
fn prices_that_are_the_same_share_an_array() {
    let price = |event: Event| {
        let priced = pricer().price(&batch(&[event])).unwrap();
        let column = |name: &str| Arc::clone(priced.column_by_name(name).unwrap());
        (
            column("cost_usd"),
            column("list_cost_usd"),
            column("contracted_cost_usd"),
        )
    };
    let (cost, list, contracted) = price(million("anthropic", "claude-opus-5"));
    assert!(Arc::ptr_eq(&cost, &list) && Arc::ptr_eq(&cost, &contracted));
    let (cost, list, contracted) = price(million("openai", "gpt-4o"));
    assert!(!Arc::ptr_eq(&cost, &list) && Arc::ptr_eq(&cost, &contracted));
    assert_eq!(list.len(), 1);
}

#[test]
fn an_attribute_that_no_entry_asks_for_changes_nothing() {
    let built_in = Arc::new(PriceBook::built_in().unwrap());
    let mut plain = Pricer::new(built_in);
    let events = [
        with_attributes(&[("account", "acme"), ("key", "k1"), ("deployment", "prod")]),
        million("openai", "gpt-4o"),
    ];
    let priced = rows(&plain.price(&batch(&events)).unwrap());
    assert_eq!(priced[0], priced[1]);
}
