//! Counts of top-level names that the native event does not know, so that emitters can grow.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// How many names are told apart; the rest is counted together.
const NAMES_MAX: usize = 256;
/// The longest name that is told apart, bytes.
const NAME_BYTES_MAX: usize = 128;
/// What the rest is counted under.
const OTHER: &str = "(other)";

/// How often each unknown name was met.
#[derive(Debug, Default)]
pub(crate) struct UnknownFields {
    counts: HashMap<String, u64, RandomState>,
    other: u64,
}

impl UnknownFields {
    pub(crate) fn count(&mut self, name: &str) {
        if let Some(count) = self.counts.get_mut(name) {
            *count += 1;
        } else if self.counts.len() < NAMES_MAX && name.len() <= NAME_BYTES_MAX {
            self.counts.insert(name.to_owned(), 1);
        } else {
            self.other += 1;
        }
    }

    /// The counts since the last call, sorted by name.
    pub(crate) fn take(&mut self) -> Vec<(String, u64)> {
        let mut counts: Vec<_> = self.counts.drain().collect();
        let other = std::mem::take(&mut self.other);
        if other > 0 {
            match counts.iter_mut().find(|(name, _)| name == OTHER) {
                Some((_, count)) => *count += other,
                None => counts.push((OTHER.to_owned(), other)),
            }
        }
        counts.sort_unstable();
        counts
    }
}
