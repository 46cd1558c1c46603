//! What waits for one receiver: bounded, in order, and aware of what it did not take.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::alerting::delivery::NumberedChange;

/// Changes that wait for one receiver at most. What does not fit is not lost: it stands in the
/// table `alerts`, and is offered again once there is room.
pub(crate) const QUEUE_CHANGES_MAX: usize = 4096;

/// A change that waits.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    /// The change.
    pub(crate) change: NumberedChange,
    /// Since when it waits.
    pub(crate) since: Instant,
}

/// The changes that wait for one receiver, in the order of their numbers.
#[derive(Debug)]
pub(crate) struct Queue {
    waiting: VecDeque<Waiting>,
    // Every change before this number was taken, or is not for this receiver.
    next: i64,
    // The number behind the last change that is known to be there.
    known: i64,
    changes_max: usize,
}

impl Queue {
    /// An empty queue that takes changes from `next` on, where there are `known` changes.
    pub(crate) fn from(next: i64, known: i64, changes_max: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            next,
            known: known.max(next),
            changes_max,
        }
    }

    /// Takes the change if it is the next one and there is room.
    ///
    /// One that was taken before is passed over. So is one behind a change that is not there yet,
    /// or for which there was no room: none is left out.
    pub(crate) fn offer(&mut self, change: &NumberedChange, is_wanted: bool, now: Instant) {
        self.known = self.known.max(change.number + 1);
        if change.number != self.next || (is_wanted && !self.has_room()) {
            return;
        }
        if is_wanted {
            self.waiting.push_back(Waiting {
                change: change.clone(),
                since: now,
            });
        }
        self.next += 1;
    }

    /// Passes over what another process has delivered, and notes how many changes there are.
    pub(crate) fn skip(&mut self, next: i64, known: i64) {
        self.known = self.known.max(known);
        // What waits here already may be on its way: its courier goes on.
        if self.waiting.is_empty() {
            self.next = self.next.max(next);
        }
    }

    fn has_room(&self) -> bool {
        self.waiting.len() < self.changes_max
    }

    /// The first changes, which stay here until [`Self::remove`].
    pub(crate) fn first(&self, count: usize) -> Vec<Waiting> {
        self.waiting.iter().take(count).cloned().collect()
    }

    /// How many of the first changes have waited for at least so long.
    pub(crate) fn overdue(&self, waited: Duration, now: Instant) -> usize {
        let is_overdue = |one: &&Waiting| now.saturating_duration_since(one.since) >= waited;
        self.waiting.iter().take_while(is_overdue).count()
    }

    /// Removes the first changes: they are delivered, or given up.
    pub(crate) fn remove(&mut self, count: usize) {
        self.waiting.drain(..count.min(self.waiting.len()));
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The first change that is not delivered, given up, or not for this receiver.
    pub(crate) fn acknowledged(&self) -> i64 {
        let first = self.waiting.front();
        first.map_or(self.next, |first| first.change.number)
    }

    /// The number from which on all changes must be offered, if some were not taken yet and there
    /// is room.
    pub(crate) fn missing_from(&self) -> Option<i64> {
        (self.next < self.known && self.has_room()).then_some(self.next)
    }
}

#[cfg(test)]
mod tests;
