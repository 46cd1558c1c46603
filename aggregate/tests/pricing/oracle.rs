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
pub(crate) fn repository() -> PathBuf {
    let package = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
    package.parent().unwrap().to_path_buf()
}

/// What an oracle of `tests/oracle` answers. Python 3 must be there: nothing is skipped.
fn ask_oracle(script_and_arguments: &[&str], events: &[Event]) -> Vec<Priced> {
    let files = script_and_arguments.iter();
    let mut oracle = Command::new("python3")
        .args(files.map(|file| repository().join(file)))
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
    let expected = ask_oracle(&["tests/oracle/prices.py"], &events);
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

/// Requests over every entry of the operator's book, before, at and behind its dates.
fn operator_requests(facts: &Value, random: &mut Random) -> Vec<Event> {
    const DAYS: [&str; 8] = [
        "2025-12-31",
        "2026-03-01",
        "2026-07-01",
        "2026-09-01",
        "2026-10-01",
        "2026-11-01",
        "2026-11-15",
        "2026-12-01",
    ];
    const NAMES: [(&str, &str); 12] = [
        ("openai", "gpt-4o"),
        ("openai", "o3"),
        ("azure", "gpt-4o"),
        ("azure", "Prod-GPT4o"),
        ("google", "gemini-2.5-pro"),
        ("anthropic", "claude-opus-5"),
        ("acme-ml", "reranker-2"),
        ("own-fleet", "llama-3.3-70b"),
        ("own-fleet", "mixtral-8x7b"),
        ("own-fleet", "unknown"),
        ("aws", "anthropic.claude-opus-5"),
        ("deepseek", "deepseek-v4-pro"),
    ];
    let choices = |values: &'static [&'static str]| values;
    let mut events = requests(facts, random);
    // Every model now and then, and each entry of the book often.
    events.retain(|_| random.below(20) == 0);
    for _ in 0..6_000 {
        let mut event = random.pick(&events).clone();
        let (provider, model) = *random.pick(&NAMES);
        (event.provider, event.model) = (provider.to_owned(), model.to_owned());
        let day = format!("{}T00:00:00Z", random.pick(&DAYS));
        event.time_us = schemas::time::parse_rfc3339_us(&day).unwrap() + *random.pick(&[-1, 0, 1]);
        event.from_app_cache = false;
        event.attributes.clear();
        for (name, values) in [
            ("account", choices(&["acme", "ACME", "other"])),
            ("deployment", choices(&["prod", "dev"])),
            ("processing", choices(&["batch", "stream"])),
        ] {
            if random.below(3) == 0 {
                event
                    .attributes
                    .push((name, (*random.pick(values)).to_owned()));
            }
        }
        let regions = choices(&["europe-west4", "us-east-1", ""]);
        event.region = (random.below(2) == 0).then(|| (*random.pick(regions)).to_owned());
        events.push(event);
    }
    events
}

#[test]
fn an_operator_s_book_prices_as_the_oracle_says() {
    let facts = std::fs::read(repository().join("schemas/prices/price-facts.json")).unwrap();
    let facts = serde_json::from_slice(&facts).unwrap();
    let example = "deploy/prices.example.toml";
    let text = std::fs::read_to_string(repository().join(example)).unwrap();
    let book = PriceBook::built_in().unwrap().with_operator(&text).unwrap();
    let mut pricer = Pricer::new(Arc::new(book));
    let events = operator_requests(&facts, &mut Random(20_261_127));
    let expected = ask_oracle(&["tests/oracle/operator_book.py", example], &events);
    assert_eq!(expected.len(), events.len());
    for (events, expected) in events.chunks(BATCH_ROWS).zip(expected.chunks(BATCH_ROWS)) {
        let priced = rows(&pricer.price(&batch(events)).unwrap());
        for ((event, expected), priced) in events.iter().zip(expected).zip(&priced) {
            assert_eq!(priced, expected, "{}", event.to_json());
        }
    }
    // Every entry of the book is met, and prices that differ in every way.
    for entry in [
        "|openai-egp@2026-01-01",
        "|acme@2026-10-01",
        "|gemini-eu@2026-03-01",
        "acme-ml/reranker@2026-01-01",
        "commitment:ptu-prod/2026-11-01",
        "|minimum_spend:anthropic-floor",
        "fleet:h100-fra/2026-01-01",
        "fleet:h100-fra/2026-09-01",
    ] {
        let is_met = |row: &Priced| {
            row.entry
                .as_deref()
                .is_some_and(|name| name.contains(entry))
        };
        let count = expected.iter().filter(|row| is_met(row)).count();
        assert!(count > 20, "{entry}: {count}");
    }
    let differ = |row: &&Priced| row.list != row.contracted && row.contracted != row.cost;
    assert!(expected.iter().filter(differ).count() > 20);
}
