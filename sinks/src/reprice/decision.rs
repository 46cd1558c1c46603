//! What a reprice does next: facts in, a decision out.
//!
//! A reprice is two commits: `events` takes the new prices and the transaction `reprice/events`
//! = n, then `cost_windows` takes the corrections and `reprice/cost_windows` = n. What the second
//! commit holds is written down, in a manifest, before the first one, so that anybody can make it.
//! Three rules keep both tables equal:
//!
//! 1. reprice n + 1 is not committed to `events` before `cost_windows` has reprice n;
//! 2. only files of a version V are rewritten of which `cost_windows` has every offset: what is
//!    not in it yet will be summed up from the stored rows, at the price that stands there;
//! 3. the files must still be in the table when the commit is put.

/// How far the two tables are with reprices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Standing {
    /// Both have the same ones.
    Settled,
    /// `events` has one whose corrections `cost_windows` lacks.
    HalfDone {
        /// Which one.
        number: i64,
    },
    /// What rule 1 excludes: the lake was changed by others.
    Contradiction,
}

/// Compares the two tables' transactions; `events` must have been read first, since
/// `cost_windows` follows it.
pub(crate) fn standing(events: Option<i64>, windows: Option<i64>) -> Standing {
    let (events, windows) = (events.unwrap_or(0), windows.unwrap_or(0));
    if windows >= events {
        Standing::Settled
    } else if windows + 1 == events {
        Standing::HalfDone { number: events }
    } else {
        Standing::Contradiction
    }
}

/// What became of the commit to `events`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum EventsCommit {
    /// It is in the log.
    Landed,
    /// Another reprice, or a merge of the files, was faster.
    Lost,
    /// Its files are too old.
    Expired,
}

/// All that is known when a decision is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RepriceFacts {
    /// Whether nothing shall be committed.
    pub(crate) is_dry_run: bool,
    /// How the tables stand; `None`: the logs were not read since the last commit.
    pub(crate) standing: Option<Standing>,
    /// Whether `cost_windows` lacks offsets that `events` has at the version read.
    pub(crate) is_behind: bool,
    /// Whether there is time left to wait for them.
    pub(crate) may_wait: bool,
    /// How many rows get a new price; `None`: not worked out for the version read.
    pub(crate) rows: Option<u64>,
    /// What became of the commit, if it was tried.
    pub(crate) commit: Option<EventsCommit>,
    /// How often it may still be worked out.
    pub(crate) plans_left: u32,
}

/// What to do next.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RepriceDecision {
    /// Read both logs to their ends.
    Look,
    /// Say that the lake contradicts itself.
    Refuse,
    /// Commit the corrections of the reprice that `events` has.
    Finish,
    /// Wait a little, then see how far `cost_windows` is.
    Wait,
    /// Say which partitions are behind.
    Behind,
    /// Work out the new prices of the files that are there.
    Plan,
    /// Say that every price is as it should be.
    Unchanged,
    /// Say what would change.
    Report,
    /// Commit to `events`.
    Commit,
    /// Forget what was worked out, as far as its files are gone, and look again.
    Again,
    /// Say that both tables have it.
    Done,
    /// Say that it took longer than its files may live.
    Expired,
    /// Say that others were faster each time.
    GiveUp,
}

/// Decides what a reprice does next.
pub(crate) fn decide(facts: &RepriceFacts) -> RepriceDecision {
    match (facts.commit, facts.standing) {
        (Some(EventsCommit::Lost), _) => return RepriceDecision::Again,
        (Some(EventsCommit::Expired), _) => return RepriceDecision::Expired,
        (_, None) => return RepriceDecision::Look,
        (_, Some(Standing::Contradiction)) => return RepriceDecision::Refuse,
        // A dry run reads `events` alone, which is whole.
        (_, Some(Standing::HalfDone { .. })) if !facts.is_dry_run => {
            return RepriceDecision::Finish;
        }
        (Some(EventsCommit::Landed), Some(_)) => return RepriceDecision::Done,
        (None, Some(_)) => {}
    }
    if facts.is_behind && !facts.is_dry_run {
        return if facts.may_wait {
            RepriceDecision::Wait
        } else {
            RepriceDecision::Behind
        };
    }
    match facts.rows {
        None if facts.plans_left == 0 => RepriceDecision::GiveUp,
        None => RepriceDecision::Plan,
        Some(0) => RepriceDecision::Unchanged,
        Some(_) if facts.is_dry_run => RepriceDecision::Report,
        Some(_) => RepriceDecision::Commit,
    }
}

#[cfg(test)]
mod tests;
