//! Books that are refused, and what is promised of every entry of the built-in one.

use crate::price_book::{PriceBook, PriceBookError, RequestAttributes};
use crate::usage_unit::UsageUnit;

fn small_book(model: &str) -> String {
    format!(
        r#"{{"units": [
            {{"usage": "input_tokens", "rate": "input", "per": 1000000,
              "dimensions": {{"family": "tokens", "direction": "input"}}}},
            {{"usage": "cache_read_tokens", "rate": "cached", "per": 1000000,
              "dimensions": {{"family": "tokens", "direction": "input", "token_type": "cache_read"}}}}
          ],
          "providers": [{{"provider": "Own", "models": [{model}]}}]}}"#
    )
}

fn refusal(model: &str) -> String {
    match PriceBook::from_json(small_book(model).as_bytes()) {
        Err(PriceBookError::Entry { detail, .. }) => detail,
        Err(PriceBookError::Pattern { entry, .. }) => entry,
        other => format!("{other:?}"),
    }
}

#[test]
fn a_book_of_ones_own_is_read() {
    let model =
        r#"{"model": "m", "match": {"equals": "M"}, "prices": [{"rates": {"input": "1"}}]}"#;
    let book = PriceBook::from_json(small_book(model).as_bytes()).unwrap();
    let entry = book
        .resolve("own", "m", &RequestAttributes::default())
        .unwrap();
    let in_force = book.rates_at(entry, 0).unwrap();
    assert_eq!(in_force.name, "Own/m");
    assert!(in_force.rates.rate(UsageUnit::CACHE_READ_TOKENS).is_some());
    assert!(in_force.rates.rate(UsageUnit::OUTPUT_TOKENS).is_none());
}

#[test]
fn before_the_first_price_there_is_none() {
    let model = r#"{"model": "m", "match": {"equals": "m"},
        "prices": [{"from": "2026-01-02", "rates": {"input": "1"}}]}"#;
    let book = PriceBook::from_json(small_book(model).as_bytes()).unwrap();
    let entry = book
        .resolve("own", "m", &RequestAttributes::default())
        .unwrap();
    let day_us = crate::time::parse_rfc3339_us("2026-01-02T00:00:00Z").unwrap();
    assert!(book.rates_at(entry, day_us - 1).is_none());
    assert!(book.rates_at(entry, day_us).is_some());
}

#[test]
fn entries_that_contradict_themselves_are_refused() {
    let with_prices = |prices: &str| {
        refusal(&format!(
            r#"{{"model": "m", "match": {{"equals": "m"}}, {prices}}}"#
        ))
    };
    let cases = [
        (
            r#""prices": [{"rates": {"cached": "1"}}]"#,
            "input_tokens needs a rate",
        ),
        (r#""prices": [{"rates": {"input": "-1"}}]"#, "malformed"),
        (r#""prices": [{"rates": {"input": 1}}]"#, "malformed"),
        (r#""prices": [{"rates": {"unheard_of": "1"}}]"#, "unknown"),
        (r#""prices": [{"from": "soon", "rates": {}}]"#, "no day"),
        (
            r#""prices": [{"daily_from": "01:00Z", "rates": {}}]"#,
            "times of day",
        ),
        (
            r#""prices": [{"when": {"speed": "fast"}, "rates": {}}]"#,
            "must be a variant",
        ),
        (
            r#""prices": [], "variants": [{"rates": {}}]"#,
            "which requests",
        ),
        (
            r#""prices": [], "variants": [{"when": {"mood": "good"}, "rates": {}}]"#,
            "mood",
        ),
        (
            r#""prices": [{"rates": {}}], "variants": [{"when": {"speed": "fast"}, "rates": {"cached": "1"}}]"#,
            "input_tokens needs a rate",
        ),
        (
            r#""prices": [{"rates": {"input": {"base": "1", "tiers": [
                {"above_input_tokens": 9, "rate": "1"}, {"above_input_tokens": 5, "rate": "1"}]}}}]"#,
            "malformed",
        ),
        (r#""prices": [], "discount": 1"#, "unknown field"),
    ];
    for (prices, expected) in cases {
        let refused = with_prices(prices);
        assert!(refused.contains(expected), "{prices}: {refused}");
    }
    let pattern = refusal(r#"{"model": "m", "match": {"regex": "("}, "prices": []}"#);
    assert_eq!(pattern, "Own/m");
}

#[test]
fn every_entry_of_the_built_in_book_can_be_used() {
    let book = super::book();
    book.check_patterns().unwrap();
    let mut inexact = 0;
    for (at, model) in book.models.iter().enumerate() {
        let entry = super::EntryId {
            model: Some(at),
            variants: u64::MAX,
            tier_variants: 0,
            names_tier: false,
            misses_region: false,
            terms: None,
        };
        let in_force = book.rates_at(entry, 0).unwrap();
        assert!(in_force.name.starts_with(&model.name));
        let all = model.prices.iter().chain(&model.variants);
        let rates = all.flat_map(|price| &price.rates);
        inexact += rates.filter(|(_, rate)| !rate.is_exact()).count();
    }
    // The audio rates by the hour, and rates of aggregators that were binary fractions.
    assert_eq!(inexact, 56);
}

/// How old prices are must be known: a feed that has died looks like prices that do not change.
#[test]
fn a_book_says_when_its_facts_were_gathered() {
    let model =
        r#"{"model": "m", "match": {"equals": "m"}, "prices": [{"rates": {"input": "1"}}]}"#;
    let of = |day: &str| {
        let text = small_book(model).replacen('{', &format!("{{\"as_of\": \"{day}\", "), 1);
        PriceBook::from_json(text.as_bytes()).map(|book| book.as_of_us())
    };
    let day_us = crate::time::parse_rfc3339_us("2026-11-24T00:00:00Z");
    assert_eq!(of("2026-11-24").unwrap(), day_us);
    assert!(matches!(of("soon"), Err(PriceBookError::Entry { .. })));
    let silent = PriceBook::from_json(small_book(model).as_bytes()).unwrap();
    assert_eq!(silent.as_of_us(), None);
    assert!(super::book().as_of_us().is_some());
}
