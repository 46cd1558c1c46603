//! Gives freed pages back to the system before what the process holds reaches its ceiling.
//!
//! The allocator keeps freed pages in a heap for each of many threads, and the threads that read
//! and write files change all the time. So a worker that catches up for minutes holds twice what it
//! uses. To give pages back whenever they are free costs a third more CPU, therefore it is done
//! only near the ceiling.

use std::time::Duration;

use super::monitor::resident_bytes;

/// How often it is looked; a worker that catches up takes up to 20 MiB in that time.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// Pages are given back when less than one part in so many of the ceiling is left.
const ROOM_PART: u64 = 8;
/// Where that did not help, it is done again once so small a part of the ceiling was taken since.
const STEP_PART: u64 = 32;

/// Whether pages should be given back: near the ceiling, and only if something was taken since the
/// last time.
///
/// # Units
/// Bytes; `after_last` is what was left held the last time, 0 if there was none.
const fn is_due(resident: u64, ceiling: u64, after_last: u64) -> bool {
    resident + ceiling / ROOM_PART > ceiling && resident > after_last + ceiling / STEP_PART
}

/// Keeps what the process holds below its ceiling, as far as that is free memory.
///
/// # Units
/// `ceiling_bytes`: bytes of resident memory.
pub(crate) async fn keep_below(ceiling_bytes: u64) {
    let mut after_last = 0;
    loop {
        tokio::time::sleep(LOOK_INTERVAL).await;
        let resident = resident_bytes();
        if !is_due(resident, ceiling_bytes, after_last) {
            // Less is held by itself, too, so that the next time comes as early as the first.
            after_last = after_last.min(resident);
            continue;
        }
        if tokio::task::spawn_blocking(give_back).await.is_err() {
            return;
        }
        after_last = resident_bytes();
        tracing::debug!(resident, after_last, "gave freed memory back");
    }
}

/// Gives the pages that are free in all heaps back to the system.
#[cfg(target_env = "gnu")]
#[expect(
    unsafe_code,
    reason = "only the C library knows its free pages; the call takes and returns a number"
)]
fn give_back() {
    unsafe extern "C" {
        fn malloc_trim(pad: usize) -> std::ffi::c_int;
    }
    // SAFETY: it may be called from any thread at any time, and changes nothing that is in use.
    let _any_given_back = unsafe { malloc_trim(0) };
}

/// Other C libraries give pages back by themselves.
#[cfg(not(target_env = "gnu"))]
fn give_back() {}

#[cfg(test)]
mod tests;
