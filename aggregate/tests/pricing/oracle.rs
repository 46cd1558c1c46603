//! The stage against an oracle that was written from the facts alone, in another language.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use aggregate::pricing::Pricer;
use schemas::price_book::PriceBook;
use serde_json::Value;

use crate::event::{Event, Priced, batch, rows};
use crate::requests::{Random, requests};

const BATCH_ROWS: usize = 1_000;

/// The checkout that cargo runs the tests of: one target folder may serve several.
fn repository() -> PathBuf {
    let package = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
    package.parent().unwrap().to_path_buf()
}

/// What `tests/oracle/prices.py` answers. Python 3 must be there: nothing is skipped.
fn ask_oracle(events: &[Event]) -> Vec<Priced> {
    let mut oracle = Command::new("python3")
        .arg(repository().join("tests/oracle/prices.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 runs the oracle");
    let mut input = oracle.stdin.take().unwrap();
    let lines: Vec<_> = events.iter().map(Event::to_json).collect();
    let writer = std::thread::spawn(move || {
        for line in lines {
            writeln!(input, "{line}").unwrap();
        }
    });
    let output = oracle.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let answers = std::str::from_utf8(&output.stdout).unwrap();
    answers.lines().map(answer).collect()
}

fn answer(line: &str) -> Priced {
    let value: Value = serde_json::from_str(line).unwrap();
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    Priced {
        status: text("price_status").unwrap(),
        cost: text("cost_usd"),
        input: text("input_cost_usd"),
        output: text("output_cost_usd"),
        other: text("other_cost_usd"),
        list: text("list_cost_usd"),
        contracted: text("contracted_cost_usd"),
        price_match: text("price_match"),
        entry: text("price_entry"),
    }
}

#[test]
fn every_request_costs_what_the_oracle_says() {
    let facts = std::fs::read(repository().join("schemas/prices/price-facts.json")).unwrap();
    let facts = serde_json::from_slice(&facts).unwrap();
    let events = requests(&facts, &mut Random(20_261_124));
    assert!(events.len() >= 20_000, "{}", events.len());
    let expected = ask_oracle(&events);
    assert_eq!(expected.len(), events.len());
    let mut pricer = Pricer::new(Arc::new(PriceBook::built_in().unwrap()));
    let mut met = BTreeMap::<&str, usize>::new();
    let mut entries = BTreeMap::<&str, usize>::new();
    for (events, expected) in events.chunks(BATCH_ROWS).zip(expected.chunks(BATCH_ROWS)) {
        let priced = rows(&pricer.price(&batch(events)).unwrap());
        for ((event, expected), priced) in events.iter().zip(expected).zip(&priced) {
            assert_eq!(priced, expected, "{}", event.to_json());
        }
        for answer in expected {
            *met.entry(&answer.status).or_default() += 1;
            *met.entry(answer.price_match.as_deref().unwrap_or("no match"))
                .or_default() += 1;
            *entries
                .entry(answer.entry.as_deref().unwrap_or(""))
                .or_default() += 1;
        }
    }
    // The requests reach every outcome, nearly every model, and every kind of condition.
    for kind in [
        "priced",
        "unpriced",
        "unmetered",
        "invalid_usage",
        "exact",
        "assumed",
    ] {
        assert!(met.get(kind).copied().unwrap_or(0) > 100, "{kind}: {met:?}");
    }
    let has = |marker: &str| entries.keys().any(|entry| entry.contains(marker));
    let markers = [
        "+processing=batch",
        "+service_tier=flex",
        "+service_tier=priority",
        "+service_tier=fast",
        "+speed=fast",
        "+route=mistral/eu",
        "+search_type=fast",
        "@00:30Z-16:30Z",
        "@2026-",
    ];
    for marker in markers {
        assert!(has(marker), "{marker}");
    }
    let models = entries.keys().map(|entry| entry.split(['@', '+']).next());
    let models = models.collect::<std::collections::BTreeSet<_>>();
    assert!(models.len() > 2_000, "{}", models.len());
}
