//! Calls on commitments and fleets: what they cost, and when they do not cover a call.

use super::{ANY, GPT, NOON, book, costs, in_force, texts, usage};
use crate::money::PicoUsd;
use crate::price_book::{CostOutcome, PriceMatch, RequestAttributes};
use crate::time::parse_rfc3339_us;
use crate::usage_unit::QUANTITY_ONE;

/// Provisioned throughput: a flat price by the hour, calls at its amortised rate, whatever they use.
#[test]
fn a_commitment_serves_at_its_amortised_rate() {
    let book = book(
        r#"
        [[commitments]]
        id = "ptu"
        kind = "provisioned"
        provider = "azure"
        model = "gpt-4o"
        when = { deployment = "prod" }
        price = "1.2"
        per = "hour"
        units = 50
        input_tokens_per_minute = 2000
        output_tokens_per_minute = 500
        from = "2026-11-01"
        until = "2026-12-01"
        "#,
    );
    let request = RequestAttributes {
        deployment: Some("Prod"),
        ..ANY
    };
    let prices = in_force(&book, ("azure", "gpt-4o"), request, NOON);
    assert_eq!(prices.name, "commitment:ptu/2026-11-01");
    assert_eq!(prices.price_match, PriceMatch::Exact);
    // 1.20 an hour is 0.02 a minute, for 2,000 tokens of input: 10 dollars per million.
    let counts = [("input_tokens", 1_000_000), ("cache_read_tokens", 400_000)];
    assert_eq!(texts(costs(&prices, &counts, None)), ["10", "2", "2"]);
    let spilled = in_force(&book, ("azure", "gpt-4o"), ANY, NOON);
    assert!(
        spilled.other.is_none(),
        "another deployment is priced per token"
    );
    let ended = in_force(&book, ("azure", "gpt-4o"), request, "2026-12-01T00:00:00Z");
    assert!(ended.other.is_none());
}

#[test]
fn a_monthly_commitment_is_spread_over_the_month_it_is_in() {
    let book = book(
        r#"
        [[commitments]]
        id = "scale"
        kind = "scale_tier"
        provider = "openai"
        model = "gpt-4o"
        price = "43200"
        per = "month"
        input_tokens_per_minute = "1000"
        output_tokens_per_minute = "500"
        input_price_percent = "75"
        from = "2026-01-01"
        "#,
    );
    let one = [("input_tokens", 1_000)];
    // A month of 30 days has 43,200 minutes: a dollar each, three quarters of it for input.
    let november = in_force(&book, GPT, ANY, NOON);
    assert_eq!(
        costs(&november, &one, None).paid.total(),
        PicoUsd(750_000_000_000)
    );
    let minute = [("output_tokens", 500)];
    assert_eq!(
        costs(&november, &minute, None).paid.total(),
        PicoUsd(250_000_000_000)
    );
    let start_us = parse_rfc3339_us("2026-11-01T00:00:00Z").unwrap();
    let end_us = parse_rfc3339_us("2026-12-01T00:00:00Z").unwrap();
    assert_eq!(
        (november.span.start_us, november.span.end_us),
        (start_us, end_us)
    );
    // One of 31 days has more minutes for the same money; the rate does not end within 12 places.
    let december = in_force(&book, GPT, ANY, "2026-12-01T00:00:00Z");
    let expected = PicoUsd(750_000_000_000 * 30 / 31 + 1);
    assert_eq!(costs(&december, &one, None).paid.total(), expected);
}

#[test]
fn a_minimum_spend_changes_no_price_and_is_named() {
    let book = book(
        r#"
        [[commitments]]
        id = "floor"
        kind = "minimum_spend"
        provider = "openai"
        price = "1000"
        per = "month"
        from = "2026-01-01"
        "#,
    );
    let prices = in_force(&book, GPT, ANY, NOON);
    assert!(
        prices.name.ends_with("|minimum_spend:floor"),
        "{}",
        prices.name
    );
    assert!(prices.other.is_none());
}

const FLEETS: &str = r#"
    [[fleets]]
    id = "fra"
    gpu = "H100"
    count = 8
    usd_per_gpu_hour = "3.60"
    terms = "reserved"
    provider = "own-fleet"
    models = ["llama-4", { starts_with = "mixtral-" }]
    input_tokens_per_second = "20000"
    output_tokens_per_second = "4000"
    expected_utilisation = "0.5"
    from = "2026-01-01"

    [[fleets]]
    id = "lab"
    gpu = "B200"
    count = 1
    usd_per_gpu_hour = "5.62"
    terms = "on_demand"
    provider = "own-fleet"
    models = ["tiny"]
    from = "2026-01-01"

    [[aliases]]
    provider = "own-fleet"
    name = "mixtral-9"
    model = "gpt-4o"
    target_provider = "openai"
"#;

/// Self-hosted models cost what the fleet costs, with the price of the same at a provider beside it.
#[test]
fn a_fleet_prices_by_gpu_time_or_by_the_token() {
    let book = book(FLEETS);
    let llama = in_force(&book, ("Own-Fleet", "LLaMA-4"), ANY, NOON);
    assert_eq!(llama.name, "fleet:fra/2026-01-01");
    // Eight at 3.60 are 0.008 a second; half of 20,000 tokens a second are 0.8 per million.
    let million = [("input_tokens", 1_000_000)];
    assert_eq!(texts(costs(&llama, &million, None)), ["0.8", "0.8", "0.8"]);
    // With GPU time that counts: a tenth of a cent a second.
    let by_time = costs(&llama, &million, Some(2_000));
    assert_eq!(by_time.paid.other, PicoUsd(2_000_000_000_000));
    assert_eq!(texts(by_time), ["2", "2", "2"]);
    let time = llama.gpu_time(Some(2_000 * QUANTITY_ONE)).unwrap().unwrap();
    assert_eq!(
        (time.cost, time.dollars().as_str()),
        (by_time.paid.total(), "3.6")
    );
    assert_eq!(llama.gpu_time(None), Ok(None));
    // The API's price of the same model stands beside it as the list price.
    let mixtral = in_force(&book, ("own-fleet", "mixtral-9"), ANY, NOON);
    assert_eq!(
        texts(costs(&mixtral, &million, None)),
        ["0.8", "2.5", "2.5"]
    );
    assert_eq!(texts(costs(&mixtral, &[], Some(1_000))), ["1", "1", "1"]);
    assert!(book.resolve("own-fleet", "unknown", &ANY).is_none());
}

#[test]
fn a_fleet_without_throughput_needs_gpu_time() {
    let book = book(FLEETS);
    let tiny = in_force(&book, ("own-fleet", "tiny"), ANY, NOON);
    let tokens = usage(&[("input_tokens", 1_000)]);
    assert_eq!(tiny.price(&tokens, None), CostOutcome::Unpriced);
    assert_eq!(texts(costs(&tiny, &[], Some(3_600)))[0], "5.62");
    // A third of a pico-dollar more or less: rounded once.
    let paid = costs(&tiny, &[], Some(1)).paid.total();
    assert_eq!(paid, PicoUsd(1_561_111_111));
    assert!(matches!(
        tiny.price(&tokens, Some(-QUANTITY_ONE)),
        CostOutcome::Invalid(_)
    ));
    let entry = book.resolve("own-fleet", "tiny", &ANY).unwrap();
    assert!(book.rates_at(entry, 0).is_none(), "before the fleet");
}
