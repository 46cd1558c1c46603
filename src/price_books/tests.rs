//! Which book is loaded, and which is refused.

use schemas::price_book::PriceBook;

use super::{BookRefused, facts, is_facts_name, load};
use crate::config::Prices;

const FACTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/schemas/prices/price-facts.json"
);
const DOCUMENTATION: &str = include_str!("../../docs/prices.md");
const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/prices.example.toml");

fn prices(book: &str, book_id: &str, operator_book: &str) -> Prices {
    Prices {
        book: book.to_owned(),
        book_id: book_id.to_owned(),
        operator_book: operator_book.to_owned(),
    }
}

fn refusal(prices: &Prices) -> String {
    let error = load(prices).unwrap_err();
    assert!(error.is::<BookRefused>(), "{error:#}");
    error.to_string()
}

#[test]
fn without_a_file_the_prices_of_the_program_count() {
    let built_in = PriceBook::built_in().unwrap();
    assert_eq!(load(&prices("", "", "")).unwrap().id(), built_in.id());
}

/// Price updates are diffs to approve: a feed that changes by itself prices nothing.
#[test]
fn a_file_must_be_approved_by_its_id() {
    let id = PriceBook::built_in().unwrap().id().to_owned();
    for approved in [id.as_str(), &id[..16]] {
        assert_eq!(load(&prices(FACTS, approved, "")).unwrap().id(), id);
    }
    for approved in ["", &id[..15], "0123456789abcdef"] {
        let refused = refusal(&prices(FACTS, approved, ""));
        assert!(
            refused.contains("tokenmeter prices diff built-in"),
            "{refused}"
        );
        assert!(
            refused.contains(&format!("prices.book_id = \"{id}\"")),
            "{refused}"
        );
    }
    assert!(refusal(&prices("/no/such.json", "", "")).contains("/no/such.json"));
}

/// As the lake keeps books: a file from there is the same book without being unpacked first.
#[test]
fn a_packed_file_is_the_same_book() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.json.zst");
    let operator = std::fs::read_to_string(EXAMPLE).unwrap();
    let kept = PriceBook::built_in().unwrap().with_operator(&operator);
    let kept = kept.unwrap();
    std::fs::write(&path, zstd::encode_all(kept.source(), 3).unwrap()).unwrap();
    let path = path.display().to_string();
    let read = facts(&path).unwrap();
    assert_eq!(read.id(), kept.id());
    assert!(read.has_operator());
    std::fs::write(&path, &zstd::encode_all(kept.source(), 3).unwrap()[..100]).unwrap();
    let refused = refusal(&prices(&path, "", ""));
    assert!(
        refused.starts_with("cannot read the price facts"),
        "{refused}"
    );
}

#[test]
fn only_facts_have_names_of_facts() {
    for name in ["a.json", "B.JSON", "x/1f.json.zst"] {
        assert!(is_facts_name(name), "{name}");
    }
    for name in ["a.toml", "json", "a.zst", "a.json.toml"] {
        assert!(!is_facts_name(name), "{name}");
    }
}

#[test]
fn the_example_of_an_operator_s_book_loads() {
    let book = load(&prices("", "", EXAMPLE)).unwrap();
    assert_ne!(book.id(), PriceBook::built_in().unwrap().id());
    assert!(!book.entries().is_empty());
}

#[test]
fn a_wrong_operator_s_book_is_refused_with_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prices.toml");
    std::fs::write(&path, "[[rates]]\n\n[[discount]]\n").unwrap();
    let path = path.display().to_string();
    let refused = refusal(&prices("", "", &path));
    assert!(
        refused.contains(&format!("{path}:3: unknown section")),
        "{refused}"
    );
}

/// Three faults in one file are three lines, not one after the other.
#[test]
fn wrong_facts_are_refused_with_every_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facts.json");
    let facts = r#"{"units": [
{"usage": "input_tokens", "rate": "input", "per": 1, "dimensions": {}}], "providers": [
{"provider": "p", "models": [
 {"model": "a", "match": {"equals": "a"}, "prices": [{"rates": {"inptu": "1"}}]},
 {"model": "b", "match": {"regex": "("}, "prices": [{"rates": {"input": "1"}}]},
 {"model": "c", "prices": []}]}]}"#;
    std::fs::write(&path, facts).unwrap();
    let path = path.display().to_string();
    let refused = refusal(&prices(&path, "", ""));
    assert!(
        refused.starts_with("3 things are wrong with the price facts\n"),
        "{refused}"
    );
    for part in [
        ":4: the price book's entry p/a: rate \"inptu\" is unknown",
        ":5: a pattern of p/b is no regular expression",
        ":6: p, models[2]: missing field `match`",
    ] {
        assert!(refused.contains(&format!("{path}{part}")), "{refused}");
    }
}

/// What the documentation shows can be written into a book as it stands.
#[test]
fn the_examples_of_the_documentation_are_right() {
    let blocks = DOCUMENTATION.split("```toml\n").skip(1);
    let blocks = blocks.filter_map(|block| block.split("```").next());
    let entries: String = blocks.filter(|block| block.starts_with("[[")).collect();
    assert!(entries.matches("[[").count() >= 4, "{entries}");
    let book = PriceBook::built_in().unwrap().with_operator(&entries);
    assert!(book.is_ok(), "{book:?}");
}
