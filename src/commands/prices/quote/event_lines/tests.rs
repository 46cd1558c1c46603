//! Every line gets its answer, in order, whatever it holds.

use std::io::{BufReader, Read};
use std::sync::Arc;

use aggregate::pricing::Pricer;
use ingest::decode::DecodeOptions;
use schemas::price_book::PriceBook;
use serde_json::{Value, json};

use super::EventLines;

const OPERATOR: &str = r#"
[[discounts]]
id = "egp"
percent = "10"
provider = "openai"
from = "2026-01-01"

[[commitments]]
id = "ptu"
kind = "provisioned"
provider = "openai"
model = "gpt-4o"
price = "60"
per = "hour"
input_tokens_per_minute = "100000"
output_tokens_per_minute = "30000"
from = "2026-10-01"

[[fleets]]
id = "fra"
gpu = "H100"
count = 8
usd_per_gpu_hour = "3.43"
terms = "reserved"
provider = "own-fleet"
models = ["llama"]
input_tokens_per_second = "20000"
output_tokens_per_second = "4000"
expected_utilisation = "0.5"
from = "2026-01-01"
"#;

fn lines_by(book: PriceBook) -> EventLines {
    let book = Arc::new(book);
    let pricer = Pricer::new(Arc::clone(&book));
    EventLines::new(pricer, &book, DecodeOptions::default())
}

fn lines() -> EventLines {
    lines_by(PriceBook::built_in().unwrap())
}

/// The texts that were written, one for each time that an answer could be waited for.
fn texts(input: impl Read) -> Vec<String> {
    let mut texts = Vec::new();
    let mut emit = |text: &str| {
        texts.push(text.to_owned());
        Ok(())
    };
    lines()
        .answer_all(BufReader::new(input), &mut emit)
        .unwrap();
    texts
}

