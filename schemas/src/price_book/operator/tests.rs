//! An operator's book over the built-in one: every kind of entry, by hand.

use crate::money::PicoUsd;
use crate::price_book::{
    CallCosts, CostOutcome, PriceBook, PriceMatch, RatesInForce, RequestAttributes, Usage,
};
use crate::time::parse_rfc3339_us;
use crate::usage_unit::{QUANTITY_ONE, UsageUnit};

mod capacity;
mod laws;
mod problems;

const NOON: &str = "2026-11-20T12:00:00Z";
/// gpt-4o at list: 2.50, 1.25 and 10 dollars per million tokens of input, cached input and output.
const GPT: (&str, &str) = ("openai", "gpt-4o");

fn built_in() -> PriceBook {
    PriceBook::built_in().unwrap()
}

fn book(text: &str) -> PriceBook {
    match built_in().with_operator(text) {
        Ok(book) => book,
        Err(problems) => panic!("{problems:?} in {text}"),
    }
}

fn usage(counts: &[(&str, i64)]) -> Usage {
    let mut usage = Usage::new();
    for (name, count) in counts {
        usage.set_count(UsageUnit::from_name(name).unwrap(), *count);
    }
    usage
}

fn in_force(
    book: &PriceBook,
    (provider, model): (&str, &str),
    request: RequestAttributes<'_>,
    time: &str,
) -> RatesInForce {
    let entry = book.resolve(provider, model, &request).unwrap();
    book.rates_at(entry, parse_rfc3339_us(time).unwrap())
        .unwrap()
}

fn costs(in_force: &RatesInForce, counts: &[(&str, i64)], gpu_seconds: Option<i64>) -> CallCosts {
    let gpu_seconds = gpu_seconds.map(|seconds| i128::from(seconds) * QUANTITY_ONE);
    match in_force.price(&usage(counts), gpu_seconds) {
        CostOutcome::Priced(costs) => costs,
        other => panic!("{other:?}"),
    }
}

/// What is paid, contracted and at list for a million tokens of input at noon, in dollars.
fn million(book: &PriceBook, request: RequestAttributes<'_>) -> [String; 3] {
    let in_force = in_force(book, GPT, request, NOON);
    texts(costs(&in_force, &[("input_tokens", 1_000_000)], None))
}

fn texts(costs: CallCosts) -> [String; 3] {
    let dollars = |cost: PicoUsd| {
        let text = cost.to_string();
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    [
        dollars(costs.paid.total()),
        dollars(costs.contracted),
        dollars(costs.list),
    ]
}

fn account(account: &str) -> RequestAttributes<'_> {
    RequestAttributes {
        account: Some(account),
        ..RequestAttributes::default()
    }
}

const ANY: RequestAttributes<'_> = RequestAttributes {
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

#[test]
fn a_book_without_entries_changes_prices_not_and_the_id() {
    let (plain, layered) = (built_in(), book(""));
    assert_ne!(plain.id(), layered.id());
    assert_eq!(layered.id(), book("").id());
    assert_ne!(layered.id(), book("# a remark\n").id());
    let before = in_force(&plain, GPT, ANY, NOON);
    let after = in_force(&layered, GPT, ANY, NOON);
    assert_eq!(before.name, after.name);
    assert!(after.other.is_none());
}

/// The lake keeps a book as it was read, with all its layers: a price can be explained later.
#[test]
fn a_layered_book_is_read_again_from_its_source() {
    let text = "[[discounts]]\nid = \"d\"\npercent = 10\nfrom = \"2026-01-01\"\n";
    let layered = book(text);
    let again = PriceBook::from_json(layered.source()).unwrap();
    assert_eq!(again.id(), layered.id());
    assert_eq!(million(&again, ANY), ["2.25", "2.25", "2.5"]);
    let broken = [layered.source(), b"[[discounts]]"].concat();
    assert!(PriceBook::from_json(&broken).is_err());
}

