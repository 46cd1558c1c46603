//! What a detector says of a series.

use super::pace::Pace;

/// Whether a series is where it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// As expected.
    Quiet,
    /// As expected as far as that is known: the key is new.
    Learning,
    /// Over its baseline by more than its past explains.
    Breach,
    /// A breach that has been calm for a while, but not for long enough to be over.
    Clearing,
}

impl Verdict {
    /// Whether an alert should be active.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Breach | Self::Clearing)
    }
}

/// What a detector says of a series.
///
/// # Units
/// `value` and `baseline` of a ratio: the ratio; of a volume: units of the numerator, of a silence:
/// calls, both summed up over the same span. Money in US dollars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assessment {
    /// Whether it is where it should be.
    pub verdict: Verdict,
    /// What it was since the breach began to show; without one, lately.
    pub value: f64,
    /// What it should have been.
    pub baseline: f64,
    /// Dollars over the baseline since the breach began to show; 0 without one.
    pub over_usd: f64,
    /// Up to when evidence was looked at when it became a breach, seconds since the Unix epoch.
    pub since_s: Option<i64>,
    /// At which pace the breach shows.
    pub pace: Option<Pace>,
}
