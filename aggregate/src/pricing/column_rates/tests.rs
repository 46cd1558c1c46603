//! The fast arithmetic says what the exact one says, or nothing.

use std::sync::OnceLock;

use proptest::prelude::*;
use schemas::price_book::{PriceBook, PriceOutcome, RequestAttributes, Usage, price};

use super::{COLUMN_UNITS, COLUMNS, ColumnRates, Counters};

/// Models with one rate, with tiers, with cache lifetimes, with a price per request, with an own
/// rate for reasoning, free, and dear.
const MODELS: [(&str, &str); 9] = [
    ("openai", "gpt-4o-mini"),
    ("openai", "gpt-6-sol"),
    ("anthropic", "claude-sonnet-4-5"),
    ("perplexity", "sonar"),
    ("perplexity", "sonar-deep-research"),
    ("github-copilot", "gpt-4o"),
    ("openai", "o1-pro"),
    ("google", "gemini-2.5-pro"),
    ("voyageai", "voyage-3"),
];

/// A discount that makes most rates end behind twelve places, and a fleet whose rates never end.
const OPERATOR: &str = r#"
[[discounts]]
id = "d"
percent = "12.3456"
from = "2020-01-01"

[[fleets]]
id = "f"
gpu = "H100"
count = 7
usd_per_gpu_hour = "3.43"
terms = "reserved"
provider = "own"
models = ["m"]
input_tokens_per_second = "7000"
output_tokens_per_second = "1100"
expected_utilisation = "0.6"
from = "2020-01-01"
"#;
/// The models at list and at a discount, and the fleet's.
const RATES: usize = 2 * MODELS.len() + 1;

fn rates(place: usize) -> &'static schemas::price_book::Rates {
    static RATES: OnceLock<Vec<schemas::price_book::Rates>> = OnceLock::new();
    let all = RATES.get_or_init(|| {
        let book = PriceBook::built_in().unwrap();
        let operator = PriceBook::built_in()
            .unwrap()
            .with_operator(OPERATOR)
            .unwrap();
        let rates = |book: &PriceBook, (provider, model): (&str, &str)| {
            let entry = book
                .resolve(provider, model, &RequestAttributes::default())
                .unwrap();
            book.rates_at(entry, 1_795_176_000_000_000).unwrap().rates
        };
        let mut all: Vec<_> = MODELS.iter().map(|name| rates(&book, *name)).collect();
        all.extend(MODELS.iter().map(|name| rates(&operator, *name)));
        all.push(rates(&operator, ("own", "m")));
        all
    });
    &all[place]
}

fn count() -> impl Strategy<Value = Option<i64>> {
    let small = 0_i64..10;
    let edge = prop_oneof![199_990_i64..200_010, 271_990_i64..272_010];
    prop_oneof![
        3 => small.prop_map(Some),
        2 => edge.prop_map(Some),
        2 => (0_i64..1_000_000).prop_map(Some),
        1 => any::<i64>().prop_map(Some),
        4 => Just(None),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]
    #[test]
    fn fast_and_exact_arithmetic_agree(
        model in 0..RATES,
        values in prop::array::uniform7(count()),
    ) {
        let mut counters = Counters { values: [0; COLUMNS], reported: 0 };
        let mut usage = Usage::new();
        for (at, value) in values.into_iter().enumerate() {
            if let Some(value) = value {
                counters.values[at] = value;
                counters.reported |= 1 << at;
                usage.set_count(COLUMN_UNITS[at], value);
            }
        }
        let fast = ColumnRates::new(rates(model)).unwrap().price(&counters);
        let exact = price(rates(model), &usage);
        match (fast, exact) {
            (Some(fast), exact) => prop_assert_eq!(PriceOutcome::Priced(fast), exact),
            (None, PriceOutcome::Invalid(_)) => {}
            (None, PriceOutcome::Priced(_)) => {
                let huge = values.into_iter().flatten().any(|value| value >= 1 << 60);
                prop_assert!(huge, "left to the exact arithmetic without need");
            }
        }
    }
}