/// The contract layer: a multiplier first, overrides after, by account; list, contracted and
/// effective all told.
#[test]
fn a_discount_comes_first_and_an_override_of_one_rate_leaves_the_others() {
    let book = book(
        r#"
        [[discounts]]
        id = "egp"
        percent = "10"
        provider = "openai"
        from = "2026-01-01"

        [[rates]]
        id = "acme"
        provider = "openai"
        model = "gpt-4o"
        when = { account = "ACME" }
        rates = { input_mtok = "2.10" }
        from = "2026-10-01"
        "#,
    );
    assert_eq!(million(&book, ANY), ["2.25", "2.25", "2.5"]);
    assert_eq!(million(&book, account("acme")), ["2.1", "2.1", "2.5"]);
    let prices = in_force(&book, GPT, account("acme"), NOON);
    assert!(
        prices.name.ends_with("|egp@2026-01-01|acme@2026-10-01"),
        "{}",
        prices.name
    );
    // Cached input and output keep the discounted list price.
    let counts = [
        ("input_tokens", 1_000_000),
        ("cache_read_tokens", 1_000_000),
        ("output_tokens", 1_000_000),
    ];
    assert_eq!(
        texts(costs(&prices, &counts, None)),
        ["10.125", "10.125", "11.25"]
    );
    // Before the override, and before both.
    let earlier = in_force(&book, GPT, account("acme"), "2026-09-30T23:59:59.999999Z");
    assert!(
        earlier.name.ends_with("|egp@2026-01-01"),
        "{}",
        earlier.name
    );
    let first = in_force(&book, GPT, account("acme"), "2025-12-31T00:00:00Z");
    assert!(!first.name.contains('|'), "{}", first.name);
    assert!(first.other.is_none());
    // Somebody else's model is not touched, nor the same model sold by another provider.
    for name in [("anthropic", "claude-opus-5"), ("azure", "gpt-4o")] {
        assert!(in_force(&book, name, ANY, NOON).other.is_none(), "{name:?}");
    }
}

#[test]
fn an_override_without_a_tier_leaves_the_list_s_tiers() {
    let book = book(
        r#"
        [[rates]]
        id = "ordinary"
        provider = "openai"
        model = "o3"
        rates = { input_mtok = "1.90" }
        from = "2026-01-01"

        [[rates]]
        id = "flexible"
        provider = "openai"
        model = "o3"
        when = { service_tier = "flex" }
        rates = { input_mtok = { base = "0.90", tiers = [{ above_input_tokens = 1000, rate = 0.80 }] } }
        from = "2026-01-01"
        "#,
    );
    let million = |tier: &str| {
        let request = RequestAttributes {
            service_tier: Some(tier),
            ..ANY
        };
        let prices = in_force(&book, ("openai", "o3"), request, NOON);
        texts(costs(&prices, &[("input_tokens", 1_000_000)], None))
    };
    assert_eq!(million("default"), ["1.9", "1.9", "2"]);
    assert_eq!(million("batch"), ["1", "1", "1"]);
    assert_eq!(million("flex"), ["0.8", "0.8", "1"]);
}

/// Currencies with rate and date: a price in euros costs dollars at the rate of the event's day.
#[test]
fn a_price_in_another_currency_follows_its_dated_rate() {
    let book = book(
        r#"
        [[currencies]]
        code = "EUR"
        usd_per_unit = "1.08"
        from = 2026-01-01

        [[currencies]]
        code = "EUR"
        usd_per_unit = "1.125"
        from = 2026-07-01T00:00:00Z

        [[rates]]
        id = "eu"
        provider = "openai"
        model = "gpt-4o"
        currency = "EUR"
        rates = { input_mtok = "2" }
        from = "2026-03-01"
        "#,
    );
    let at = |time| {
        let prices = in_force(&book, GPT, ANY, time);
        (
            prices.name.clone(),
            texts(costs(&prices, &[("input_tokens", 1_000_000)], None)),
        )
    };
    let (name, paid) = at("2026-06-30T23:59:59Z");
    assert_eq!(paid[0], "2.16");
    assert!(name.ends_with("|eu@2026-03-01"), "{name}");
    let (later, paid) = at("2026-07-01T00:00:00Z");
    assert_eq!(paid[0], "2.25");
    assert_eq!(name, later);
    assert_eq!(at("2026-02-28T00:00:00Z").1[0], "2.5");
}

