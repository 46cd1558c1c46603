//! Many thousands of requests over every model, unit, tier edge, date and variant of the facts.

use std::collections::BTreeSet;

use schemas::time::{US_PER_S, parse_rfc3339_us};
use schemas::usage_unit::{QUANTITY_ONE, other_usage_units};
use serde_json::Value;

use crate::event::Event;

const REQUESTS_PER_MODEL: usize = 12;

/// Random numbers that are the same on every machine (SplitMix64).
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below the limit.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    /// One of some.
    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let at = self.below(choices.len() as u64);
        &choices[usize::try_from(at).unwrap()]
    }

    fn count(&mut self, limit: i64) -> i64 {
        i64::try_from(self.below(u64::try_from(limit.max(0)).unwrap() + 1)).unwrap()
    }
}

/// What of the facts requests are made from.
#[derive(Debug)]
struct Edges {
    times_us: Vec<i64>,
    thresholds: Vec<i64>,
    aliases: Vec<String>,
}

/// Requests for every model of the facts, a dozen each.
pub(crate) fn requests(facts: &Value, random: &mut Random) -> Vec<Event> {
    let edges = edges(facts);
    let mut events = Vec::new();
    for provider in list(&facts["providers"]) {
        for model in list(&provider["models"]) {
            let mut names = Vec::new();
            names_of(&model["match"], &mut names);
            names.push(text(&model["model"]));
            for _ in 0..REQUESTS_PER_MODEL {
                events.push(request(provider, model, &names, &edges, random));
            }
        }
    }
    events
}

fn request(
    provider: &Value,
    model: &Value,
    names: &[String],
    edges: &Edges,
    random: &mut Random,
) -> Event {
    let mut event = Event {
        time_us: time(edges, random),
        provider: text(&provider["provider"]),
        model: random.pick(names).clone(),
        from_app_cache: random.one_in(100),
        ..Event::default()
    };
    if random.one_in(20) {
        event.provider.clone_from(random.pick(&edges.aliases));
    }
    if random.one_in(20) {
        event.model = event.model.to_uppercase();
    }
    select(&mut event, list(&model["variants"]), random);
    count(&mut event, edges, random);
    if random.one_in(4) {
        count_others(&mut event, random);
    }
    if random.one_in(8) {
        let regions = ["us-east-1", "eu-central-1", "eu", "", "global"];
        event.region = Some((*random.pick(&regions)).to_owned());
    }
    if random.one_in(50) {
        event.gpu_seconds = Some(i128::from(random.count(1_000)) * QUANTITY_ONE);
    }
    event
}

fn time(edges: &Edges, random: &mut Random) -> i64 {
    if random.one_in(2) {
        let offset_us = *random.pick(&[-1, 0, 1]);
        return *random.pick(&edges.times_us) + offset_us;
    }
    // Between 2022 and 2028.
    1_640_995_200 * US_PER_S + random.count(6 * 365 * 86_400) * US_PER_S
}

/// Gives the request attributes, often ones that the model has a variant for.
fn select(event: &mut Event, variants: &[Value], random: &mut Random) {
    let mut wanted: Vec<(String, String)> = Vec::new();
    if !variants.is_empty() && random.one_in(2) {
        let when = random.pick(variants)["when"].as_object().unwrap();
        wanted.extend(when.iter().map(|(key, value)| (key.clone(), text(value))));
    } else if random.one_in(3) {
        let choices = [
            ("service_tier", "default"),
            ("service_tier", "flex"),
            ("service_tier", "Priority"),
            ("service_tier", "batch"),
            ("service_tier", "BATCH"),
            ("service_tier", "scale"),
            ("service_tier", "auto"),
            ("service_tier", ""),
            ("route", "easy"),
            ("route", "Mistral/EU"),
            ("processing", "batch"),
            ("processing", "stream"),
            ("processing", "standard"),
            ("speed", "fast"),
            ("speed", "slow"),
            ("search_type", "fast"),
            ("search_type", "web"),
        ];
        for _ in 0..=random.below(2) {
            let (key, value) = random.pick(&choices);
            wanted.push(((*key).to_owned(), (*value).to_owned()));
        }
    }
    for (key, value) in wanted {
        let attribute = |name| event.attributes.iter().all(|(known, _)| *known != name);
        match key.as_str() {
            "service_tier" => event.service_tier = Some(value),
            "route" => event.route = Some(value),
            "processing" if attribute("processing") => event.attributes.push(("processing", value)),
            "speed" if attribute("speed") => event.attributes.push(("speed", value)),
            "search_type" if attribute("search_type") => {
                event.attributes.push(("search_type", value));
            }
            _ => {}
        }
    }
    if random.one_in(10) {
        event.attributes.push(("team", "batch".to_owned()));
    }
}

