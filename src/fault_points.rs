//! Named points of the worker at which a test ends or freezes the process, and bugs that it plants.
//!
//! Only the binary `tokenmeter-under-fire` has them (docs/adr/0004). Without the feature
//! `fault-points` the functions here are empty, and nothing of them is in the program.

#[cfg(feature = "fault-points")]
mod armed;
#[cfg(feature = "fault-points")]
mod names;

#[cfg(feature = "fault-points")]
pub(crate) use armed::{arm, checkpoint_commits, lake_hook, reach, retention_s, start_of};
#[cfg(not(feature = "fault-points"))]
pub(crate) use disarmed::{arm, checkpoint_commits, lake_hook, reach, retention_s, start_of};

#[cfg(not(feature = "fault-points"))]
mod disarmed {
    use std::sync::Arc;

    use ingest::kafka::topic_reader::{AssignedStart, TopicReader};
    use sinks::hook::{CommitHook, NoHook};

    /// Reads what the test wants of this process.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unnecessary_wraps, reason = "the armed one may fail")]
    pub(crate) const fn arm() -> anyhow::Result<()> {
        Ok(())
    }

    /// Says that the process has come to a named point.
    #[inline(always)]
    pub(crate) const fn reach(_name: &'static str) {}

    /// How long files and log entries are kept, seconds.
    #[inline(always)]
    pub(crate) const fn retention_s(configured_s: i64) -> i64 {
        configured_s
    }

    /// After how many commits a checkpoint is due.
    #[inline(always)]
    pub(crate) const fn checkpoint_commits(usual: u64) -> u64 {
        usual
    }

    /// Says to which points the work on the lake has come.
    #[must_use]
    pub(crate) fn lake_hook() -> Arc<dyn CommitHook> {
        Arc::new(NoHook)
    }

    /// Where a partition starts.
    #[inline(always)]
    pub(crate) const fn start_of(_reader: &TopicReader, start: AssignedStart) -> AssignedStart {
        start
    }
}
