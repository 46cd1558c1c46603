//! The built-in book: resolution, conditions, variants, and the arithmetic of charges.

use std::sync::OnceLock;

use crate::money::PicoUsd;
use crate::price_book::{
    Cost, EntryId, PriceBook, PriceMatch, PriceOutcome, RequestAttributes, Usage, price,
};
use crate::time::parse_rfc3339_us;
use crate::usage_unit::UsageUnit;

mod arithmetic;
mod books;
mod laws;

const NOW: &str = "2026-11-20T12:00:00Z";

fn book() -> &'static PriceBook {
    static BOOK: OnceLock<PriceBook> = OnceLock::new();
    BOOK.get_or_init(|| PriceBook::built_in().unwrap())
}

fn usage(counts: &[(&str, i64)]) -> Usage {
    let mut usage = Usage::new();
    for (name, count) in counts {
        usage.set_count(UsageUnit::from_name(name).unwrap(), *count);
    }
    usage
}

fn tier(tier: &str) -> RequestAttributes<'_> {
    RequestAttributes {
        service_tier: Some(tier),
        ..RequestAttributes::default()
    }
}

fn name_at(book: &PriceBook, entry: EntryId, time: &str) -> String {
    book.rates_at(entry, parse_rfc3339_us(time).unwrap())
        .unwrap()
        .name
}

/// What a request costs by the built-in book, in 10^-12 dollars.
fn outcome(
    (provider, model): (&str, &str),
    attributes: &RequestAttributes<'_>,
    time: &str,
    counts: &[(&str, i64)],
) -> PriceOutcome {
    let book = book();
    let entry = book.resolve(provider, model, attributes).unwrap();
    let in_force = book
        .rates_at(entry, parse_rfc3339_us(time).unwrap())
        .unwrap();
    price(&in_force.rates, &usage(counts))
}

fn priced(input: i128, output: i128, other: i128) -> PriceOutcome {
    PriceOutcome::Priced(Cost {
        input: PicoUsd(input),
        output: PicoUsd(output),
        other: PicoUsd(other),
    })
}

#[test]
fn the_built_in_book_is_named_by_its_content() {
    let first = PriceBook::built_in().unwrap();
    assert_eq!(first.id().len(), 64);
    assert_eq!(first.short_id(), &first.id()[..16]);
    assert_eq!(first.id(), book().id());
    assert_eq!(first.model_count(), 2_330);
}

#[test]
fn providers_are_found_by_name_then_by_clause() {
    let book = book();
    let none = RequestAttributes::default();
    let name = |provider, model| {
        let entry = book.resolve(provider, model, &none)?;
        Some(name_at(book, entry, NOW))
    };
    assert_eq!(name("openai", "gpt-4o"), name(" OpenAI ", "GPT-4o"));
    assert_eq!(name("openai", "gpt-4o"), name("azure.ai.openai", "gpt-4o"));
    assert!(
        name("x-ai", "grok-4.3")
            .unwrap()
            .starts_with("x-ai/grok-4.3")
    );
    assert_eq!(name("xai", "grok-4.3"), name("x-ai", "grok-4.3"));
    assert!(
        name("vertex_ai", "gemini-2.5-pro")
            .unwrap()
            .starts_with("google/gemini-2.5-pro")
    );
    // The more specific of two names that contain each other is a name of its own.
    assert!(
        name("huggingface_groq", "openai/gpt-oss-120b")
            .unwrap()
            .starts_with("huggingface_groq/")
    );
}

#[test]
fn models_of_other_providers_are_sold_at_their_ordinary_price() {
    let book = book();
    let entry = book.resolve("azure", "gpt-6-sol", &tier("batch")).unwrap();
    let in_force = book
        .rates_at(entry, parse_rfc3339_us(NOW).unwrap())
        .unwrap();
    assert_eq!(in_force.name, "openai/gpt-6-sol");
    assert_eq!(in_force.price_match, PriceMatch::Assumed);
    let entry = book
        .resolve("azure", "gpt-6-sol", &tier("default"))
        .unwrap();
    let in_force = book.rates_at(entry, 0).unwrap();
    assert_eq!(in_force.price_match, PriceMatch::Exact);
}

// FIELD 37: a model that nobody knows has no price; it is not free, and it is not taken for another.
#[test]
fn unknown_models_have_no_price() {
    let book = book();
    let none = RequestAttributes::default();
    for (provider, model) in [
        ("openai", "my-own-model"),
        ("own-fleet", "gpt-4o"),
        ("", "gpt-4o"),
        ("openai", ""),
        ("deepl", "deepl-pro"),
    ] {
        assert_eq!(
            book.resolve(provider, model, &none),
            None,
            "{provider}/{model}"
        );
    }
}

