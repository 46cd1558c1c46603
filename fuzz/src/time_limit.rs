//! No input may take the program long: what is slow for one message stops a worker for many.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// How long one call of the program may take.
const CALL_MAX: Duration = Duration::from_millis(100);

/// Calls the program and sees that it is quick.
///
/// # Panics
/// If the call takes longer than it may.
pub fn within_limit<T>(call: impl Fn() -> T) -> T {
    let begun = Instant::now();
    let outcome = call();
    assert_quick(begun, || drop(call()));
    outcome
}

/// Sees that a call was quick that began then and has just ended. If it took long by the clock on
/// the wall, it is made `again` and measured by the processor's time: the machine may have been busy
/// with others.
///
/// # Panics
/// If the call takes longer than it may.
pub fn assert_quick(begun: Instant, again: impl FnOnce()) {
    if begun.elapsed() <= CALL_MAX {
        return;
    }
    let before = thread_time();
    again();
    let used = thread_time().saturating_sub(before);
    assert!(used <= CALL_MAX, "a call took {used:?}");
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanoseconds)
}
