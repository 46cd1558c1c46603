//! What is shown of a model: its rates, tiers, variants and dates, and what of it is in force.

use schemas::price_book::PriceBook;
use schemas::time::parse_rfc3339_us;

use super::text_of;

fn shown(model: &str, provider: Option<&str>, time: &str) -> Vec<String> {
    let book = PriceBook::built_in().unwrap();
    let listings = book.list(model, provider, parse_rfc3339_us(time).unwrap());
    listings.iter().map(text_of).collect()
}

#[test]
fn a_model_of_one_provider() {
    let text = shown("gemini-2.5-pro", Some("google"), "2026-11-20T12:00:00Z").concat();
    for part in [
        "\ngoogle/gemini-2.5-pro\n",
        "  source https://",
        "* price\n",
        "    input_tokens                           1.25 USD per 1000000\n",
        "                                            2.5 if the input exceeds 200000 tokens\n",
        "variant +processing=batch",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn the_price_in_force_has_a_star() {
    let starred = |time| {
        let text = shown("deepseek-v4-pro", Some("deepseek"), time).concat();
        let lines = text.lines().filter(|line| line.starts_with('*'));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(starred("2026-08-16T00:00:00Z"), ["* price"]);
    assert_eq!(starred("2026-08-17T00:59:59Z"), ["* price @2026-08-17"]);
    assert_eq!(starred("2026-08-17T01:00:00Z"), ["* price @01:00Z-04:00Z"]);
    let text = shown("gemini-4-argon", Some("google"), "2026-12-02T00:00:00Z").concat();
    assert!(
        text.contains("* variant +processing=batch@2026-12-01"),
        "{text}"
    );
    assert!(
        text.contains("  variant +processing=batch@2026-10-14"),
        "{text}"
    );
}

#[test]
fn a_name_is_shown_for_every_provider_that_knows_it() {
    let all = shown("gpt-4o", None, "2026-11-20T12:00:00Z");
    assert!(all.len() > 1);
    assert!(all.iter().any(|text| text.starts_with("\nopenai/gpt-4o\n")));
    // What a provider sells of another one is shown as the other one's.
    let sold = shown("gpt-6-sol", Some("azure"), "2026-11-20T12:00:00Z");
    assert!(sold[0].starts_with("\nopenai/gpt-6-sol\n"), "{sold:?}");
    // Other providers sell models under names that look like an entry's.
    let both = shown("OpenAI/o3", None, "2026-11-20T12:00:00Z");
    let names = ["\nopenai/o3\n", "\nopenrouter/openai/o3\n"];
    for name in names {
        assert!(both.iter().any(|text| text.starts_with(name)), "{both:?}");
    }
    assert!(shown("nobody-knows", None, "2026-11-20T12:00:00Z").is_empty());
}