fn answers(input: &str) -> Vec<Value> {
    let text = texts(input.as_bytes()).concat();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn event(id: &str, usage: &str) -> String {
    format!(
        r#"{{"event_id":"{id}","event_time":"2026-11-20T12:00:00Z","provider":"openai","model":"o3",{usage}}}"#
    )
}

#[test]
fn an_answer_says_what_was_charged() {
    let usage = r#""input_tokens":1000,"cache_read_tokens":900,"output_tokens":10"#;
    let expected = json!([{
        "event_id": "a", "price_status": "priced", "cost_usd": "0.000730000000",
        "list_cost_usd": "0.000730000000", "contracted_cost_usd": "0.000730000000",
        "price_match": "exact",
        "price_book": PriceBook::built_in().unwrap().short_id(),
        "price_entry": "openai/o3@2025-06-10",
        "leaves": [
            {"unit": "input_tokens", "count": 100, "rate": "2", "per": 1_000_000,
             "cost_usd": "0.000200000000"},
            {"unit": "output_tokens", "count": 10, "rate": "8", "per": 1_000_000,
             "cost_usd": "0.000080000000"},
            {"unit": "cache_read_tokens", "count": 900, "rate": "0.5", "per": 1_000_000,
             "cost_usd": "0.000450000000"},
        ],
    }]);
    assert_eq!(Value::Array(answers(&event("a", usage))), expected);
}

/// A committed call costs what the capacity costs, beside what the contract and the list say; a call
/// on GPUs of one's own is charged for its time, not for its tokens on top of it.
#[test]
fn parts_add_up_to_what_is_paid_by_an_operator_s_book() {
    let event = |provider: &str, model: &str, usage: &str| {
        format!(
            r#"{{"event_id":"a","event_time":"2026-11-20T12:00:00Z","provider":"{provider}","model":"{model}","input_tokens":1000000{usage}}}"#
        )
    };
    let book = PriceBook::built_in().unwrap().with_operator(OPERATOR);
    let mut lines = lines_by(book.unwrap());
    for (line, costs, leaf) in [
        (
            event("openai", "gpt-4o", ""),
            ["10", "2.25", "2.5"],
            ["input_tokens", "1000000", "10", "1000000", "10"],
        ),
        (
            event("own-fleet", "llama", ""),
            ["0.762222222222"; 3],
            [
                "input_tokens",
                "1000000",
                "6860000000000/9000000000000",
                "1000000",
                "0.762222222222",
            ],
        ),
        (
            event("own-fleet", "llama", r#","gpu_seconds":7.5"#),
            ["0.007145833333"; 3],
            ["gpu_seconds", "7.5", "3.43", "3600", "0.007145833333"],
        ),
    ] {
        lines.push(line.as_bytes());
        let answer = lines.take_answers().unwrap().remove(0);
        let found = [
            answer.cost_usd,
            answer.contracted_cost_usd,
            answer.list_cost_usd,
        ];
        assert_eq!(found.map(|cost| plain(&cost.unwrap())), costs, "{line}");
        assert_eq!(answer.leaves.len(), 1, "{line}");
        let part = &answer.leaves[0];
        let found = [
            part.unit.to_owned(),
            part.count.to_string(),
            part.rate.clone(),
            part.per.to_string(),
            plain(&part.cost_usd),
        ];
        assert_eq!(found, leaf, "{line}");
    }
}

/// An amount without the zeros behind.
fn plain(amount: &str) -> String {
    amount
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

#[test]
fn quantities_that_are_not_whole_are_texts() {
    let line = r#"{"event_id":"a","event_time":"2026-11-20T12:00:00Z","provider":"groq",
        "model":"whisper-large-v3","input_audio_seconds":1.25}"#;
    let answer = answers(&line.replace('\n', "")).remove(0);
    let leaf = &answer["leaves"][0];
    assert_eq!(leaf["count"], json!("1.25"));
    assert_eq!(leaf["per"], json!(3600));
    assert_eq!(leaf["rate"], json!("0.111"));
    assert_eq!(leaf["cost_usd"], json!("0.000038541667"));
}

#[test]
fn bad_lines_are_answered_in_their_place() {
    let input = [
        event("first", r#""input_tokens":1"#),
        event("negative", r#""input_tokens":-1"#),
        event("parts", r#""input_tokens":1,"cache_read_tokens":2"#),
        "no json".to_owned(),
        String::new(),
        event("typed", r#""input_tokens":"1""#),
        event("first", r#""input_tokens":2"#),
        event("first", r#""input_tokens":1"#),
    ]
    .join("\n");
    let found: Vec<_> = answers(&input)
        .iter()
        .map(|answer| {
            let text = |name: &str| answer[name].as_str().unwrap_or("-").to_owned();
            let (id, cost) = (text("event_id"), text("cost_usd"));
            format!("{id} {} {} {cost}", text("price_status"), text("reason"))
        })
        .collect();
    assert_eq!(
        found,
        [
            "first priced - 0.000002000000",
            "negative invalid_usage negative_usage -",
            "parts invalid_usage usage_parts_exceed_total -",
            "- rejected not_json -",
            "- rejected empty -",
            "typed rejected wrong_type -",
            "first priced - 0.000004000000",
            "first priced - 0.000002000000",
        ]
    );
}

#[test]
fn a_contradiction_that_only_pricing_sees_names_its_unit() {
    let usage = r#""input_tokens":10,"input_audio_tokens":6,"input_text_tokens":5"#;
    let answer = answers(&event("a", usage)).remove(0);
    assert_eq!(answer["price_status"], "invalid_usage");
    assert_eq!(answer["reason"], "usage_parts_exceed_total");
    assert_eq!(answer["detail"], "input_tokens");
    assert_eq!(answer["cost_usd"], Value::Null);
    assert_eq!(answer["leaves"], json!([]));
}

/// Gives one line at a time, as a program does that waits for each answer.
struct OneLine<'a>(std::str::SplitInclusive<'a, char>);

impl Read for OneLine<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let line = self.0.next().unwrap_or_default();
        buffer[..line.len()].copy_from_slice(line.as_bytes());
        Ok(line.len())
    }
}

#[test]
fn an_answer_does_not_wait_for_the_next_line() {
    let one = event("a", r#""input_tokens":1"#);
    let input = format!("{one}\n{one}\n{one}\n");
    let texts = texts(OneLine(input.split_inclusive('\n')));
    assert_eq!(
        texts
            .iter()
            .filter(|text| text.lines().count() == 1)
            .count(),
        3
    );
}

#[test]
fn a_line_beyond_the_limit_is_rejected_and_the_next_one_read() {
    let long = event(&"x".repeat(2 << 20), r#""input_tokens":1"#);
    let input = format!("{long}\n{}", event("a", r#""input_tokens":1"#));
    let found = answers(&input);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0]["reason"], "too_large");
    assert_eq!(found[1]["price_status"], "priced");
}
