//! A line for each name that is near, or a sentence.

use schemas::price_book::PriceBook;

use super::nearest_models;

#[test]
fn a_line_for_each_name() {
    let book = PriceBook::built_in().unwrap();
    let text = nearest_models(&book, "gpt4o-mini");
    assert!(text.contains("\n  openai/gpt-4o-mini\n"), "{text}");
    assert!(text.lines().count() <= 6, "{text}");
    let text = nearest_models(&book, "zzzzzzzz");
    assert_eq!(text, "No model's name is near to \"zzzzzzzz\".\n");
}
