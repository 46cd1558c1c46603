//! What users of such systems complain about, each case with a model of the facts and a cost that was
//! worked out by hand from the provider's price page.

use arrow::array::AsArray;
use arrow::datatypes::Decimal128Type;
use schemas::time::parse_rfc3339_us;
use schemas::usage_unit::QUANTITY_ONE;

use crate::event::{Event, Priced, batch, rows};
use crate::statuses::{price_one, pricer, without_cost};

fn at(mut event: Event, time: &str) -> Event {
    event.time_us = parse_rfc3339_us(time).unwrap();
    event
}

fn by_tier(mut event: Event, tier: &str) -> Event {
    event.service_tier = Some(tier.to_owned());
    event
}

/// Prices an event and compares its cost and entry.
fn check(event: Event, cost: &str, entry: &str) -> Priced {
    let priced = price_one(event);
    assert_eq!(priced.cost.as_deref(), Some(cost), "{priced:?}");
    assert_eq!(priced.entry.as_deref(), Some(entry), "{priced:?}");
    priced
}

/// Cached tokens that are added on top of the input: the classes of a prompt add up to its total, and
/// a cache that is larger than the prompt is no price but a contradiction.
#[test]
fn cached_tokens_are_not_added_on_top_of_the_input() {
    let chat = |input| {
        let counts = [
            ("input_tokens", input),
            ("cache_read_tokens", 6_000),
            ("cache_write_tokens", 3_000),
        ];
        Event::new("anthropic", "claude-haiku-4-5", &counts)
    };
    // 1,000 at $1, 6,000 at $0.10 and 3,000 at $1.25 a million.
    check(chat(10_000), "0.005350000000", "anthropic/claude-haiku-4-5");
    check(chat(9_000), "0.004350000000", "anthropic/claude-haiku-4-5");
    assert_eq!(price_one(chat(8_999)), without_cost("invalid_usage"));
}

/// Cached tokens at the full rate, or for nothing: a prompt that came wholly from the cache costs the
/// cached rate of its model.
#[test]
fn cached_tokens_cost_their_own_rate() {
    for (provider, model, entry, fresh, cached) in [
        (
            "openai",
            "o3",
            "openai/o3@2025-06-10",
            "2.000000000000",
            "0.500000000000",
        ),
        (
            "google",
            "gemini-2.5-flash",
            "google/gemini-2.5-flash",
            "0.300000000000",
            "0.030000000000",
        ),
        (
            "anthropic",
            "claude-haiku-4-5",
            "anthropic/claude-haiku-4-5",
            "1.000000000000",
            "0.100000000000",
        ),
    ] {
        let input = ("input_tokens", 1_000_000);
        check(Event::new(provider, model, &[input]), fresh, entry);
        let all_cached = [input, ("cache_read_tokens", 1_000_000)];
        check(Event::new(provider, model, &all_cached), cached, entry);
    }
}

/// A 1-hour cache write at the 5-minute rate: each lifetime has its own, both rise above 200,000
/// tokens of input, and a batch has a third pair.
#[test]
fn a_one_hour_cache_write_has_its_own_rate_in_every_band_and_tier() {
    let write = |input, lifetime| {
        let counts = [("input_tokens", input), (lifetime, 100_000)];
        Event::new("anthropic", "claude-sonnet-4-5", &counts)
    };
    let ordinary = "anthropic/claude-sonnet-4-5";
    check(
        write(100_000, "cache_write_5m_tokens"),
        "0.375000000000",
        ordinary,
    );
    check(
        write(100_000, "cache_write_1h_tokens"),
        "0.600000000000",
        ordinary,
    );
    // A write that does not say for how long is one for five minutes.
    check(
        write(100_000, "cache_write_tokens"),
        "0.375000000000",
        ordinary,
    );
    // 100,001 fresh ones at $6 beside 100,000 written ones at $12.
    check(
        write(200_001, "cache_write_1h_tokens"),
        "1.800006000000",
        ordinary,
    );
    let batch = "anthropic/claude-sonnet-4-5+processing=batch@2026-10-14";
    check(
        by_tier(write(100_000, "cache_write_1h_tokens"), "batch"),
        "0.300000000000",
        batch,
    );
    check(
        by_tier(write(200_001, "cache_write_1h_tokens"), "batch"),
        "0.900003000000",
        batch,
    );
}

/// Bedrock spend at three times the bill with caching on: a prompt most of which was read from or
/// written to the cache.
#[test]
fn a_cached_prompt_on_bedrock_costs_what_the_bill_says() {
    let counts = [
        ("input_tokens", 100_000),
        ("cache_read_tokens", 80_000),
        ("cache_write_tokens", 15_000),
        ("output_tokens", 2_000),
    ];
    let event = Event::new(
        "aws",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        &counts,
    );
    // 5,000 at $3.30, 80,000 at $0.33, 15,000 at $4.125, 2,000 at $16.50 a million.
    let entry = "aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0";
    let priced = check(event, "0.137775000000", entry);
    assert_eq!(priced.output.as_deref(), Some("0.033000000000"));
}

