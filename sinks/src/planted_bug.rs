//! Bugs that a test plants, to see that it catches them; without the feature `fault-points` none
//! can be planted, and nothing of them is compiled.

/// A bug of the commit protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlantedBug {
    /// A commit is put wherever the table stands.
    CommitWithoutCompare,
    /// A version that somebody else has put is taken for our own.
    ExistsTakenForOurs,
    /// `cost_windows` is committed before `events`.
    WindowsBeforeEvents,
    /// A merge claims nothing and does not look whether its inputs are still there.
    MergeWithoutClaim,
}

#[cfg(feature = "fault-points")]
static PLANTED: std::sync::OnceLock<PlantedBug> = std::sync::OnceLock::new();

/// Plants a bug for the rest of the process; only the first one is planted.
#[cfg(feature = "fault-points")]
pub fn plant(bug: PlantedBug) {
    PLANTED.get_or_init(|| bug);
}

/// Whether a bug was planted.
#[cfg(feature = "fault-points")]
pub(crate) fn is_planted(bug: PlantedBug) -> bool {
    PLANTED.get() == Some(&bug)
}

/// Whether a bug was planted: never.
#[cfg(not(feature = "fault-points"))]
pub(crate) const fn is_planted(_bug: PlantedBug) -> bool {
    false
}