// FIELD 33, 34: what an event cost is decided by its own time, not by today's price.
#[test]
fn the_price_at_the_event_time_is_charged() {
    let book = book();
    let entry = book
        .resolve("x-ai", "grok-4.20", &RequestAttributes::default())
        .unwrap();
    assert_eq!(
        name_at(book, entry, "2026-04-29T23:59:59.999999Z"),
        "x-ai/grok-4.20"
    );
    assert_eq!(
        name_at(book, entry, "2026-04-30T00:00:00Z"),
        "x-ai/grok-4.20@2026-04-30"
    );
    let counts = [("input_tokens", 1_000), ("output_tokens", 100)];
    let cost = |time| {
        outcome(
            ("x-ai", "grok-4.20"),
            &RequestAttributes::default(),
            time,
            &counts,
        )
    };
    assert_eq!(
        cost("2026-04-29T23:59:59Z"),
        priced(2_000_000_000, 600_000_000, 0)
    );
    assert_eq!(
        cost("2026-04-30T00:00:00Z"),
        priced(1_250_000_000, 250_000_000, 0)
    );
}

#[test]
fn the_last_price_that_holds_is_in_force() {
    let book = book();
    let entry = book
        .resolve("deepseek", "deepseek-v4-pro", &RequestAttributes::default())
        .unwrap();
    let name = |time| name_at(book, entry, time);
    assert_eq!(name("2026-08-16T00:59:59Z"), "deepseek/deepseek-v4-pro");
    assert_eq!(
        name("2026-08-17T00:59:59Z"),
        "deepseek/deepseek-v4-pro@2026-08-17"
    );
    assert_eq!(
        name("2026-08-17T01:00:00Z"),
        "deepseek/deepseek-v4-pro@01:00Z-04:00Z"
    );
    assert_eq!(
        name("2026-08-17T04:00:00Z"),
        "deepseek/deepseek-v4-pro@2026-08-17"
    );
    assert_eq!(
        name("2026-08-17T09:59:59Z"),
        "deepseek/deepseek-v4-pro@06:00Z-10:00Z"
    );
}

// Of several dated variants of one kind the newest stands first, and the first in force is taken.
#[test]
fn the_first_variant_in_force_is_taken() {
    let book = book();
    let entry = book
        .resolve("google", "gemini-4-argon", &tier("batch"))
        .unwrap();
    let name = |time| name_at(book, entry, time);
    assert!(name("2026-10-13T00:00:00Z").starts_with("google/gemini-4-argon"));
    assert!(!name("2026-10-13T00:00:00Z").contains("batch"));
    assert!(name("2026-10-14T00:00:00Z").ends_with("+processing=batch@2026-10-14"));
    assert!(name("2026-12-01T00:00:00Z").ends_with("+processing=batch@2026-12-01"));
    let counts = [("input_tokens", 1_000), ("output_tokens", 10)];
    let cost = |time| outcome(("google", "gemini-4-argon"), &tier("batch"), time, &counts);
    assert_eq!(
        cost("2026-11-30T23:59:59Z"),
        priced(1_000_000_000, 50_000_000, 0)
    );
    assert_eq!(
        cost("2026-12-01T00:00:00Z"),
        priced(2_000_000_000, 100_000_000, 0)
    );
}

#[test]
fn attributes_select_variants() {
    let book = book();
    let entry = |provider, model, attributes: RequestAttributes<'_>| {
        let entry = book.resolve(provider, model, &attributes).unwrap();
        let in_force = book
            .rates_at(entry, parse_rfc3339_us(NOW).unwrap())
            .unwrap();
        (in_force.name, in_force.price_match)
    };
    let by = |set: fn(&mut RequestAttributes<'static>)| {
        let mut attributes = RequestAttributes::default();
        set(&mut attributes);
        attributes
    };
    let fast = by(|attributes| attributes.speed = Some("fast"));
    let (name, _) = entry("anthropic", "claude-opus-5", fast);
    assert_eq!(name, "anthropic/claude-opus-5+speed=fast");
    let route = by(|attributes| attributes.route = Some("mistral/eu"));
    let (name, _) = entry("openrouter", "mistralai/mistral-large-4-0", route);
    assert!(name.ends_with("+route=mistral/eu@2026-11-03"), "{name}");
    let processing = by(|attributes| attributes.processing = Some("batch"));
    assert_eq!(
        entry("openai", "o3", processing),
        entry("openai", "o3", tier("BATCH"))
    );
    assert_eq!(entry("openai", "o3", tier("flex")).1, PriceMatch::Exact);
    assert_eq!(entry("openai", "o3", tier("scale")).1, PriceMatch::Assumed);
    assert_eq!(
        entry("openai", "gpt-4", tier("priority")).1,
        PriceMatch::Assumed
    );
    for ordinary in ["default", "standard", "auto", "Auto", ""] {
        assert_eq!(
            entry("openai", "o3", tier(ordinary)).1,
            PriceMatch::Exact,
            "{ordinary}"
        );
        assert_eq!(
            entry("openai", "o3", tier(ordinary)).0,
            "openai/o3@2025-06-10"
        );
    }
}