#[test]
fn own_models_and_aliases_are_found_first() {
    let book = book(
        r#"
        [[models]]
        provider = "acme-ml"
        model = "ranker"
        match = { starts_with = "ranker" }
        rates = { input_mtok = "0.5" }
        from = "2026-01-01"

        [[models]]
        provider = "acme-ml"
        model = "ranker"
        rates = { input_mtok = "0.4" }
        from = "2026-06-01"

        [[aliases]]
        provider = "azure"
        name = "Prod-4o"
        model = "gpt-4o"

        [[aliases]]
        provider = "own-fleet"
        name = "assistant"
        model = "gpt-4o"
        target_provider = "openai"
        "#,
    );
    let name = |provider, model, time| in_force(&book, (provider, model), ANY, time).name;
    assert_eq!(
        name("ACME-ml", "Ranker-v2", "2026-05-31T12:00:00Z"),
        "acme-ml/ranker@2026-01-01"
    );
    assert_eq!(name("acme-ml", "ranker", NOON), "acme-ml/ranker@2026-06-01");
    assert_eq!(
        name("azure", "prod-4O", NOON),
        name("azure", "gpt-4o", NOON)
    );
    assert_eq!(
        name("own-fleet", "assistant", NOON),
        name("openai", "gpt-4o", NOON)
    );
    let entry = book.resolve("acme-ml", "ranker", &ANY).unwrap();
    assert!(book.rates_at(entry, 0).is_none(), "before its first price");
    assert!(book.resolve("own-fleet", "other", &ANY).is_none());
}

/// A regional endpoint's price, and a fallback to the default that is visible.
#[test]
fn a_region_without_a_rate_of_its_own_takes_the_default_and_says_so() {
    let plain = built_in();
    let region = |region: &'static str| RequestAttributes {
        region: Some(region),
        ..ANY
    };
    let found = |book: &PriceBook, provider: &str, model: &str, request| {
        in_force(book, (provider, model), request, NOON).price_match
    };
    // The provider sells this model under ids by region; a name with its region says it all.
    let model = "anthropic.claude-opus-5";
    assert_eq!(
        found(&plain, "aws", model, region("eu-west-1")),
        PriceMatch::Assumed
    );
    assert_eq!(found(&plain, "aws", model, region("")), PriceMatch::Exact);
    assert_eq!(found(&plain, "aws", model, ANY), PriceMatch::Exact);
    for named in [
        "eu.anthropic.claude-opus-5",
        "global.anthropic.claude-opus-5",
    ] {
        assert_eq!(
            found(&plain, "aws", named, region("eu-west-1")),
            PriceMatch::Exact
        );
    }
    assert_eq!(
        found(&plain, "openai", "gpt-4o", region("eu")),
        PriceMatch::Exact
    );
    let layered = book(
        r#"
        [[rates]]
        id = "eu"
        provider = "openai"
        model = "gpt-4o"
        when = { region = "eu" }
        rates = { input_mtok = "2.75" }
        from = "2026-01-01"
        "#,
    );
    assert_eq!(
        found(&layered, "openai", "gpt-4o", region("EU")),
        PriceMatch::Exact
    );
    assert_eq!(
        found(&layered, "openai", "gpt-4o", region("us")),
        PriceMatch::Assumed
    );
    assert_eq!(
        found(&layered, "openai", "o3", region("us")),
        PriceMatch::Exact
    );
}
