//! The arithmetic of a charge, by the complaints that it must not give rise to.

use proptest::prelude::*;

use super::{NOW, book, outcome, priced, tier, usage};
use crate::money::{EVENT_COST_MAX, PicoUsd};
use crate::price_book::{
    Cost, PriceBook, PriceOutcome, Rates, RequestAttributes, UsageFault, price,
};
use crate::usage_unit::{QUANTITY_ONE, UsageUnit};

const ORDINARY: RequestAttributes<'_> = RequestAttributes {
    service_tier: None,
    route: None,
    processing: None,
    speed: None,
    search_type: None,
    region: None,
    account: None,
    deployment: None,
    key: None,
};

fn ordinary(provider: &str, model: &str, counts: &[(&str, i64)]) -> PriceOutcome {
    outcome((provider, model), &ORDINARY, NOW, counts)
}

fn rates_of(book: &PriceBook, model: usize) -> Rates {
    let entry = super::EntryId {
        model: Some(model),
        variants: 0,
        tier_variants: 0,
        names_tier: false,
        misses_region: false,
        terms: None,
    };
    book.rates_at(entry, 1_795_000_000_000_000).unwrap().rates
}

fn total(outcome: PriceOutcome) -> i128 {
    match outcome {
        PriceOutcome::Priced(cost) => cost.total().0,
        PriceOutcome::Invalid(fault) => panic!("{fault:?}"),
    }
}

// FIELD 13: cached tokens are a part of the input, not an addition to it.
#[test]
fn cached_tokens_are_part_of_input_tokens() {
    let counts = [("input_tokens", 1_000), ("cache_read_tokens", 800)];
    // o3: 2 dollars a million, 0.50 if cached.
    assert_eq!(
        ordinary("openai", "o3", &counts),
        priced(200 * 2_000_000 + 800 * 500_000, 0, 0)
    );
    let counts = [("input_tokens", 1_000), ("cache_read_tokens", 1_001)];
    let fault = UsageFault::PartsExceedTotal(UsageUnit::INPUT_TOKENS);
    assert_eq!(
        ordinary("openai", "o3", &counts),
        PriceOutcome::Invalid(fault)
    );
}

// FIELD 14: a cached token is neither charged in full nor given away: whatever the model, it costs
// between nothing and the full rate, and nothing only if the book says so.
#[test]
fn cached_tokens_cost_between_zero_and_the_full_rate() {
    let book = book();
    let mut dearer = Vec::new();
    let mut given_away = 0;
    for model in 0..book.model_count() {
        let rates = rates_of(book, model);
        for input in [1_000, 1_000_000] {
            let uncached = total(price(&rates, &usage(&[("input_tokens", input)])));
            let cached = usage(&[("input_tokens", input), ("cache_read_tokens", input)]);
            let cached = total(price(&rates, &cached));
            let mut own = rates.own_rates();
            let own = own.find(|(unit, _)| *unit == UsageUnit::CACHE_READ_TOKENS);
            if cached == 0 && uncached > 0 {
                let (_, rate) = own.expect("free without a price of its own");
                assert_eq!(rate.at(0).numerator(), 0);
                given_away += 1;
            }
            if cached > uncached {
                dearer.push(book.models[model].name.as_str());
            }
        }
    }
    dearer.dedup();
    // An alias for which the source has a cached rate above its input rate.
    assert_eq!(dearer, ["openrouter/~deepseek/deepseek-pro-latest"]);
    assert_eq!(given_away, 0);
}

// FIELD 15: lifetimes of a cache entry have their own rates, and these rise with the request's size.
#[test]
fn cache_lifetimes_and_tiers_multiply() {
    let counts = |input| {
        [
            ("input_tokens", input),
            ("cache_write_tokens", 3_000),
            ("cache_write_5m_tokens", 1_000),
            ("cache_write_1h_tokens", 2_000),
            ("output_tokens", 10),
        ]
    };
    let cost = |input| ordinary("anthropic", "claude-sonnet-4-5", &counts(input));
    let below = (200_000 - 3_000) * 3_000_000 + 1_000 * 3_750_000 + 2_000 * 6_000_000;
    assert_eq!(cost(200_000), priced(below, 10 * 15_000_000, 0));
    let above = (200_001 - 3_000) * 6_000_000 + 1_000 * 7_500_000 + 2_000 * 12_000_000;
    assert_eq!(cost(200_001), priced(above, 10 * 22_500_000, 0));
}

