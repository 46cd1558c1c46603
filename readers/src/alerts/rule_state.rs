//! One rule at work: its alerts that stand, and how they move on.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use schemas::alerts::alert::{ALERT_NAME, AlertChange, AlertState};
use schemas::alerts::amount::Amount;
use schemas::alerts::rule::{Rule, RuleKind};
use schemas::time::{S_PER_DAY, US_PER_S};

use super::feed::Feed;
use super::group_key::GroupKey;
use super::judgement::{Finding, Instant, Judgement};
use super::picture::Picture;
use super::spike::SpikeState;
use super::standing::{Patience, Standing, Turn, advance};
use super::threshold::Present;

mod judging;

pub(crate) use judging::Look;

/// How long it is remembered that an alert was, so that its id is not given anew.
const CLOSED_US: i64 = S_PER_DAY * US_PER_S;

/// A row of a rule's query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryRow {
    /// Its texts, by column.
    pub labels: BTreeMap<String, String>,
    /// Its `value`.
    pub value: Amount,
}

/// A rule and all that stands of it.
#[derive(Debug)]
pub(crate) struct RuleState {
    pub(crate) group: String,
    pub(crate) rule: Rule,
    pub(crate) feed: Option<Feed>,
    /// Which picture feeds it.
    pub(crate) picture: Option<usize>,
    standings: BTreeMap<GroupKey, Standing>,
    closed: HashMap<GroupKey, Closed>,
    /// What it has learned, if it is a spike rule.
    spike: Option<SpikeState>,
    /// The last round of rows that was judged.
    judged_round: u64,
    /// Up to where complete steps were judged.
    judged_end_us: Option<i64>,
    /// What its query gave, if it has one and was asked since the last evaluation.
    pub(crate) answer: Option<Vec<QueryRow>>,
}

/// An alert that is over.
#[derive(Debug, Clone, Copy)]
struct Closed {
    started_at_us: i64,
    next_change: u32,
    at_us: i64,
}

type Judged = Vec<(GroupKey, Judgement)>;

impl RuleState {
    pub(crate) fn new(group: &str, rule: Rule, feed: Option<Feed>, picture: Option<usize>) -> Self {
        let spike = match &rule.kind {
            RuleKind::Spike(spike) => SpikeState::new(spike),
            _ => None,
        };
        Self {
            group: group.to_owned(),
            rule,
            feed,
            picture,
            standings: BTreeMap::new(),
            closed: HashMap::new(),
            spike,
            judged_round: 0,
            judged_end_us: None,
            answer: None,
        }
    }

    /// The alerts that stand.
    pub(crate) fn standings(&self) -> impl Iterator<Item = &Standing> {
        self.standings.values()
    }

    /// Forgets all that stands, and takes what the newest changes say of it.
    pub(crate) fn restore(&mut self, changes: &[AlertChange]) {
        self.standings.clear();
        self.closed.clear();
        for change in changes {
            if change.rule_group != self.group || change.rule != self.rule.name {
                continue;
            }
            let key = self.key_of(change);
            if change.state == AlertState::Resolved {
                let closed = Closed {
                    started_at_us: change.started_at_us,
                    next_change: change.change_number + 1,
                    at_us: change.changed_at_us,
                };
                self.closed.insert(key, closed);
            } else {
                let standing = self.standing_of(change);
                self.standings.insert(key, standing);
            }
        }
    }

    fn key_of(&self, change: &AlertChange) -> GroupKey {
        if !matches!(self.rule.kind, RuleKind::Sql(_)) {
            return GroupKey::of_labels(&self.rule.keys, &change.labels);
        }
        let own = |name: &&String| *name != ALERT_NAME && !self.rule.labels.contains_key(*name);
        let names = change.labels.keys().filter(own);
        let pairs = names.flat_map(|name| [name.as_str(), change.labels[name].as_str()]);
        GroupKey::of(pairs)
    }