/// Reports the common counters: mostly parts that fit their totals, sometimes not, often with gaps.
fn count(event: &mut Event, edges: &Edges, random: &mut Random) {
    if random.one_in(40) {
        return;
    }
    let threshold = *random.pick(&edges.thresholds);
    let around = threshold + *random.pick(&[-1, 0, 1]);
    let any = random.count(2_000_000);
    let input = *random.pick(&[0, 1, 7, 999, around, around, around, any, any, i64::MAX]);
    let read = random.count(input);
    let write = random.count(input - read);
    let five = random.count(write);
    let hour = random.count(write - five);
    let output = *random.pick(&[0, 1, 333, any, 1 << 61]);
    let reasoning = random.count(output);
    let counts = [input, output, read, write, five, hour, reasoning];
    let gaps = random.below(3);
    for (column, value) in counts.into_iter().enumerate() {
        let reported = match gaps {
            0 => true,
            1 => column < 2 || random.one_in(2),
            _ => random.one_in(2),
        };
        event.counters[column] = reported.then_some(value);
    }
    if random.one_in(25) {
        let column = usize::try_from(random.below(7)).unwrap();
        event.counters[column] = Some(random.count(3_000_000));
    }
}

/// Reports some rarer units, within the totals if there are any.
fn count_others(event: &mut Event, random: &mut Random) {
    let units: Vec<_> = other_usage_units().collect();
    let total = event.counters[0].unwrap_or(1_000).min(10_000_000);
    for _ in 0..=random.below(5) {
        let unit = *random.pick(&units);
        if event.other_usage.iter().any(|(known, _)| *known == unit) {
            continue;
        }
        let whole = i128::from(random.count(total / 3 + 1)) * QUANTITY_ONE;
        let fraction = i128::from(random.count(999_999_999_999));
        let huge = i128::from(random.below(u64::MAX)) * QUANTITY_ONE * 100;
        let quantity = match random.below(12) {
            0 => 0,
            1 => huge,
            2..=7 => whole,
            _ => whole + fraction,
        };
        event.other_usage.push((unit, quantity));
    }
}

fn edges(facts: &Value) -> Edges {
    let mut days = BTreeSet::new();
    let mut hours = BTreeSet::new();
    let mut thresholds = BTreeSet::from([0]);
    for provider in list(&facts["providers"]) {
        for model in list(&provider["models"]) {
            for price in list(&model["prices"])
                .iter()
                .chain(list(&model["variants"]))
            {
                days.extend(price["from"].as_str());
                hours.extend(price["daily_from"].as_str());
                hours.extend(price["daily_until"].as_str());
                let rates = price["rates"].as_object().unwrap().values();
                let tiers = rates.flat_map(|rate| list(&rate["tiers"]));
                thresholds.extend(tiers.map(|tier| tier["above_input_tokens"].as_i64().unwrap()));
            }
        }
    }
    let midnights = days.iter().map(|day| format!("{day}T00:00:00Z"));
    let of_day = |hour: &&str| format!("2026-11-03T{}:00Z", hour.trim_end_matches('Z'));
    let instants = midnights.chain(hours.iter().map(of_day));
    let aliases = [
        "azure.ai.openai",
        "aws.bedrock",
        "amazon",
        "vertex_ai",
        "gcp.gemini",
        "xai",
        "x_ai",
        "mistral_ai",
        "together_ai",
        "huggingface/groq",
        "own-fleet",
        "deepl",
        " OpenAI ",
        "anthropic",
        "azure",
        "google",
        "openrouter",
    ];
    Edges {
        times_us: instants
            .map(|instant| parse_rfc3339_us(&instant).unwrap())
            .collect(),
        thresholds: thresholds.into_iter().collect(),
        aliases: aliases.map(str::to_owned).to_vec(),
    }
}

/// Names that a clause may mean.
fn names_of(clause: &Value, names: &mut Vec<String>) {
    let (kind, value) = clause.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "equals" => names.push(text(value)),
        "starts_with" => names.extend([text(value), format!("{}-x1", text(value))]),
        "ends_with" => names.push(format!("x{}", text(value))),
        "contains" => names.push(format!("a/{}-20250101", text(value))),
        // Dates of either spelling are what most expressions ask for.
        "regex" => {
            let plain = text(value)
                .replace(['^', '$'], "")
                .replace("\\d{4}-\\d{2}-\\d{2}", "2026-01-02");
            let plain = plain
                .replace("\\d{8}", "20260102")
                .replace("\\d", "7")
                .replace('\\', "");
            names.push(plain);
        }
        _ => {
            for inner in list(value) {
                names_of(inner, names);
            }
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