/// Thinking tokens outside the output, or billed twice: they are a part of it, and cost more or less
/// than the rest only where the provider says so.
#[test]
fn reasoning_is_inside_the_output() {
    let chat = |provider, model, reasoning| {
        let counts = [
            ("output_tokens", 1_000),
            ("output_reasoning_tokens", reasoning),
        ];
        Event::new(provider, model, &counts)
    };
    for reasoning in [0, 900, 1_000] {
        let event = chat("google", "gemini-2.5-flash", reasoning);
        check(event, "0.002500000000", "google/gemini-2.5-flash");
    }
    // 100 at $8 and 900 reasoning ones at $3 a million.
    let event = chat("perplexity", "sonar-deep-research", 900);
    check(event, "0.003500000000", "perplexity/sonar-deep-research");
    let more = chat("google", "gemini-2.5-flash", 1_001);
    assert_eq!(price_one(more), without_cost("invalid_usage"));
}

/// The requested tier billed instead of the one that served: a priority request that was served as an
/// ordinary one costs the ordinary price, and flex and priority are prices of their own.
#[test]
fn the_tier_that_served_is_billed() {
    let million = || Event::new("openai", "o3", &[("input_tokens", 1_000_000)]);
    let mut downgraded = by_tier(million(), "default");
    downgraded.requested_service_tier = Some("priority".to_owned());
    check(downgraded, "2.000000000000", "openai/o3@2025-06-10");
    let mut only_requested = million();
    only_requested.requested_service_tier = Some("flex".to_owned());
    check(only_requested, "2.000000000000", "openai/o3@2025-06-10");
    let entry = |tier| format!("openai/o3@2025-06-10+service_tier={tier}@2026-10-12");
    check(by_tier(million(), "flex"), "1.000000000000", &entry("flex"));
    check(
        by_tier(million(), "priority"),
        "3.500000000000",
        &entry("priority"),
    );
}

/// Batch as half of everything: it has rates of its own for the cache and for long prompts.
#[test]
fn a_batch_has_its_own_cache_and_long_prompt_rates() {
    let counts = |input| [("input_tokens", input), ("cache_read_tokens", 100_000)];
    let event = |input| by_tier(Event::new("x-ai", "grok-4.20", &counts(input)), "batch");
    let entry = "x-ai/grok-4.20@2026-04-30+processing=batch@2026-10-14";
    // Cached ones at $0.16 where the ordinary rate is $0.20: four fifths, not a half.
    check(event(199_999), "0.115999000000", entry);
    check(event(200_000), "0.232000000000", entry);
}

/// The price band by prompt size: one token more than 200,000 and the whole request, its output too,
/// is charged at the higher rates.
#[test]
fn the_band_holds_for_the_whole_request() {
    let event = |input| {
        let counts = [("input_tokens", input), ("output_tokens", 1_000)];
        Event::new("google", "gemini-2.5-pro", &counts)
    };
    check(event(200_000), "0.260000000000", "google/gemini-2.5-pro");
    check(event(200_001), "0.515002500000", "google/gemini-2.5-pro");
}

/// A regional endpoint that is dearer: where the provider names the region in the model, each has its
/// own price; a tier that the book does not know is taken at the ordinary one, and says so.
#[test]
fn regions_have_their_price_and_assumptions_are_visible() {
    let million = [("input_tokens", 1_000_000)];
    let on = |region: &str| {
        let model = format!("{region}.anthropic.claude-sonnet-4-5-20250929-v1:0");
        Event::new("aws", &model, &million)
    };
    let regional = "aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0";
    let global = "aws/global.anthropic.claude-sonnet-4-5-20250929-v1:0";
    assert_eq!(
        check(on("eu"), "3.300000000000", regional)
            .price_match
            .as_deref(),
        Some("exact")
    );
    check(on("global"), "3.000000000000", global);
    let assumed = check(by_tier(on("eu"), "reserved"), "3.300000000000", regional);
    assert_eq!(assumed.price_match.as_deref(), Some("assumed"));
}

/// An answer from the app's own cache that is costed: it costs nothing, its tokens are kept.
#[test]
fn an_answer_from_the_apps_cache_costs_nothing() {
    let mut hit = Event::new("openai", "o3", &[("input_tokens", 5_000)]);
    hit.from_app_cache = true;
    let events = batch(&[hit]);
    let priced = pricer().price(&events).unwrap();
    assert_eq!(rows(&priced)[0].cost.as_deref(), Some("0.000000000000"));
    let tokens = priced.column_by_name("input_tokens").unwrap();
    assert_eq!(tokens, events.column_by_name("input_tokens").unwrap());
}

