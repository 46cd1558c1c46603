//! NDJSON lines: sent as they are; only their user and time are looked at.

use std::borrow::Cow;

use schemas::time::{US_PER_MS, parse_rfc3339_us};
use serde::Deserialize;
use serde_json::Value;

/// What is looked at in a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Head {
    /// The record's key: the user, or the event's id if it names none, so that an event that is
    /// sent again lands on the same partition. Empty if the line is no event.
    pub(crate) key: String,
    /// The event's time, microseconds since the Unix epoch.
    pub(crate) time_us: Option<i64>,
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow, default)]
    user_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    event_id: Option<Cow<'a, str>>,
    #[serde(default)]
    event_time: Value,
}

impl Head {
    /// Looks at a line. One that is no event has an empty head: it is for the worker to reject.
    pub(crate) fn of(line: &[u8]) -> Self {
        let Ok(fields) = serde_json::from_slice::<Fields<'_>>(line) else {
            return Self::default();
        };
        let key = fields.user_id.filter(|user| !user.is_empty());
        Self {
            key: key.or(fields.event_id).unwrap_or_default().into_owned(),
            time_us: match &fields.event_time {
                Value::String(text) => parse_rfc3339_us(text),
                Value::Number(ms) => ms.as_i64().and_then(|ms| ms.checked_mul(US_PER_MS)),
                _ => None,
            },
        }
    }
}

#[cfg(test)]
mod tests;
