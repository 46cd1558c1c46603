//! Seeded events like those of a mid-sized product: 1,000 tenants' users, twenty features.

use ingest::decode::DecodeOptions;
use ingest::dedup::DedupLimits;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use schemas::time::format_rfc3339;
use serde::Deserialize;

/// The time of every Kafka record of the bench, microseconds since the Unix epoch.
pub(crate) const KAFKA_TIME_US: i64 = 1_780_000_000_000_000;

/// Between two events: 20,000 events/s.
const STEP_US: i64 = 50;
/// How late an event is at most, milliseconds.
const LATE_MS_MAX: i64 = 30_000;

const MODELS: [(&str, &str); 8] = [
    ("openai", "gpt-4o"),
    ("openai", "gpt-4o-mini"),
    ("openai", "o3-mini"),
    ("anthropic", "claude-sonnet-4-5"),
    ("anthropic", "claude-3-5-haiku-latest"),
    ("google", "gemini-2.5-flash"),
    ("mistral", "mistral-large-latest"),
    ("deepseek", "deepseek-chat"),
];

/// What most programs would deserialise an event into.
#[derive(Debug, Deserialize)]
#[expect(
    dead_code,
    reason = "the baseline is the deserialising, not what is done with it"
)]
pub(crate) struct PlainEvent {
    event_id: String,
    event_time: String,
    provider: String,
    model: String,
    tenant: String,
    user_id: String,
    feature: String,
    workflow: String,
    run_id: String,
    session_id: String,
    status: String,
    input_tokens: i64,
    output_tokens: i64,
    cache_read_tokens: Option<i64>,
    latency_ms: f64,
}

/// What the decoder accepts.
pub(crate) fn decode_options() -> DecodeOptions {
    DecodeOptions {
        message_bytes_max: 1 << 20,
        time_past_max_s: 30 * 86_400,
        time_future_max_s: 3_600,
        ..DecodeOptions::default()
    }
}

/// A duplicate index that holds all events of a bench.
pub(crate) fn dedup_limits() -> DedupLimits {
    DedupLimits {
        horizon_s: 6 * 3_600,
        entries_max: 2_000_000,
    }
}

/// Events in the order in which a topic would hold them: a feature mostly calls one model, and
/// each event is up to half a minute late.
pub(crate) fn messages(events: usize) -> Vec<Vec<u8>> {
    let mut random = StdRng::seed_from_u64(7);
    let start_us = KAFKA_TIME_US - i64::try_from(events).unwrap() * STEP_US;
    (0..events)
        .map(|index| {
            let user = random.random_range(0..20_000_u32);
            let (provider, model) = match random.random_range(0..10_u32) {
                0 => MODELS[random.random_range(0..MODELS.len())],
                _ => MODELS[(user % 20) as usize % MODELS.len()],
            };
            let late_ms = random.random_range(0..LATE_MS_MAX);
            let event_time_us = start_us + i64::try_from(index).unwrap() * STEP_US - late_ms * 1_000;
            let input_tokens = random.random_range(20..8_000_u32);
            format!(
                concat!(
                    r#"{{"event_id":"chatcmpl-{:016x}{:08x}","event_time":"{}","provider":"{}","#,
                    r#""model":"{}","tenant":"tenant-{:03}","user_id":"user-{:06}","#,
                    r#""feature":"feature-{:02}","workflow":"workflow-{:02}","run_id":"run-{:08}","#,
                    r#""session_id":"session-{:07}","status":"ok","input_tokens":{},"#,
                    r#""output_tokens":{},"cache_read_tokens":{},"latency_ms":{}.{}}}"#,
                ),
                random.random::<u64>(),
                index,
                format_rfc3339(event_time_us),
                provider,
                model,
                user % 1_000,
                user,
                user % 20,
                random.random_range(0..50_u32),
                index / 4,
                index / 12,
                input_tokens,
                random.random_range(1..1_500_u32),
                random.random_range(0..=input_tokens),
                random.random_range(100..20_000_u32),
                random.random_range(0..10_u32),
            )
            .into_bytes()
        })
        .collect()
}
