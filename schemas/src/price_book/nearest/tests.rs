//! Slips and other endings are recognised; what is like nothing names nothing.

use crate::price_book::PriceBook;

#[test]
fn a_slip_is_recognised() {
    let book = PriceBook::built_in().unwrap();
    for (slip, meant) in [
        ("gpt4o-mini", "openai/gpt-4o-mini"),
        (" Claude-Sonet-4-5 ", "anthropic/claude-sonnet-4-5"),
        ("openai/gpt-6-soll", "openai/gpt-6-sol"),
    ] {
        let names = book.nearest_models(slip, 5);
        assert!(names.contains(&meant), "{slip}: {names:?}");
        assert!(names.len() <= 5, "{names:?}");
    }
    assert!(book.nearest_models("zzzzzzzz", 5).is_empty());
}

#[test]
fn the_nearest_comes_first() {
    let book = PriceBook::built_in().unwrap();
    let names = book.nearest_models("openai/gpt-6-soll", 3);
    assert_eq!(names.first(), Some(&"openai/gpt-6-sol"));
    assert_eq!(names[..2], book.nearest_models("openai/gpt-6-soll", 2));
}
