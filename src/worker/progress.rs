//! What all lanes know of the topic: committed offsets, ends, and when there is no more to do.

use std::collections::BTreeMap;
use std::sync::Mutex;

/// One partition as far as this worker knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PartitionView {
    /// The next offset, as committed to the lake.
    pub(crate) committed: Option<i64>,
    /// The end offset, as last seen.
    pub(crate) end: Option<i64>,
    /// The offset to reach before `--until-end` is done.
    pub(crate) goal: Option<i64>,
    /// Whether it was read to an end behind the goal, though offsets without messages (control
    /// records) keep the committed offset below it.
    pub(crate) ended: bool,
}

impl PartitionView {
    fn is_done(&self) -> bool {
        self.goal
            .is_none_or(|goal| self.ended || self.committed.is_some_and(|next| next >= goal))
    }
}

/// The partitions of the topic, shared by lanes, metrics and the status line.
#[derive(Debug, Default)]
pub(crate) struct TopicProgress {
    // A std mutex: held for a few map operations a batch, never across an await.
    partitions: Mutex<BTreeMap<i32, PartitionView>>,
}

impl TopicProgress {
    fn update(&self, partition: i32, change: impl FnOnce(&mut PartitionView)) {
        if let Ok(mut partitions) = self.partitions.lock() {
            change(partitions.entry(partition).or_default());
        }
    }

    /// Sets the offset to reach.
    pub(crate) fn set_goal(&self, partition: i32, goal: i64) {
        self.update(partition, |view| view.goal = Some(goal));
    }

    /// Takes in a commit.
    pub(crate) fn committed(&self, partition: i32, next: i64) {
        self.update(partition, |view| {
            view.committed = view.committed.max(Some(next))
        });
    }

    /// Takes in that a partition was read to its end and everything read of it is committed.
    pub(crate) fn ended(&self, partition: i32) {
        self.update(partition, |view| view.ended = true);
    }

    /// Takes in where a partition ends.
    pub(crate) fn end_seen(&self, partition: i32, end: i64) {
        self.update(partition, |view| view.end = view.end.max(Some(end)));
    }

    /// All partitions.
    #[must_use]
    pub(crate) fn snapshot(&self) -> BTreeMap<i32, PartitionView> {
        self.partitions
            .lock()
            .map(|partitions| partitions.clone())
            .unwrap_or_default()
    }

    /// Whether every goal is reached.
    #[must_use]
    pub(crate) fn is_done(&self) -> bool {
        self.snapshot().values().all(PartitionView::is_done)
    }

    /// Events between the committed offsets and the ends.
    #[must_use]
    pub(crate) fn lag(&self) -> i64 {
        self.snapshot()
            .values()
            .filter_map(|view| Some((view.end? - view.committed?).max(0)))
            .sum()
    }
}

#[cfg(test)]
mod tests;
