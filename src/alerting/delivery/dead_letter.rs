//! What was given up: told in the log with everything, and kept for the lake.

use std::sync::{Arc, Mutex, PoisonError};

use schemas::alerts::alert::AlertChange;
use schemas::time::format_rfc3339;
use serde::Serialize;

use crate::alerting::delivery::NumberedChange;
use crate::alerting::delivery::payload::Payload;

/// Dead letters that wait to be written down at most; each is in the log in any case.
const WAITING_MAX: usize = 4096;

/// A change that a receiver will not get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeadLetter {
    /// The receiver.
    pub(crate) receiver: String,
    /// The change's number in the table `alerts`.
    pub(crate) number: i64,
    /// The change.
    pub(crate) change: Arc<AlertChange>,
    /// Why it was given up: what the receiver said, or how it failed.
    pub(crate) reason: String,
    /// When, microseconds since the Unix epoch.
    pub(crate) given_up_at_us: i64,
}

/// A dead letter as the lake keeps it: the columns of the view `alert_dead_letters`.
#[derive(Debug, Serialize)]
struct KeptLetter<'a> {
    receiver: &'a str,
    number: i64,
    alert_id: &'a str,
    change_number: u32,
    rule: &'a str,
    state: &'static str,
    reason: &'a str,
    given_up_at: String,
    payload: Payload<'a>,
}

impl DeadLetter {
    /// Its text for the lake, one JSON object.
    ///
    /// # Errors
    /// None that a letter can cause; they are serde's.
    pub(crate) fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(&KeptLetter {
            receiver: &self.receiver,
            number: self.number,
            alert_id: &self.change.alert_id,
            change_number: self.change.change_number,
            rule: &self.change.rule,
            state: self.change.state.as_str(),
            reason: &self.reason,
            given_up_at: format_rfc3339(self.given_up_at_us),
            payload: Payload::of(&self.change),
        })
    }
}

/// Dead letters of all receivers.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeadLetters(Arc<Mutex<Vec<DeadLetter>>>);

impl DeadLetters {
    /// Takes a change in that is given up, and tells it in the log.
    pub(crate) fn add(&self, receiver: &str, numbered: &NumberedChange, reason: &str, now_us: i64) {
        let payload = Payload::of(&numbered.change).to_json().unwrap_or_default();
        tracing::error!(
            receiver,
            reason,
            number = numbered.number,
            alert = %payload,
            "an alert was not delivered and is given up"
        );
        let mut letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if letters.len() < WAITING_MAX {
            letters.push(DeadLetter {
                receiver: receiver.to_owned(),
                number: numbered.number,
                change: Arc::clone(&numbered.change),
                reason: reason.to_owned(),
                given_up_at_us: now_us,
            });
        }
    }

    /// Hands over what was given up since the last call.
    pub(crate) fn take(&self) -> Vec<DeadLetter> {
        let mut letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut letters)
    }
}
