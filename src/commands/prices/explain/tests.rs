//! A stored cost is compared with the sum, and whose book it is by is said.

use std::sync::Arc;

use aggregate::pricing::Pricer;
use arrow::array::{Decimal128Array, RecordBatch};
use ingest::decode::{DecodeOptions, NativeDecoder, RawRecord};
use ingest::dedup::{DedupIndex, DedupLimits};
use schemas::money::money_type;
use schemas::price_book::PriceBook;

use super::{Verdict, explain, text};

const SMALL_BOOK: &str = r#"{"units": [{"usage": "input_tokens", "rate": "input", "per": 1000000,
    "dimensions": {"family": "tokens", "direction": "input"}}],
    "providers": [{"provider": "openai", "source_urls": ["https://example.com/prices"],
    "models": [{"model": "o3", "match": {"equals": "o3"}, "prices": [{"rates": {"input": "3"}}]}]}]}"#;

fn built_in() -> Arc<PriceBook> {
    Arc::new(PriceBook::built_in().unwrap())
}

/// An event as the lake has it once a book has priced it.
fn stored(book: Arc<PriceBook>) -> RecordBatch {
    let line = br#"{"event_id":"call-1","event_time":"2026-11-20T12:00:00Z","provider":"openai",
        "model":"o3","input_tokens":1000}"#;
    let record = RawRecord {
        partition: 0,
        offset: 0,
        time_us: None,
        key: None,
        payload: Some(line),
    };
    let mut decoder = NativeDecoder::new("t", "t", DecodeOptions::default());
    let mut dedup = DedupIndex::new(DedupLimits::default());
    let decoded = decoder.decode(&record, &Vec::new, &mut dedup);
    assert!(matches!(decoded, ingest::decode::Decoded::Event { .. }));
    let events = decoder.finish().unwrap();
    Pricer::new(book).price(&events).unwrap()
}

/// The verdict, and what is said of an event.
fn explained(stored: &RecordBatch, book: Arc<PriceBook>) -> (Verdict, String) {
    let mut pricer = Pricer::new(Arc::clone(&book));
    let explained = explain(&mut pricer, &book, stored).unwrap().remove(0);
    (explained.verdict, text(&explained))
}

#[test]
fn the_same_book_gives_the_stored_cost() {
    let (verdict, text) = explained(&stored(built_in()), built_in());
    assert_eq!(verdict, Verdict::Equal);
    for part in [
        "event    call-1\n",
        "entry    openai/o3@2025-06-10\n",
        "input_tokens   1000     2  1000000  0.002000000000\n",
        "source   https://",
        "stored   0.002000000000, equal to the last digit\n",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

/// The stored event with one of its costs off by the last place.
fn spoiled(column: &str) -> RecordBatch {
    let stored = stored(built_in());
    let at = stored.schema().index_of(column).unwrap();
    let mut columns = stored.columns().to_vec();
    let cost = Decimal128Array::from(vec![2_000_000_001]).with_data_type(money_type());
    columns[at] = Arc::new(cost);
    RecordBatch::try_new(stored.schema(), columns).unwrap()
}

/// A discount leaves the list price beside what is paid.
#[test]
fn prices_that_differ_stand_below_the_sum() {
    let operator = "[[discounts]]\nid = \"egp\"\npercent = \"10\"\nprovider = \"openai\"\n\
                    from = \"2026-01-01\"\n";
    let book = PriceBook::built_in().unwrap().with_operator(operator);
    let book = Arc::new(book.unwrap());
    let (verdict, text) = explained(&stored(Arc::clone(&book)), book);
    assert_eq!(verdict, Verdict::Equal);
    let totals: Vec<_> = text
        .lines()
        .filter(|line| {
            ["sum ", "contracted ", "at list "]
                .iter()
                .any(|name| line.starts_with(name))
        })
        .filter_map(|line| line.split_whitespace().last())
        .collect();
    let paid = "0.001800000000";
    assert_eq!(totals, [paid, paid, "0.002000000000"], "{text}");
    let (_, text) = explained(&stored(built_in()), built_in());
    assert!(!text.contains("at list"), "{text}");
}

#[test]
fn another_cost_by_the_same_book_is_told() {
    for column in ["list_cost_usd", "contracted_cost_usd"] {
        let (verdict, _) = explained(&spoiled(column), built_in());
        assert_eq!(verdict, Verdict::Different, "{column}");
    }
    let (verdict, text) = explained(&spoiled("cost_usd"), built_in());
    assert_eq!(verdict, Verdict::Different);
    assert!(
        text.contains("stored   0.002000000001, DIFFERENT"),
        "{text}"
    );
}

#[test]
fn another_book_is_named() {
    let small = Arc::new(PriceBook::from_json(SMALL_BOOK.as_bytes()).unwrap());
    let (verdict, text) = explained(&stored(built_in()), Arc::clone(&small));
    assert_eq!(verdict, Verdict::AnotherBook);
    let said = format!("priced by another book, {}", built_in().short_id());
    assert!(text.contains(&said), "{text}");
    assert!(
        text.contains("source   https://example.com/prices"),
        "{text}"
    );
    assert!(text.contains("0.003000000000"), "{text}");
}
