//! How long Kafka and the lake are waited for: pure decisions over what a failed try was.

use std::time::Duration;

use ingest::IngestError;
use readers::ReaderError;
use sinks::{RetryHint, SinkError};

const WAIT_MIN: Duration = Duration::from_millis(250);
const WAIT_MAX: Duration = Duration::from_secs(15);
/// Where an operator must act (a full disk, missing rights), so many tries pass before the worker
/// ends with an error that says so.
const OPERATOR_TRIES_MAX: u32 = 3;
/// After a stop was asked for, storage that does not answer is given up after so many tries.
const TRIES_WHILE_STOPPING_MAX: u32 = 5;

/// The failed tries of one act.
#[derive(Debug)]
pub(crate) struct Patience {
    wait: Duration,
    operator_tries: u32,
    tries_while_stopping: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            wait: WAIT_MIN,
            operator_tries: 0,
            tries_while_stopping: 0,
        }
    }
}

impl Patience {
    /// Takes in a failed try; how long to wait for the next one, or `None` to give up.
    #[must_use]
    pub(crate) fn after(&mut self, hint: RetryHint, is_stopping: bool) -> Option<Duration> {
        self.tries_while_stopping += u32::from(is_stopping);
        let is_hopeless = match hint {
            RetryHint::Never => true,
            RetryHint::Operator => self.operator_tries >= OPERATOR_TRIES_MAX,
            RetryHint::Backoff => false,
        };
        if is_hopeless || self.tries_while_stopping >= TRIES_WHILE_STOPPING_MAX {
            return None;
        }
        self.operator_tries += u32::from(hint == RetryHint::Operator);
        let wait = self.wait;
        self.wait = (wait * 2).min(WAIT_MAX);
        Some(wait)
    }
}

/// Who must act on an error of Kafka or the lake, whatever was said around it.
#[must_use]
pub(crate) fn hint(error: &anyhow::Error) -> RetryHint {
    error
        .chain()
        .find_map(|cause| {
            if let Some(error) = cause.downcast_ref::<SinkError>() {
                return Some(error.retry());
            }
            if let Some(error) = cause.downcast_ref::<IngestError>() {
                let passes = error.is_passing();
                return Some(if passes {
                    RetryHint::Backoff
                } else {
                    RetryHint::Never
                });
            }
            // The queries are our own, so it is the storage, or a file that is damaged for good.
            cause.is::<ReaderError>().then_some(RetryHint::Operator)
        })
        .unwrap_or(RetryHint::Never)
}

#[cfg(test)]
mod tests;