// FIELD 20: a batch has rates of its own, tier by tier; it is not half of everything.
#[test]
fn batch_is_a_kind_of_request_with_its_own_rates() {
    let counts = [
        ("input_tokens", 200_000),
        ("cache_read_tokens", 100_000),
        ("output_tokens", 1_000),
    ];
    let cost = |input: i64| {
        let mut counts = counts;
        counts[0].1 = input;
        outcome(("x-ai", "grok-4.20"), &tier("batch"), NOW, &counts)
    };
    assert_eq!(
        cost(199_999),
        priced(99_999 * 1_000_000 + 100_000 * 160_000, 2_000_000_000, 0)
    );
    assert_eq!(
        cost(200_000),
        priced(100_000 * 2_000_000 + 100_000 * 320_000, 4_000_000_000, 0)
    );
    // A rate that the batch does not name stays: o3's cached tokens.
    let counts = [("input_tokens", 10), ("cache_read_tokens", 10)];
    assert_eq!(
        outcome(("openai", "o3"), &tier("batch"), NOW, &counts),
        priced(5_000_000, 0, 0)
    );
}

// FIELD 21: the price band is chosen by the whole input and holds for the whole request.
#[test]
fn the_band_is_chosen_by_the_total_input() {
    let cost = |counts: &[(&str, i64)]| ordinary("google", "gemini-2.5-pro", counts);
    let at = cost(&[("input_tokens", 200_000), ("output_tokens", 100)]);
    assert_eq!(at, priced(200_000 * 1_250_000, 100 * 10_000_000, 0));
    let above = cost(&[("input_tokens", 200_001), ("output_tokens", 100)]);
    assert_eq!(above, priced(200_001 * 2_500_000, 100 * 15_000_000, 0));
    // A total that was not reported is at least what its parts add up to.
    let parts = cost(&[("cache_read_tokens", 200_001), ("output_tokens", 100)]);
    assert_eq!(parts, priced(200_001 * 250_000, 100 * 15_000_000, 0));
}

// FIELD 28: a counter of zero is a fact, a missing one is not.
#[test]
fn zero_and_missing_counters_differ() {
    let fault = |unit| PriceOutcome::Invalid(UsageFault::PartsExceedTotal(unit));
    let counts = [("input_tokens", 0), ("cache_read_tokens", 10)];
    assert_eq!(
        ordinary("openai", "o3", &counts),
        fault(UsageUnit::INPUT_TOKENS)
    );
    assert_eq!(
        ordinary("openai", "o3", &counts[1..]),
        priced(5_000_000, 0, 0)
    );
    let counts = [("output_tokens", 0), ("output_reasoning_tokens", 10)];
    assert_eq!(
        ordinary("openai", "o3", &counts),
        fault(UsageUnit::OUTPUT_TOKENS)
    );
    assert_eq!(
        ordinary("openai", "o3", &counts[1..]),
        priced(0, 80_000_000, 0)
    );
    // sonar charges each request besides: one that does not say how many it was is one.
    let tokens = ("input_tokens", 0);
    assert_eq!(
        ordinary("perplexity", "sonar", &[tokens]),
        priced(0, 0, 12_000_000_000)
    );
    assert_eq!(
        ordinary("perplexity", "sonar", &[tokens, ("requests", 0)]),
        priced(0, 0, 0)
    );
    let two = [tokens, ("requests", 2)];
    assert_eq!(
        ordinary("perplexity", "sonar", &two),
        priced(0, 0, 24_000_000_000)
    );
}

// FIELD 40: no binary noise, and the tiniest request is not rounded to nothing.
#[test]
fn tiny_requests_cost_their_exact_fraction() {
    let counts = [("input_tokens", 1), ("output_tokens", 1)];
    assert_eq!(
        ordinary("openai", "gpt-4o-mini", &counts),
        priced(150_000, 600_000, 0)
    );
    let counts = [("input_tokens", 3), ("output_tokens", 0)];
    assert_eq!(
        ordinary("openai", "gpt-4o-mini", &counts),
        priced(450_000, 0, 0)
    );
}

