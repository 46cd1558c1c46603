//! What a rule says of a key at an instant.

use schemas::alerts::amount::Amount;
use schemas::money::PicoUsd;

/// When rules are evaluated, and what is known by then.
///
/// # Units
/// Microseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant {
    /// The clock.
    pub now_us: i64,
    /// Up to which instant windows are complete; `None` if nothing says so.
    pub complete_until_us: Option<i64>,
    /// When the facts were gathered that calls are priced by; `None` if nobody asked.
    pub price_facts_at_us: Option<i64>,
}

/// What a rule says of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// There is nothing to judge by: whatever was said before stands.
    Unknown,
    /// The key keeps the rule.
    Whole,
    /// It breaks it.
    Broken(Finding),
}

/// How a key breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Which step was reached, counted from the mildest.
    pub(crate) rank: usize,
    /// How that step is named; empty if the rule has none.
    pub(crate) step: String,
    pub(crate) value: Amount,
    pub(crate) threshold: Option<Amount>,
    pub(crate) baseline: Option<Amount>,
    pub(crate) over_usd: Option<PicoUsd>,
    /// The start of the first window that broke the rule.
    pub(crate) started_at_us: i64,
    /// An alert that started before this is another one: a budget's period has begun anew.
    pub(crate) not_before_us: i64,
    pub(crate) projected_at_us: Option<i64>,
}
