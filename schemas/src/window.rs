//! All window arithmetic: where the window of an instant starts.

use crate::time::US_PER_S;

/// The start of the window that holds an instant: `floor(time / width) * width` since the Unix
/// epoch, euclidean, so right before 1970 too.
///
/// # Units
/// Times: microseconds since the Unix epoch. `width_s`: seconds, at least 1.
#[must_use]
pub const fn window_start_us(time_us: i64, width_s: u32) -> i64 {
    let width_us = width_s as i64 * US_PER_S;
    time_us - time_us.rem_euclid(width_us)
}

/// Whether a window may still get events, given how far its source is known to be read.
///
/// # Units
/// Times: microseconds since the Unix epoch. `width_s`: seconds.
#[must_use]
pub const fn is_complete(window_start_us: i64, width_s: u32, watermark_us: i64) -> bool {
    window_start_us + width_s as i64 * US_PER_S <= watermark_us
}

#[cfg(test)]
mod tests;