#[test]
fn units_of_neither_direction_are_other_cost() {
    let counts = [
        ("input_tokens", 1_000_000),
        ("output_tokens", 100_000),
        ("web_searches", 3),
        ("rerank_searches", 5),
    ];
    let cost = ordinary("perplexity", "perplexity/sonar", &counts);
    assert_eq!(
        cost,
        priced(250_000_000_000, 250_000_000_000, 7_500_000_000)
    );
    let seconds = [("input_audio_seconds", 1)];
    assert_eq!(
        ordinary("groq", "whisper-large-v3", &seconds),
        priced(30_833_333, 0, 0)
    );
    let seconds = [("audio_seconds", 1)];
    assert_eq!(
        ordinary("groq", "whisper-large-v3", &seconds),
        priced(0, 0, 30_833_333)
    );
}

#[test]
fn contradictions_between_unpriced_counters_are_invalid_too() {
    // o3 has no rate for audio or for text.
    let counts = [
        ("input_tokens", 10),
        ("input_audio_tokens", 6),
        ("input_text_tokens", 5),
    ];
    let fault = UsageFault::PartsExceedTotal(UsageUnit::INPUT_TOKENS);
    assert_eq!(
        ordinary("openai", "o3", &counts),
        PriceOutcome::Invalid(fault)
    );
    // Units that may overlap need not fit side by side.
    let counts = [
        ("input_tokens", 10),
        ("input_text_tokens", 9),
        ("cache_read_tokens", 8),
    ];
    assert_eq!(
        ordinary("openai", "o3", &counts),
        priced(2 * 2_000_000 + 8 * 500_000, 0, 0)
    );
    let negative = [("input_tokens", -1)];
    let fault = UsageFault::Negative(UsageUnit::INPUT_TOKENS);
    assert_eq!(
        ordinary("openai", "o3", &negative),
        PriceOutcome::Invalid(fault)
    );
}

#[test]
fn counts_near_two_to_the_63_do_not_overflow() {
    let book = book();
    for model in 0..book.model_count() {
        let rates = rates_of(book, model);
        let mut all = usage(&[]);
        for unit in UsageUnit::all() {
            all.set_count(unit, i64::MAX);
        }
        assert!(
            matches!(price(&rates, &all), PriceOutcome::Invalid(_)),
            "parts exceed totals"
        );
        for unit in UsageUnit::all() {
            let mut one = usage(&[]);
            one.set_count(unit, i64::MAX);
            let PriceOutcome::Priced(cost) = price(&rates, &one) else {
                continue;
            };
            assert!(cost.total() <= EVENT_COST_MAX);
            one.set(unit, 10_i128.pow(38) - 1);
            let fault = UsageFault::OutOfRange(Some(unit));
            assert_eq!(price(&rates, &one), PriceOutcome::Invalid(fault));
        }
    }
    let huge = [("input_tokens", i64::MAX)];
    let cost = 9_223_372_036_854_775_807 * 150_000;
    assert_eq!(ordinary("openai", "gpt-4o-mini", &huge), priced(cost, 0, 0));
    let dear = [("web_searches", i64::MAX)];
    let fault = UsageFault::OutOfRange(UsageUnit::from_name("web_searches"));
    assert_eq!(
        ordinary("openai", "gpt-6-sol", &dear),
        PriceOutcome::Invalid(fault)
    );
}

proptest! {
    #[test]
    fn costs_of_parts_never_exceed_the_dearest_rate(
        model in 0..2_330_usize,
        input in 0..2_000_000_i64,
        read_share in 0..=100_i64,
        write_share in 0..=100_i64,
        output in 0..100_000_i64,
    ) {
        let book = book();
        let rates = rates_of(book, model);
        let read = input * read_share / 100;
        let write = (input - read) * write_share / 100;
        let counts = [
            ("input_tokens", input),
            ("output_tokens", output),
            ("cache_read_tokens", read),
            ("cache_write_tokens", write),
        ];
        let PriceOutcome::Priced(cost) = price(&rates, &usage(&counts)) else {
            return Err(TestCaseError::fail("invalid"));
        };
        let dearest = [UsageUnit::INPUT_TOKENS, UsageUnit::CACHE_READ_TOKENS, UsageUnit::CACHE_WRITE_TOKENS]
            .into_iter()
            .filter_map(|unit| rates.rate(unit))
            .map(|rate| rate.at(i128::from(input) * QUANTITY_ONE))
            .filter_map(|rate| rate.cost(i128::from(input) * QUANTITY_ONE))
            .max();
        let Cost { input, output, other } = cost;
        // Each of three leaves may be rounded up by half of a part that cannot be paid.
        prop_assert!(input.0 <= dearest.unwrap_or(PicoUsd(0)).0 + 2);
        prop_assert!(input.0 >= 0 && output.0 >= 0 && other.0 >= 0);
    }
}
