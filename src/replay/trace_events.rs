//! Rows of a trace as native events: what a trace does not say is assigned from a seed.
//!
//! An event is a pure function of the seed, its source's name, its number and its times: the same
//! again whenever they are the same, in whatever order events are written.

use schemas::time::format_rfc3339;
use serde::Serialize;

use crate::replay::trace::TraceRow;

pub(crate) mod draw;
pub(crate) mod profile;

use crate::replay::trace_events::draw::{Draw, Weights};
use crate::replay::trace_events::profile::{Model, Profile};

/// Users that are drawn from; a few of them make most of the calls.
const USERS: u64 = 2_000;
/// Tenants that the users belong to.
const TENANTS: u64 = 20;
/// A conversation of one user lasts as long as this.
const SESSION_US: i64 = 15 * 60 * 1_000_000;
/// A run of a workflow lasts as long as this.
const RUN_US: i64 = 60 * 1_000_000;
/// Prompts shorter than this are not cached, as with most providers.
const CACHED_TOKENS_MIN: u64 = 1_024;
/// Caches hold multiples of this many tokens.
const CACHE_BLOCK_TOKENS: u64 = 128;
const PER_MILLE: u64 = 1_000;

/// Which event, and when it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Its number in its source, counted through all rounds.
    pub(crate) number: u64,
    /// Microseconds since the Unix epoch.
    pub(crate) time_us: i64,
}

/// Writes rows as events.
#[derive(Debug, Clone)]
pub(crate) struct TraceEvents {
    seed: u64,
    played_ms: Option<i64>,
    users: Weights,
    tenants: Weights,
}

#[derive(Serialize)]
struct Event<'a> {
    event_id: &'a str,
    event_time: &'a str,
    provider: &'a str,
    model: &'a str,
    tenant: &'a str,
    user_id: &'a str,
    feature: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<&'a str>,
    session_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u64>,
    emitter: &'a str,
    sequence: u64,
    #[serde(flatten)]
    usage: Usage,
    latency_ms: u64,
    time_to_first_token_ms: u64,
}

/// The counters of one call; the parts never exceed their total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Usage {
    input_tokens: u64,
    output_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_read_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_write_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_reasoning_tokens: Option<u64>,
}

impl TraceEvents {
    /// `played_ms` tells one replay of the same rows from another; without it they are the same
    /// events each time. Milliseconds since the Unix epoch.
    pub(crate) fn new(seed: u64, played_ms: Option<i64>) -> Self {
        Self {
            seed,
            played_ms,
            users: Weights::falling(USERS),
            tenants: Weights::falling(TENANTS),
        }
    }

    /// Writes one event: `key` becomes its user, `payload` its JSON.
    pub(crate) fn write(
        &self,
        source: &str,
        stamp: Stamp,
        row: TraceRow,
        key: &mut String,
        payload: &mut Vec<u8>,
    ) {
        let profile = Profile::of(source);
        let mut draw = Draw::new(self.seed, source, stamp.number);
        let user = self.users.pick(&mut draw);
        // A user belongs to one tenant, whatever else is drawn.
        let tenant = self.tenants.pick(&mut Draw::new(self.seed, "tenant", user));
        let model = profile.model(&mut draw);
        let usage = usage(row, model, &mut draw);
        let outcome = Outcome::of(&mut draw);
        let workflow = profile.workflow(&mut draw);
        let feature = profile.feature(&mut draw);
        let first_token_ms = 120 + row.input_tokens / 20 + draw.below(400);
        let per_token_ms = 8 + draw.below(12);

        let emitter = self.emitter(source);
        let session = stamp.time_us.div_euclid(SESSION_US);
        let run = stamp.time_us.div_euclid(RUN_US);
        *key = format!("user-{user:04}");
        let run_id = workflow.map(|_| format!("run-{user:04}-{run}"));
        let event = Event {
            event_id: &format!("{emitter}-{}", stamp.number),
            event_time: &format_rfc3339(stamp.time_us),
            provider: model.provider,
            model: model.name,
            tenant: &format!("tenant-{tenant:02}"),
            user_id: key,
            feature,
            workflow,
            run_id: run_id.as_deref(),
            session_id: &format!("session-{user:04}-{session}"),
            status: outcome.status,
            usage_state: outcome.usage_state,
            attempt: outcome.attempt,
            emitter: &emitter,
            sequence: stamp.number,
            usage,
            latency_ms: first_token_ms + row.output_tokens * per_token_ms,
            time_to_first_token_ms: first_token_ms,
        };
        payload.clear();
        // Texts and whole numbers always have a JSON form, and a vector takes all bytes.
        let written = serde_json::to_writer(payload, &event);
        debug_assert!(written.is_ok(), "an event without a JSON form");
    }

    fn emitter(&self, source: &str) -> String {
        let seed = self.seed;
        match self.played_ms {
            Some(played_ms) => format!("{source}-{seed}-{played_ms}"),
            None => format!("{source}-{seed}"),
        }
    }
}

fn usage(row: TraceRow, model: &Model, draw: &mut Draw) -> Usage {
    let input = row.input_tokens;
    let is_cached = model.caches && input >= CACHED_TOKENS_MIN && draw.one_in(2);
    let blocks = draw.below(input / CACHE_BLOCK_TOKENS + 1);
    let read = is_cached.then_some(blocks * CACHE_BLOCK_TOKENS);
    let is_written = model.bills_cache_writes && input >= CACHED_TOKENS_MIN && draw.one_in(4);
    let written = draw.below(input - read.unwrap_or(0) + 1);
    let thought = draw.below(row.output_tokens * 3 / 5 + 1);
    Usage {
        input_tokens: input,
        output_tokens: row.output_tokens,
        cache_read_tokens: read,
        cache_write_tokens: is_written.then_some(written),
        output_reasoning_tokens: model.reasons.then_some(thought),
    }
}

/// How a call ended; most end well and say nothing about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Outcome {
    status: Option<&'static str>,
    usage_state: Option<&'static str>,
    attempt: Option<u64>,
}

impl Outcome {
    fn of(draw: &mut Draw) -> Self {
        let (status, usage_state, attempt) = match draw.below(PER_MILLE) {
            0..5 => (Some("error"), None, None),
            5..9 => (Some("cancelled"), Some("partial"), None),
            9..20 => (None, None, Some(2)),
            _ => (None, None, None),
        };
        Self {
            status,
            usage_state,
            attempt,
        }
    }
}

#[cfg(test)]
mod tests;
