//! Slips and other endings are recognised; what is like nothing names nothing.

use schemas::price_book::PriceBook;

use super::nearest_models;

#[test]
fn a_slip_is_recognised() {
    let book = PriceBook::built_in().unwrap();
    for (slip, meant) in [
        ("gpt4o-mini", "openai/gpt-4o-mini"),
        ("Claude-Sonet-4-5", "anthropic/claude-sonnet-4-5"),
        ("openai/gpt-6-soll", "openai/gpt-6-sol"),
    ] {
        let text = nearest_models(&book, slip);
        assert!(text.contains(&format!("  {meant}")), "{slip}: {text}");
        assert!(text.lines().count() <= 6, "{text}");
    }
    let text = nearest_models(&book, "zzzzzzzz");
    assert!(text.starts_with("No model"), "{text}");
}
