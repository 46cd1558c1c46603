//! Views against naive sums in plain Rust.

use std::collections::{BTreeMap, BTreeSet};

use schemas::table::Table;
use serde_json::{Value, json};

use crate::test_lake::TestLake;

/// Numbers that look random and are the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap() % limit
    }

    /// A number three times out of four.
    fn maybe_below(&mut self, limit: u32) -> Option<i64> {
        (self.below(4) > 0).then(|| i64::from(self.below(limit)))
    }
}

#[derive(Debug, Clone)]
struct Part {
    rollup: &'static str,
    day: u32,
    minute: u32,
    tenant: String,
    key: String,
    model: String,
    calls: i64,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    cost_pico: Option<i128>,
    latency_ms_max: Option<i64>,
}

fn parts(count: usize) -> Vec<Part> {
    let mut numbers = Numbers(7);
    let mut part = || {
        let rollups = ["user", "feature", "workflow"];
        let has_key = numbers.below(5) > 0;
        let key = format!("k{}", numbers.below(4));
        Part {
            rollup: rollups[usize::try_from(numbers.below(3)).unwrap()],
            day: 21 + numbers.below(3),
            minute: numbers.below(4) * 15,
            tenant: format!("t{}", numbers.below(2)),
            key: if has_key { key } else { String::new() },
            model: format!("m{}", numbers.below(2)),
            calls: 1 + i64::from(numbers.below(9)),
            input_tokens: numbers.maybe_below(1_000_000),
            output_tokens: numbers.maybe_below(1_000),
            cost_pico: numbers
                .maybe_below(2_000_000_000)
                .map(|cost| i128::from(cost) * 123_456_789_012_345),
            latency_ms_max: numbers.maybe_below(100_000),
        }
    };
    (0..count).map(|_| part()).collect()
}

fn money(pico: i128) -> String {
    schemas::money::PicoUsd(pico).to_string()
}

fn row(part: &Part) -> Value {
    let key = match part.rollup {
        "user" => "user_id",
        other => other,
    };
    json!({
        "rollup": part.rollup, "date": format!("2026-11-{}", part.day),
        "window_start": format!("2026-11-{}T10:{:02}:00Z", part.day, part.minute),
        "window_seconds": if part.rollup == "user" { 900 } else { 60 },
        "tenant": part.tenant, key: part.key, "model": part.model, "provider": "p",
        "calls": part.calls, "input_tokens": part.input_tokens,
        "output_tokens": part.output_tokens, "cost_usd": part.cost_pico.map(money),
        "latency_ms_max": part.latency_ms_max.map(|ms| format!("{ms}.125")),
    })
}

async fn lake_of(parts: &[Part]) -> TestLake {
    let lake = TestLake::new();
    let (first, second) = parts.split_at(parts.len() / 2);
    for some in [first, second] {
        let rows: Vec<Value> = some.iter().map(row).collect();
        lake.append(Table::CostWindows, &rows, &[]).await;
    }
    lake
}

/// Adds numbers of which some are missing, as SQL does.
fn add<T: std::ops::Add<Output = T> + Copy>(sum: &mut Option<T>, value: Option<T>) {
    *sum = match (*sum, value) {
        (Some(sum), Some(value)) => Some(sum + value),
        (sum, value) => sum.or(value),
    };
}

#[derive(Debug, Default, Clone, PartialEq)]
struct Sums {
    calls: i64,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    cost_pico: Option<i128>,
    latency_ms_max: Option<i64>,
}

impl Sums {
    fn add(&mut self, part: &Part) {
        self.calls += part.calls;
        add(&mut self.input_tokens, part.input_tokens);
        add(&mut self.output_tokens, part.output_tokens);
        add(&mut self.cost_pico, part.cost_pico);
        self.latency_ms_max = self.latency_ms_max.max(part.latency_ms_max);
    }

    fn csv(&self) -> String {
        let count = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
        format!(
            "{},{},{},{},{}",
            self.calls,
            count(self.input_tokens),
            count(self.output_tokens),
            self.cost_pico.map(money).unwrap_or_default(),
            self.latency_ms_max
                .map(|ms| format!("{ms}.125"))
                .unwrap_or_default(),
        )
    }
}

const SUMS: &str = "calls, input_tokens, output_tokens, cost_usd, latency_ms_max";

