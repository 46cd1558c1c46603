//! What becomes of an alert, given what its rule says of its key: the state machine.
//!
//! ```text
//! inactive -> pending -> firing -> resolved
//! ```
//! One alert a breach: while a key stays broken nothing more is said of it, unless it reaches a
//! further step of its rule.

use schemas::alerts::alert::AlertState;
use schemas::time::{S_PER_DAY, US_PER_S};

use super::judgement::{Finding, Judgement};

/// So long nothing could be judged, and the alert is over.
const UNKNOWN_US_MAX: i64 = S_PER_DAY * US_PER_S;

/// How patient a rule is.
///
/// # Units
/// Microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// How long a key is broken before its alert fires.
    pub(crate) for_us: i64,
    /// How long it is whole again before the alert is over.
    pub(crate) keep_firing_us: i64,
}

/// An alert that is pending or fires.
///
/// # Units
/// Microseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The number of its next change.
    pub(crate) next_change: u32,
    pub(crate) since_us: i64,
    pub(crate) started_at_us: i64,
    pub(crate) fired_at_us: Option<i64>,
    /// Since when its key is whole again.
    pub(crate) whole_since_us: Option<i64>,
    /// When its key was last judged.
    pub(crate) judged_at_us: i64,
    /// The furthest that was found: the highest step, and of that the largest excess.
    pub(crate) worst: Finding,
}

/// A change of state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) change_number: u32,
    pub(crate) state: AlertState,
    pub(crate) started_at_us: i64,
    pub(crate) fired_at_us: Option<i64>,
    pub(crate) resolved_at_us: Option<i64>,
    pub(crate) finding: Finding,
}

/// What stands after a judgement, and what has to be said about it.
pub(crate) type Next = (Option<Standing>, Option<Turn>);

/// Goes on from what stands. `first_change` numbers the first change of a new alert.
///
/// # Units
/// `now_us`: microseconds since the Unix epoch.
pub(crate) fn advance(
    standing: Option<Standing>,
    judgement: Judgement,
    patience: Patience,
    now_us: i64,
    first_change: impl Fn(&Finding) -> u32,
) -> Next {
    match (standing, judgement) {
        (None, Judgement::Unknown | Judgement::Whole) => (None, None),
        (None, Judgement::Broken(finding)) => {
            let first = first_change(&finding);
            begin(finding, first, patience, now_us)
        }
        (Some(standing), Judgement::Unknown) => {
            if now_us - standing.judged_at_us >= UNKNOWN_US_MAX {
                over(standing, now_us)
            } else {
                (Some(standing), None)
            }
        }
        (Some(standing), Judgement::Whole) => whole(standing, patience, now_us),
        (Some(standing), Judgement::Broken(finding)) => {
            // What stands belongs to a period that is over.
            if standing.started_at_us < finding.not_before_us {
                return over(standing, now_us);
            }
            broken(standing, finding, patience, now_us)
        }
    }
}

fn begin(finding: Finding, first: u32, patience: Patience, now_us: i64) -> Next {
    let standing = Standing {
        next_change: first,
        since_us: now_us,
        started_at_us: finding.started_at_us,
        fired_at_us: None,
        whole_since_us: None,
        judged_at_us: now_us,
        worst: finding,
    };
    if patience.for_us == 0 {
        fire(standing, now_us)
    } else {
        say(standing, AlertState::Pending)
    }
}

fn broken(mut standing: Standing, finding: Finding, patience: Patience, now_us: i64) -> Next {
    let is_further = finding.rank > standing.worst.rank;
    standing.judged_at_us = now_us;
    standing.whole_since_us = None;
    if is_further || extent(&finding) > extent(&standing.worst) {
        standing.worst = finding;
    }
    match standing.fired_at_us {
        None if now_us - standing.since_us >= patience.for_us => fire(standing, now_us),
        Some(_) if is_further => say(standing, AlertState::Firing),
        _ => (Some(standing), None),
    }
}

fn whole(mut standing: Standing, patience: Patience, now_us: i64) -> Next {
    standing.judged_at_us = now_us;
    let since_us = *standing.whole_since_us.get_or_insert(now_us);
    let is_pending = standing.fired_at_us.is_none();
    if is_pending || now_us - since_us >= patience.keep_firing_us {
        over(standing, now_us)
    } else {
        (Some(standing), None)
    }
}

fn fire(mut standing: Standing, now_us: i64) -> Next {
    standing.fired_at_us = Some(now_us);
    say(standing, AlertState::Firing)
}

/// An alert that is over says how far it went.
pub(crate) fn over(standing: Standing, now_us: i64) -> Next {
    let (_, turn) = say(standing, AlertState::Resolved);
    let turn = turn.map(|turn| Turn {
        resolved_at_us: Some(now_us),
        ..turn
    });
    (None, turn)
}

fn say(mut standing: Standing, state: AlertState) -> Next {
    let turn = Turn {
        change_number: standing.next_change,
        state,
        started_at_us: standing.started_at_us,
        fired_at_us: standing.fired_at_us,
        resolved_at_us: None,
        finding: standing.worst.clone(),
    };
    standing.next_change += 1;
    (Some(standing), Some(turn))
}

/// How far a finding goes: by the dollars over, or where they are unknown by how far the value is
/// from its level.
fn extent(finding: &Finding) -> (usize, i128) {
    let distance = || {
        let level = finding.threshold.map_or(0, |level| level.pico);
        finding
            .value
            .pico
            .abs_diff(level)
            .try_into()
            .unwrap_or(i128::MAX)
    };
    let dollars = finding.over_usd.map(|usd| usd.0);
    (finding.rank, dollars.unwrap_or_else(distance))
}
