//! A bug that a test plants, to see that it catches it; without the feature `fault-points` it
//! cannot be planted, and nothing of it is compiled.

#[cfg(feature = "fault-points")]
static REPLAY_IS_DUPLICATE: std::sync::OnceLock<()> = std::sync::OnceLock::new();

/// From now on the index of events met before forgets no partition, and an event that meets itself
/// there counts as a duplicate.
#[cfg(feature = "fault-points")]
pub fn plant_replay_is_duplicate() {
    REPLAY_IS_DUPLICATE.get_or_init(|| ());
}

/// Whether the bug was planted.
#[cfg(feature = "fault-points")]
pub(crate) fn replay_is_duplicate() -> bool {
    REPLAY_IS_DUPLICATE.get().is_some()
}

/// Whether the bug was planted: never.
#[cfg(not(feature = "fault-points"))]
pub(crate) const fn replay_is_duplicate() -> bool {
    false
}
