//! What a receiver answered, and what to do next: a pure decision.

use std::time::Duration;

/// How long a receiver may make us wait at its own request.
const ASKED_WAIT_MAX: Duration = Duration::from_secs(3600);
/// The first pause after a failure; each further one is twice as long.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
/// The longest pause, so that a receiver which comes back is not left waiting.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// Doublings from the first pause up to beyond the longest one.
const DOUBLINGS_MAX: u32 = 6;

/// What a receiver answered to one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub(crate) enum Answer {
    /// It has it.
    Accepted,
    /// It may take it later, or has it already: a time-out, a refused connection, "busy".
    Failed {
        /// What happened, without secrets.
        detail: String,
        /// How long it asks us to wait.
        wait: Option<Duration>,
    },
    /// It will never take it.
    Refused {
        /// What it said, without secrets.
        detail: String,
    },
}

impl Answer {
    /// It may take it later.
    pub(crate) fn failed(detail: impl Into<String>) -> Self {
        Self::Failed {
            detail: detail.into(),
            wait: None,
        }
    }

    /// It will never take it.
    pub(crate) fn refused(detail: impl Into<String>) -> Self {
        Self::Refused {
            detail: detail.into(),
        }
    }

    /// What an HTTP status means; `detail` is the answer's text, `wait` its `Retry-After`.
    pub(crate) fn of_status(status: u16, detail: &str, wait: Option<Duration>) -> Self {
        let detail = match detail.trim() {
            "" => format!("status {status}"),
            text => format!("status {status}: {text}"),
        };
        match status {
            200..=299 => Self::Accepted,
            // The request came too slowly, too early, or too often: later it may be right.
            408 | 425 | 429 | 500..=599 => Self::Failed { detail, wait },
            _ => Self::Refused { detail },
        }
    }
}

/// What is known when an attempt has been answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempted {
    /// Attempts at this batch so far, this one included.
    pub(crate) attempts: u32,
    /// Changes in the batch.
    pub(crate) changes: usize,
    /// How long the oldest of them has waited.
    pub(crate) waited: Duration,
    /// How long it may wait.
    pub(crate) retry_for: Duration,
    /// A random number below 1,000, which keeps receivers from being asked in step.
    pub(crate) jitter_permille: u32,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub(crate) enum Next {
    /// The batch is delivered.
    Delivered,
    /// Try the batch again after this pause.
    Again(Duration, String),
    /// Something in the batch is refused: send its changes one by one to find out what.
    OneByOne,
    /// The one change is refused for good.
    Refused(String),
    /// What has waited for too long is given up.
    GivenUp(String),
}

/// Decides what an answer means for a batch.
pub(crate) fn decide(answer: Answer, attempted: Attempted) -> Next {
    match answer {
        Answer::Accepted => Next::Delivered,
        Answer::Refused { .. } if attempted.changes > 1 => Next::OneByOne,
        Answer::Refused { detail } => Next::Refused(detail),
        Answer::Failed { detail, .. } if attempted.waited >= attempted.retry_for => {
            Next::GivenUp(detail)
        }
        Answer::Failed { detail, wait } => {
            let asked = wait.unwrap_or_default().min(ASKED_WAIT_MAX);
            let left = attempted.retry_for.saturating_sub(attempted.waited);
            let own = pause(attempted.attempts, attempted.jitter_permille);
            // The last attempt falls on the end of the time, not long before it.
            Next::Again(own.max(asked).min(left), detail)
        }
    }
}

/// The pause after so many attempts: between half and the whole of a doubling span.
fn pause(attempts: u32, jitter_permille: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(DOUBLINGS_MAX);
    let span = PAUSE_FIRST.saturating_mul(1 << doublings).min(PAUSE_MAX);
    let half = span / 2;
    half + half / 1000 * jitter_permille.min(1000)
}

#[cfg(test)]
mod tests;