fn quoted(text: &str) -> String {
    if text.is_empty() {
        "\"\"".to_owned()
    } else {
        text.to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_merge_their_parts() {
    let parts = parts(600);
    let lake = lake_of(&parts).await;
    let mut expected: BTreeMap<String, Sums> = BTreeMap::new();
    for part in &parts {
        let key = format!(
            "{},2026-11-{},2026-11-{}T10:{:02}:00.000000Z,{},{},{}",
            part.rollup,
            part.day,
            part.day,
            part.minute,
            part.tenant,
            quoted(&part.key),
            part.model
        );
        expected.entry(key).or_default().add(part);
    }
    let rows = lake
        .csv(&format!(
            "SELECT rollup, date, window_start, tenant, COALESCE(user_id, feature, workflow), model, {SUMS} FROM windows"
        ))
        .await;
    let found: BTreeSet<&str> = rows.lines().collect();
    let lines: Vec<String> = expected
        .iter()
        .map(|(key, sums)| format!("{key},{}", sums.csv()))
        .collect();
    assert_eq!(found, lines.iter().map(String::as_str).collect());
    assert_eq!(rows.lines().count(), expected.len());
    let types = lake.query("SELECT * FROM windows").await.schema;
    for field in Table::CostWindows.schema().fields() {
        let view_field = types.field_with_name(field.name()).unwrap();
        if field.data_type().is_numeric() {
            assert_eq!(
                view_field.data_type(),
                field.data_type(),
                "{}",
                field.name()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn costs_by_day_are_those_of_their_rollup() {
    let parts = parts(400);
    let lake = lake_of(&parts).await;
    for (rollup, dimension) in [
        ("user", "user_id"),
        ("feature", "feature"),
        ("workflow", "workflow"),
    ] {
        let mut expected: BTreeMap<String, Sums> = BTreeMap::new();
        for part in parts.iter().filter(|part| part.rollup == rollup) {
            let key = format!("2026-11-{},{},{}", part.day, part.tenant, quoted(&part.key));
            expected.entry(key).or_default().add(part);
        }
        let rows = lake
            .csv(&format!("SELECT date, tenant, {dimension}, {SUMS} FROM cost_by_{rollup}_day ORDER BY 1, 2, 3"))
            .await;
        let lines: BTreeSet<String> = expected
            .iter()
            .map(|(key, sums)| format!("{key},{}", sums.csv()))
            .collect();
        assert_eq!(
            rows.lines().map(str::to_owned).collect::<BTreeSet<_>>(),
            lines
        );
    }
}

#[derive(Default)]
struct Day {
    users: BTreeSet<(String, String)>,
    attributed: Sums,
    nobody: Sums,
}

fn tokens(sums: &Sums) -> i64 {
    sums.input_tokens.unwrap_or(0) + sums.output_tokens.unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn active_users_are_counted_once_and_costs_divided_among_them() {
    let parts = parts(500);
    let lake = lake_of(&parts).await;
    let mut days: BTreeMap<u32, Day> = BTreeMap::new();
    for part in parts.iter().filter(|part| part.rollup == "user") {
        let day = days.entry(part.day).or_default();
        if part.key.is_empty() {
            day.nobody.add(part);
        } else {
            day.users.insert((part.tenant.clone(), part.key.clone()));
            day.attributed.add(part);
        }
    }
    let mut by_day = String::new();
    let mut per_user = String::new();
    for (day, facts) in &days {
        let users = facts.users.len();
        let cost = facts.attributed.cost_pico.unwrap();
        by_day.push_str(&format!(
            "2026-11-{day},{users},{},{},{},{},{},{}\n",
            facts.attributed.calls,
            tokens(&facts.attributed),
            money(cost),
            facts.nobody.calls,
            tokens(&facts.nobody),
            money(facts.nobody.cost_pico.unwrap()),
        ));
        let users = i128::try_from(users).unwrap();
        let tokens = i128::from(tokens(&facts.attributed)) * 10_000 / users;
        let cost = cost * 10_000 / users;
        let scale = 10_000_000_000_000_000_i128;
        per_user.push_str(&format!(
            "2026-11-{day},{}.{:04},{}.{:016}\n",
            tokens / 10_000,
            tokens % 10_000,
            cost / scale,
            cost % scale
        ));
    }
    assert_eq!(
        lake.csv("SELECT * FROM active_users_by_day ORDER BY date")
            .await,
        by_day
    );
    let both = "SELECT date, tokens_per_active_user, cost_usd_per_active_user \
                FROM tokens_per_active_user JOIN cost_per_active_user USING (date) ORDER BY date";
    assert_eq!(lake.csv(both).await, per_user);
}

#[tokio::test(flavor = "multi_thread")]
async fn unpriced_models_rejects_and_gaps() {
    let lake = TestLake::new();
    let event = |id: i64, model: &str, status: &str, tokens: Value, sequence: Value| {
        json!({
            "event_id": format!("e{id}"), "kafka_offset": id, "model": model, "price_status": status,
            "input_tokens": tokens[0], "output_tokens": tokens[1],
            "emitter": sequence[0], "sequence": sequence[1],
        })
    };
    let rows = [
        event(1, "new", "unpriced", json!([5, 7]), json!(["a", 1])),
        event(2, "new", "unpriced", json!([null, 1]), json!(["a", 2])),
        event(3, "odd", "unpriced", json!([null, null]), json!(["a", 5])),
        event(4, "gpt-5", "priced", json!([1, 1]), json!(["a", 7])),
        event(5, "gpt-5", "priced", json!([1, 1]), json!(["b", 100])),
        event(6, "gpt-5", "priced", json!([1, 1]), json!(["a", 5])),
        event(7, "gpt-5", "priced", json!([1, 1]), json!([null, null])),
    ];
    lake.append(Table::Events, &rows, &[]).await;
    let rejects = [
        json!({"kafka_offset": 8, "reason": "not_json", "raw_bytes": 3}),
        json!({"kafka_offset": 9, "reason": "bad_time", "raw_bytes": 4}),
        json!({"kafka_offset": 10, "reason": "not_json", "raw_bytes": 5}),
    ];
    lake.append(Table::Rejects, &rejects, &[]).await;
    assert_eq!(
        lake.csv("SELECT provider, model, calls, tokens FROM unpriced_models ORDER BY model")
            .await,
        "openai,new,2,13\nopenai,odd,1,\n"
    );
    assert_eq!(
        lake.csv("SELECT reason, messages, raw_bytes FROM rejects_by_reason ORDER BY reason")
            .await,
        "bad_time,1,4\nnot_json,2,8\n"
    );
    assert_eq!(
        lake.csv("SELECT * FROM sequence_gaps ORDER BY emitter, first_missing")
            .await,
        "a,3,4,2\na,6,6,1\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn reported_and_own_costs_stand_side_by_side() {
    let lake = TestLake::new();
    let event = |id: i64, model: &str, cost: Option<&str>, reported: Option<&str>| {
        json!({
            "event_id": format!("e{id}"), "kafka_offset": id, "model": model, "cost_usd": cost,
            "reported_cost_usd": reported,
            "price_status": if cost.is_some() { "priced" } else { "unpriced" },
        })
    };
    let rows = [
        event(1, "gpt-5", Some("1.000000000001"), Some("1")),
        event(2, "gpt-5", Some("2"), Some("2.5")),
        event(3, "gpt-5", Some("4"), None),
        event(4, "gpt-5", Some("8"), Some("8")),
        event(5, "new", None, Some("3")),
        event(6, "new", None, None),
    ];
    lake.append(Table::Events, &rows, &[]).await;
    assert_eq!(
        lake.csv(
            "SELECT model, calls, calls_without_reported_cost, calls_without_cost, \
             differing_calls, cost_usd, reported_cost_usd, difference_usd \
             FROM reported_vs_priced ORDER BY model"
        )
        .await,
        "gpt-5,4,1,0,2,15.000000000001,11.500000000000,0.499999999999\n\
         new,2,1,2,0,,3.000000000000,\n"
    );
    assert_eq!(
        lake.csv("SELECT model, calls, tokens, reported_cost_usd FROM unpriced_models")
            .await,
        "new,2,,3.000000000000\n"
    );
}

/// A name that is nearly one of the book's is a slip; one that is like none names nothing.
#[tokio::test(flavor = "multi_thread")]
async fn unpriced_models_name_what_is_nearest() {
    let lake = TestLake::new();
    let event = |id: i64, model: &str| {
        json!({
            "event_id": format!("e{id}"), "kafka_offset": id, "model": model,
            "price_status": "unpriced",
        })
    };
    let rows = [
        event(1, "gpt-6-soll"),
        event(2, "zzzzzzzz"),
        event(3, "gpt-6-soll"),
    ];
    lake.append(Table::Events, &rows, &[]).await;
    let rows = lake.query("SELECT * FROM unpriced_models").await;
    let last = rows.schema.fields().last().unwrap();
    assert_eq!(last.name(), "nearest_models");
    let rows = lake
        .csv("SELECT model, calls, nearest_models FROM unpriced_models ORDER BY model")
        .await;
    let (slip, other) = rows.trim_end().split_once('\n').unwrap();
    let names = slip.strip_prefix("gpt-6-soll,2,\"").unwrap();
    let names: Vec<&str> = names.trim_end_matches('"').split(", ").collect();
    assert!(names.contains(&"openai/gpt-6-sol"), "{names:?}");
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(other, "zzzzzzzz,1,");
}

mod progress;
