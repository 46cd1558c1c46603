//! Events from rows: valid, deterministic, and of models that the price book knows.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::replay::trace::TraceRow;
use crate::replay::trace_events::profile::Profile;
use crate::replay::trace_events::{Stamp, TraceEvents};

const TIME_US: i64 = 1_700_000_000_123_456;

fn event(seed: u64, source: &str, number: u64, tokens: (u64, u64)) -> (String, Value) {
    let row = TraceRow {
        time_us: 0,
        input_tokens: tokens.0,
        output_tokens: tokens.1,
    };
    let stamp = Stamp {
        number,
        time_us: TIME_US,
    };
    let (mut key, mut payload) = (String::new(), Vec::new());
    TraceEvents::new(seed, None).write(source, stamp, row, &mut key, &mut payload);
    (key, serde_json::from_slice(&payload).unwrap())
}

#[test]
fn an_event_is_the_same_again() {
    let first = event(1, "code", 17, (5000, 100));
    assert_eq!(first, event(1, "code", 17, (5000, 100)));
    assert_ne!(first, event(2, "code", 17, (5000, 100)));
    assert_ne!(first, event(1, "conv", 17, (5000, 100)));
    assert_ne!(first, event(1, "code", 18, (5000, 100)));
}

#[test]
fn an_event_of_a_seed_does_not_change_between_versions() {
    let (key, event) = event(1, "conv", 3, (2048, 100));
    assert_eq!(key, event["user_id"]);
    assert_eq!(event["event_id"], "conv-1-3");
    assert_eq!(event["event_time"], "2023-11-14T22:13:20.123456Z");
    assert_eq!(event["sequence"], 3);
    let text = serde_json::to_string(&event).unwrap();
    assert_eq!(
        text,
        include_str!("tests/conv_seed_1_event_3.json").trim_end()
    );
}

#[test]
fn parts_never_exceed_their_totals() {
    let part = |event: &Value, name: &str| event.get(name).map_or(0, |v| v.as_u64().unwrap());
    let mut seen = BTreeSet::new();
    for number in 0..20_000 {
        let source = if number % 2 == 0 { "code" } else { "conv" };
        let tokens = (number * 7 % 15_000, number % 1_900);
        let (_, event) = event(9, source, number, tokens);
        assert_eq!(part(&event, "input_tokens"), tokens.0);
        assert_eq!(part(&event, "output_tokens"), tokens.1);
        let cached = part(&event, "cache_read_tokens") + part(&event, "cache_write_tokens");
        assert!(cached <= tokens.0, "{event}");
        assert!(
            part(&event, "output_reasoning_tokens") <= tokens.1,
            "{event}"
        );
        for name in event.as_object().unwrap().keys() {
            seen.insert(name.clone());
        }
    }
    for name in [
        "cache_read_tokens",
        "cache_write_tokens",
        "output_reasoning_tokens",
        "status",
        "usage_state",
        "attempt",
        "workflow",
        "run_id",
    ] {
        assert!(seen.contains(name), "{name} never occurs");
    }
}

#[test]
fn a_user_belongs_to_one_tenant() {
    let mut pairs = BTreeSet::new();
    let mut users = BTreeSet::new();
    for number in 0..20_000 {
        let (user, event) = event(1, "conv", number, (10, 10));
        pairs.insert((user.clone(), event["tenant"].to_string()));
        users.insert(user);
    }
    assert_eq!(pairs.len(), users.len());
    assert!(users.len() > 1_000, "{}", users.len());
}

#[test]
fn shares_of_models_add_up() {
    let models: BTreeSet<&str> = Profile::all_models().map(|model| model.name).collect();
    let drawn: BTreeSet<String> = (0..5_000)
        .flat_map(|number| ["code", "conv"].map(|source| event(1, source, number, (1, 1)).1))
        .map(|event| event["model"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(drawn.len(), models.len());
}
