//! Who says what time it is: passed in, so that tests decide.

use std::fmt::Debug;

/// A source of the current time.
///
/// # Units
/// Microseconds since the Unix epoch, UTC.
pub trait Clock: Debug + Send + Sync {
    /// The current time.
    fn now_us(&self) -> i64;
}

/// A clock that stands still, for tests and for work that must not depend on the time of day.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub i64);

impl Clock for FixedClock {
    fn now_us(&self) -> i64 {
        self.0
    }
}
