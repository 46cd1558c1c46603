//! The clock of the machine: the only place where the program asks what time it is.

use std::time::{SystemTime, UNIX_EPOCH};

use schemas::clock::Clock;

/// The time of the machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the edge at which the time enters"
    )]
    fn now_us(&self) -> i64 {
        let now = SystemTime::now();
        let signed = |micros: u128| i64::try_from(micros).unwrap_or(i64::MAX);
        match now.duration_since(UNIX_EPOCH) {
            Ok(since) => signed(since.as_micros()),
            Err(before) => -signed(before.duration().as_micros()),
        }
    }
}
