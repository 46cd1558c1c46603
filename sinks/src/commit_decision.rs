//! What a committer does next: facts in, a decision out.
//!
//! A commit claims, for each partition, that the table stands at `expected` and shall stand at
//! `next`. Three things make that a compare-and-set:
//!
//! 1. the comparison is made at a version V of which every `txn` is known;
//! 2. the commit is put as V + 1, and the store refuses to create an object twice, so nothing
//!    lies between;
//! 3. whatever the put answers but "done" says nothing: the log is read, and only what stands in
//!    it decides whether the commit landed. A `txn` that carries our batch id is ours; the same
//!    value without it is somebody else's.
//!
//! The values of a partition only grow, so a value that was left cannot come back.

/// One partition's claim, beside what the table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClaimFact {
    /// What the table must hold; `None`: nothing.
    pub(crate) expected: Option<i64>,
    /// What it shall hold. The same as `expected` if the claim only guards.
    pub(crate) next: i64,
    /// What it holds at the version read.
    pub(crate) stored: Option<i64>,
    /// Whether that value was set by the very commit in question.
    pub(crate) stored_is_ours: bool,
}

impl ClaimFact {
    const fn advances(&self) -> bool {
        match self.expected {
            Some(expected) => expected != self.next,
            None => true,
        }
    }

    fn landed(&self) -> bool {
        self.stored_is_ours && self.stored == Some(self.next)
    }
}

/// All that is known when a decision is due.
#[derive(Debug, Clone)]
pub(crate) struct CommitFacts {
    /// Each partition's claim.
    pub(crate) claims: Vec<ClaimFact>,
    /// Whether the log was read to its end since this commit began and since the last put.
    pub(crate) is_fresh: bool,
    /// Whether the last put failed, in whatever way, and the log was not read since.
    pub(crate) put_unresolved: bool,
    /// Whether it is so long since the log's end was seen that entries behind it may already
    /// have been cleared away: an absent entry then proves nothing.
    pub(crate) head_is_stale: bool,
    /// Whether a file that the commit replaces has left the table.
    pub(crate) inputs_are_gone: bool,
    /// Whether the commit's files may be cleared away soon.
    pub(crate) is_expired: bool,
    /// How many more puts are allowed.
    pub(crate) puts_left: u32,
}

/// What to do next.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommitDecision {
    /// Forget what is known and load the log from its checkpoint.
    Reload,
    /// Read what was committed since.
    Refresh,
    /// The commit is in the log.
    Landed,
    /// Put it as the next version.
    Put,
    /// Somebody else moved a partition: the claim of this index does not hold.
    Fenced {
        /// Which claim.
        claim: usize,
    },
    /// A file that the commit replaces was replaced by somebody else.
    InputsGone,
    /// Too old to commit.
    Expired,
    /// Tried often enough.
    GiveUp,
}

/// Decides what a committer does next.
pub(crate) fn decide(facts: &CommitFacts) -> CommitDecision {
    if facts.head_is_stale {
        return CommitDecision::Reload;
    }
    if facts.put_unresolved {
        return CommitDecision::Refresh;
    }
    let mut advancing = facts.claims.iter().filter(|claim| claim.advances());
    let any_advances = advancing.clone().next().is_some();
    if any_advances && advancing.all(ClaimFact::landed) {
        return CommitDecision::Landed;
    }
    let moved = facts
        .claims
        .iter()
        .position(|claim| claim.stored != claim.expected);
    if let Some(claim) = moved {
        // What is known may be old; only the log's end can prove that somebody was faster.
        return if facts.is_fresh {
            CommitDecision::Fenced { claim }
        } else {
            CommitDecision::Refresh
        };
    }
    if facts.inputs_are_gone {
        return CommitDecision::InputsGone;
    }
    if facts.is_expired {
        return CommitDecision::Expired;
    }
    if facts.puts_left == 0 {
        return CommitDecision::GiveUp;
    }
    CommitDecision::Put
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
