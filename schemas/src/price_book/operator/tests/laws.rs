//! What holds for any operator's book and any model.

use std::fmt::Write;
use std::sync::OnceLock;

use proptest::prelude::{
    Just, ProptestConfig, Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest,
};

use super::{book, costs};
use crate::price_book::{CallCosts, PriceBook, RequestAttributes};
use crate::time::parse_rfc3339_us;

const MODELS: [(&str, &str); 5] = [
    ("openai", "gpt-4o"),
    ("openai", "o3"),
    ("anthropic", "claude-opus-5"),
    ("google", "gemini-2.5-pro"),
    ("deepseek", "deepseek-v4-pro"),
];

fn scope() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just(""),
        Just("provider = \"openai\"\n"),
        Just("model = { contains = \"o\" }\n"),
        Just("when = { account = \"a\" }\n"),
        Just("provider = \"google\"\nwhen = { region = \"eu\" }\n"),
    ]
}

/// The book without an operator's.
fn plain() -> &'static PriceBook {
    static BOOK: OnceLock<PriceBook> = OnceLock::new();
    BOOK.get_or_init(super::built_in)
}

/// Any discount, in ten-thousandths of a percent.
fn discount() -> impl Strategy<Value = String> {
    (0_u32..=1_000_000, scope()).prop_map(|(percent, scope)| {
        let (whole, part) = (percent / 10_000, percent % 10_000);
        let mut text = String::new();
        writeln!(
            text,
            "[[discounts]]\nid = \"d\"\npercent = \"{whole}.{part:04}\""
        )
        .unwrap();
        writeln!(text, "{scope}from = 2020-01-01").unwrap();
        text
    })
}

/// An input rate in cents per million tokens.
fn negotiated(model: usize, cents: u32) -> String {
    let (provider, model) = MODELS[model];
    format!(
        "[[rates]]\nid = \"r\"\nprovider = \"{provider}\"\nmodel = \"{model}\"\n\
         rates = {{ input_mtok = \"{}.{:02}\" }}\nfrom = 2020-01-01\n",
        cents / 100,
        cents % 100
    )
}

fn at(book: &PriceBook, model: usize, counts: &[(&str, i64)]) -> CallCosts {
    let request = RequestAttributes {
        account: Some("a"),
        region: Some("eu"),
        ..RequestAttributes::default()
    };
    let (provider, name) = MODELS[model];
    let entry = book.resolve(provider, name, &request).unwrap();
    let time_us = parse_rfc3339_us("2026-11-20T12:00:00Z").unwrap();
    costs(&book.rates_at(entry, time_us).unwrap(), counts, None)
}

proptest! {
    // Each case reads a whole book.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_discount_never_raises_a_cost_and_leaves_the_list(
        text in discount(),
        model in 0..MODELS.len(),
        input in 0_i64..3_000_000,
        cached in 0_i64..3_000_000,
        output in 0_i64..300_000,
    ) {
        let counts = [
            ("input_tokens", input + cached),
            ("cache_read_tokens", cached),
            ("output_tokens", output),
        ];
        let before = at(plain(), model, &counts);
        let after = at(&book(&text), model, &counts);
        prop_assert_eq!(after.list, before.list);
        prop_assert!(after.contracted <= before.contracted);
        prop_assert!(after.contracted.0 >= 0);
        prop_assert_eq!(after.paid.total(), after.contracted);
    }

    #[test]
    fn an_override_touches_only_its_unit(
        model in 0..MODELS.len(),
        cents in 0_u32..2_000,
        input in 0_i64..3_000_000,
        output in 0_i64..300_000,
    ) {
        let book = book(&negotiated(model, cents));
        let counts = [("input_tokens", input), ("output_tokens", output)];
        let (before, after) = (at(plain(), model, &counts), at(&book, model, &counts));
        prop_assert_eq!(after.paid.output, before.paid.output);
        prop_assert_eq!(after.paid.other, before.paid.other);
        // A cent per million tokens is 10^4 pico-dollars a token.
        prop_assert_eq!(after.paid.input.0, i128::from(input) * i128::from(cents) * 10_000);
        for other in (0..MODELS.len()).filter(|other| *other != model) {
            prop_assert_eq!(at(&book, other, &counts), at(plain(), other, &counts));
        }
    }

    /// Within one tier a cost never falls when a count grows.
    #[test]
    fn costs_grow_with_counts(
        text in discount(),
        model in 0..MODELS.len(),
        cents in 0_u32..2_000,
        input in 0_i64..100_000,
        more in 0_i64..100_000,
        output in 0_i64..10_000,
    ) {
        let book = book(&format!("{text}{}", negotiated(model, cents)));
        let cost = |input: i64| {
            at(&book, model, &[("input_tokens", input), ("output_tokens", output)])
        };
        let (less, more) = (cost(input), cost(input + more));
        prop_assert!(less.paid.total() <= more.paid.total());
        prop_assert!(less.contracted <= more.contracted);
        prop_assert!(less.list <= more.list);
    }
}