    fn standing_of(&self, change: &AlertChange) -> Standing {
        let finding = Finding {
            rank: self.rank_of(&change.step),
            step: change.step.clone(),
            value: change.value,
            threshold: change.threshold,
            baseline: change.baseline,
            over_usd: change.over_usd,
            started_at_us: change.started_at_us,
            not_before_us: i64::MIN,
            projected_at_us: change.projected_at_us,
        };
        Standing {
            next_change: change.change_number + 1,
            since_us: change.changed_at_us,
            started_at_us: change.started_at_us,
            fired_at_us: change.fired_at_us,
            whole_since_us: None,
            judged_at_us: change.changed_at_us,
            worst: finding,
        }
    }

    fn rank_of(&self, step: &str) -> usize {
        match &self.rule.kind {
            RuleKind::Threshold(rule) => {
                let mut levels = rule.levels.iter();
                levels.position(|level| level.name == step).unwrap_or(0)
            }
            RuleKind::Budget(rule) => super::budget::rank_of(rule, step),
            RuleKind::Spike(_) | RuleKind::Sql(_) => 0,
        }
    }

    /// Ends an evaluation: moves the alerts on; gives their changes in the order of their keys.
    pub(crate) fn conclude(
        &mut self,
        look: Look,
        picture: Option<&Picture>,
        round: u64,
        at: Instant,
    ) -> Vec<(GroupKey, Turn)> {
        let mut judged = self.found(picture, look);
        judged.sort_by(|(one, _), (other, _)| one.values().cmp(&other.values()));
        self.judged_round = round;
        let patience = Patience {
            for_us: i64::from(self.rule.for_s) * US_PER_S,
            keep_firing_us: i64::from(self.rule.keep_firing_for_s) * US_PER_S,
        };
        let mut turns = Vec::new();
        for (key, judgement) in judged {
            let standing = self.standings.remove(&key);
            let closed = self.closed.get(&key).copied();
            let first_change = |finding: &Finding| match closed {
                Some(closed) if closed.started_at_us == finding.started_at_us => closed.next_change,
                _ => 0,
            };
            let (standing, turn) = advance(standing, judgement, patience, at.now_us, first_change);
            if let Some(standing) = standing {
                self.standings.insert(key.clone(), standing);
            }
            if let Some(turn) = turn {
                self.note_end(&key, &turn, at.now_us);
                turns.push((key, turn));
            }
        }
        self.closed
            .retain(|_, closed| at.now_us - closed.at_us < CLOSED_US);
        turns
    }

    fn note_end(&mut self, key: &GroupKey, turn: &Turn, now_us: i64) {
        if turn.state == AlertState::Resolved {
            let closed = Closed {
                started_at_us: turn.started_at_us,
                next_change: turn.change_number + 1,
                at_us: now_us,
            };
            self.closed.insert(key.clone(), closed);
        }
    }

    /// Where its picture stands now, if steps have become complete since the last time.
    pub(crate) fn turn(&mut self, picture: Option<&Picture>, at: Instant) -> Option<Present> {
        let present = picture.and_then(|picture| present_of(picture, at))?;
        let has_turned = self.judged_end_us != present.complete_end_us;
        self.judged_end_us = present.complete_end_us;
        has_turned.then_some(present)
    }

    /// Learns what is final of the keys of a block of places, if it is a spike rule.
    pub(crate) fn learn_block(&mut self, picture: &Picture, block: Range<usize>, at: Present) {
        if let Some(spike) = &mut self.spike {
            spike.learn(picture, block, at);
        }
    }

    /// Forgets the keys that have left the places of its picture.
    pub(crate) fn forget(&mut self, places: &[usize]) {
        if let Some(spike) = &mut self.spike {
            spike.forget(places);
        }
    }

    /// What it takes beside its picture, bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.spike.as_ref().map_or(0, SpikeState::memory_bytes)
    }
}

/// Where a picture stands in time; `None` as long as nothing was seen.
pub(crate) fn present_of(picture: &Picture, at: Instant) -> Option<Present> {
    let step_us = picture.shape.step_us;
    let floor = |us: i64| us - us.rem_euclid(step_us);
    let complete_end_us = at.complete_until_us.map(floor);
    // Events may be ahead of the clock, and rows behind it.
    let begun_us = floor(at.now_us) + step_us;
    let seen_us = picture
        .frontier_us
        .map(|frontier_us| frontier_us.min(begun_us));
    let open_end_us = seen_us.max(complete_end_us)?;
    Some(Present {
        step_us,
        open_end_us,
        complete_end_us,
    })
}
