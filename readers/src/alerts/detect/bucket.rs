//! A span of one series: what is tested, and what it is tested by.

/// Sums over one span of time of one key.
///
/// A ratio is numerator by denominator. For cost per call the numerator is the cost and the
/// denominator the calls; for a plain measure (cost, tokens) it is the measure, and the denominator
/// is the calls all the same, because calls show the rhythm better than costs do.
///
/// # Units
/// `usd` is what the numerator costs, US dollars: the cost itself for cost, the input cost for
/// input tokens, retries x cost per call for retries. It weighs a breach, whatever is tested.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bucket {
    /// Start, seconds since the Unix epoch.
    pub start_s: i64,
    /// Width, seconds.
    pub width_s: u32,
    /// Dollars that the numerator stands for.
    pub usd: f64,
    /// What is tested.
    pub numerator: f64,
    /// What it is tested by, usually calls.
    pub denominator: f64,
}

impl Bucket {
    /// End, exclusive, seconds since the Unix epoch.
    #[must_use]
    pub const fn end_s(&self) -> i64 {
        self.start_s + self.width_s as i64
    }
}