/// An explicit zero taken as missing: a total of 0 contradicts its parts, and a total that is missing
/// does not.
#[test]
fn an_explicit_zero_is_not_missing() {
    let parts = ("cache_read_tokens", 1_000_000);
    let missing = Event::new("openai", "o3", &[parts]);
    check(missing, "0.500000000000", "openai/o3@2025-06-10");
    let zero = Event::new("openai", "o3", &[("input_tokens", 0), parts]);
    assert_eq!(price_one(zero), without_cost("invalid_usage"));
    let nothing_used = Event::new("openai", "o3", &[("input_tokens", 0)]);
    check(nothing_used, "0.000000000000", "openai/o3@2025-06-10");
    assert_eq!(
        price_one(Event::new("openai", "o3", &[])),
        without_cost("unmetered")
    );
}

/// A start date in the past that is not honoured, and closed months that change with today's price:
/// an event is charged at the price of its own time, whatever was priced before it.
#[test]
fn an_event_is_charged_at_the_price_of_its_own_time() {
    let million = || Event::new("openai", "o3", &[("input_tokens", 1_000_000)]);
    let before = at(million(), "2025-06-09T23:59:59.999999Z");
    let after = at(million(), "2025-06-10T00:00:00Z");
    check(before.clone(), "10.000000000000", "openai/o3");
    check(after.clone(), "2.000000000000", "openai/o3@2025-06-10");
    let mut pricer = pricer();
    let mut cost = |event: &Event| {
        let priced = pricer.price(&batch(std::slice::from_ref(event))).unwrap();
        rows(&priced).remove(0).cost.unwrap()
    };
    let costs = [&before, &after, &before, &after].map(&mut cost);
    assert_eq!(costs[..2], costs[2..]);
}

/// An increase that is dated in the future and charged already: it waits for its day.
#[test]
fn a_future_price_waits_for_its_day() {
    let million = || Event::new("google", "gemini-4-argon", &[("input_tokens", 1_000_000)]);
    let today = at(million(), "2026-11-30T23:59:59.999999Z");
    check(today, "2.000000000000", "google/gemini-4-argon");
    let then = at(million(), "2026-12-01T00:00:00Z");
    check(then, "4.000000000000", "google/gemini-4-argon@2026-12-01");
}

/// An unknown model at $0, or at another model's rate: its cost is null, its tokens are kept, and it
/// stops nobody else from being priced.
#[test]
fn an_unknown_model_is_null_and_not_zero() {
    let unknown = Event::new("openai", "gpt-4o-of-my-own", &[("input_tokens", 7)]);
    let known = Event::new("openai", "o3", &[("input_tokens", 7)]);
    let events = batch(&[unknown, known]);
    let priced = pricer().price(&events).unwrap();
    let answers = rows(&priced);
    assert_eq!(answers[0], without_cost("unpriced"));
    assert_eq!(answers[1].cost.as_deref(), Some("0.000014000000"));
    let tokens = priced.column_by_name("input_tokens").unwrap();
    assert_eq!(tokens, events.column_by_name("input_tokens").unwrap());
}

/// A reported cost that hides our own price: both stand side by side, also where we have none.
#[test]
fn a_reported_cost_is_kept_beside_ours() {
    let mut known = Event::new("openai", "o3", &[("input_tokens", 1_000_000)]);
    known.reported_cost = Some(1_999_999_999_999);
    let mut unknown = known.clone();
    unknown.model = "nobody-knows".to_owned();
    let priced = pricer().price(&batch(&[known, unknown])).unwrap();
    let costs = rows(&priced);
    assert_eq!(costs[0].cost.as_deref(), Some("2.000000000000"));
    assert_eq!(costs[1].cost, None);
    let reported = priced.column_by_name("reported_cost_usd").unwrap();
    let reported = reported.as_primitive::<Decimal128Type>();
    assert_eq!(reported.values()[..], [1_999_999_999_999; 2]);
}

/// Float noise, and tiny requests that are rounded to nothing: a million requests of one token cost
/// exactly a million times what one costs.
#[test]
fn tiny_requests_add_up_exactly() {
    let tiny = || Event::new("openai", "gpt-4o-mini", &[("input_tokens", 1)]);
    check(tiny(), "0.000000150000", "openai/gpt-4o-mini");
    let events: Vec<_> = (0..1_000).map(|_| tiny()).collect();
    let priced = pricer().price(&batch(&events)).unwrap();
    let costs = priced.column_by_name("cost_usd").unwrap();
    let sum: i128 = costs.as_primitive::<Decimal128Type>().values().iter().sum();
    // $0.15 a million tokens.
    assert_eq!(sum * 1_000, 150_000_000_000);
    let mut sliver = Event::new("google", "gemini-2.5-flash", &[]);
    sliver.other_usage = vec![("web_searches", QUANTITY_ONE / 1_000)];
    check(sliver, "0.000035000000", "google/gemini-2.5-flash");
}
