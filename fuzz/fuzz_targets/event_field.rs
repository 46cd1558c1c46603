//! An event that is right but for one value: what is fuzzed is how single values are read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::usage_unit::USAGE_UNITS;
use tokenmeter_fuzz::message::judge;

/// The fields that are no usage units.
const FIELDS: [&str; 28] = [
    "event_id",
    "event_time",
    "provider",
    "model",
    "requested_model",
    "tenant",
    "user_id",
    "feature",
    "workflow",
    "run_id",
    "session_id",
    "agent",
    "region",
    "route",
    "service_tier",
    "requested_service_tier",
    "status",
    "usage_state",
    "served_from",
    "emitter",
    "sequence",
    "attempt",
    "gpu_seconds",
    "latency_ms",
    "time_to_first_token_ms",
    "reported_cost_usd",
    "attributes",
    "unknown",
];
/// What every event has that says nothing else.
const REQUIRED: [(&str, &str); 5] = [
    ("event_id", "\"e-1\""),
    ("event_time", "1795457823000"),
    ("provider", "\"openai\""),
    ("model", "\"gpt-5\""),
    ("requests", "1"),
];

fuzz_target!(|input: &[u8]| {
    let Some((&number, value)) = input.split_first() else {
        return;
    };
    let names = FIELDS.len() + USAGE_UNITS.len();
    let number = usize::from(number) % names;
    let name = match FIELDS.get(number) {
        Some(name) => name,
        None => USAGE_UNITS[number - FIELDS.len()],
    };
    let mut message = b"{".to_vec();
    for (required, text) in REQUIRED.iter().filter(|(required, _)| *required != name) {
        message.extend_from_slice(format!("\"{required}\":{text},").as_bytes());
    }
    message.extend_from_slice(format!("\"{name}\":").as_bytes());
    message.extend_from_slice(value);
    message.push(b'}');
    judge(&message);
});
