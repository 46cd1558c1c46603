//! All rules over all that is known of the windows: rows and an instant in, changes of state out.
//!
//! Nothing here reads, writes or knows the time. Who commits changes and is told that another
//! evaluator was faster, gives what the lake has to [`Evaluator::restore`] and goes on.

use std::collections::BTreeSet;

use arrow::array::RecordBatch;
use schemas::alerts::alert::{AlertChange, AlertState};
use schemas::alerts::rule::{Rule, RuleGroup, RuleKind};
use schemas::rollup::{Dimension, Rollup};
use schemas::time::US_PER_S;

use super::feed::{Feed, NoRollup, counts_users, feed_of, memory_s, needed_dimensions};
pub use super::judgement::Instant;
use super::picture::{Picture, PictureShape, Retention};
pub use super::rule_state::QueryRow;
use super::rule_state::{RuleState, present_of};
use super::window_columns::WindowColumns;
use crate::error::ReaderError;

mod blocks;
mod change;
mod report;

use blocks::AtWork;
use change::change_of;
pub use report::{EvaluatorReport, RuleCount};

/// Why rules cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rule {rule:?} of group {group:?}: {source}")]
pub struct EvaluatorError {
    /// The rule's group.
    pub group: String,
    /// The rule.
    pub rule: String,
    /// Which rollup is missing.
    pub source: NoRollup,
}

/// What of a rollup's windows rules need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollupNeed {
    /// The rollup.
    pub rollup: String,
    /// The width of its windows, seconds.
    pub window_seconds: u32,
    /// The dimensions, in the order of their columns.
    pub dimensions: Vec<Dimension>,
    /// How far back rules look, seconds.
    pub history_s: i64,
}

/// A query of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueQuery {
    /// The rule's group.
    pub group: String,
    /// The rule.
    pub rule: String,
    /// The query.
    pub query: String,
}

/// Rules, and what they know.
#[derive(Debug)]
pub struct Evaluator {
    groups: Vec<GroupState>,
    pictures: Vec<Picture>,
    needs: Vec<RollupNeed>,
    /// Alerts of rules that are no longer there.
    orphans: Vec<AlertChange>,
    /// Counts batches of rows.
    round: u64,
}

#[derive(Debug)]
struct GroupState {
    interval_us: i64,
    evaluated_at_us: Option<i64>,
    rules: Vec<RuleState>,
}

impl GroupState {
    fn is_due(&self, now_us: i64) -> bool {
        let last_us = self.evaluated_at_us;
        last_us.is_none_or(|last_us| now_us - last_us >= self.interval_us)
    }
}

impl Evaluator {
    /// Makes rules ready; `restored` is the newest change of each alert that is not resolved, or was
    /// not until lately.
    ///
    /// `keys_max` bounds the keys of each picture: what rules of the same rollup, keys and filters
    /// share.
    ///
    /// # Errors
    /// [`EvaluatorError`] if no rollup feeds a rule.
    pub fn new(
        groups: Vec<RuleGroup>,
        rollups: &[Rollup],
        restored: &[AlertChange],
        keys_max: usize,
    ) -> Result<Self, EvaluatorError> {
        let mut evaluator = Self {
            groups: Vec::with_capacity(groups.len()),
            pictures: Vec::new(),
            needs: Vec::new(),
            orphans: Vec::new(),
            round: 0,
        };
        for group in groups {
            let mut rules = Vec::with_capacity(group.rules.len());
            for rule in group.rules {
                let feed = feed_of(&rule, rollups).map_err(|source| EvaluatorError {
                    group: group.name.clone(),
                    rule: rule.name.clone(),
                    source,
                })?;
                let picture = feed
                    .as_ref()
                    .map(|feed| evaluator.picture_for(&rule, feed, keys_max));
                rules.push(RuleState::new(&group.name, rule, feed, picture));
            }
            evaluator.groups.push(GroupState {
                interval_us: i64::from(group.interval_s) * US_PER_S,
                evaluated_at_us: None,
                rules,
            });
        }
        evaluator.restore(restored);
        Ok(evaluator)
    }

    /// The picture of a rule: that of a rule before it, if they agree in what they look at.
    fn picture_for(&mut self, rule: &Rule, feed: &Feed, keys_max: usize) -> usize {
        let mut keys = rule.keys.clone();
        if counts_users(rule) {
            keys.extend([Dimension::Tenant, Dimension::UserId]);
        }
        let shape = PictureShape {
            rollup: feed.rollup.clone(),
            keys,
            filters: rule.filters.clone(),
            step_us: i64::from(feed.step_s) * US_PER_S,
        };
        let memory_s = memory_s(rule, feed);
        self.note_need(rule, feed, memory_s);
        // One step more: a span that ends before the newest step looks further back.
        let steps_us = (i64::from(feed.steps) + STEPS_BEHIND) * shape.step_us;
        let retention = Retention {
            steps_us,
            keys_us: (memory_s * US_PER_S).max(steps_us),
            keys_max,
        };
        let known = self
            .pictures
            .iter_mut()
            .position(|known| known.shape == shape);
        let Some(place) = known else {
            self.pictures.push(Picture::new(shape, retention));
            return self.pictures.len() - 1;
        };
        let wider = &mut self.pictures[place].retention;
        wider.steps_us = wider.steps_us.max(retention.steps_us);
        wider.keys_us = wider.keys_us.max(retention.keys_us);
        place
    }

    fn note_need(&mut self, rule: &Rule, feed: &Feed, history_s: i64) {
        let dimensions = needed_dimensions(rule);
        let known = self
            .needs
            .iter_mut()
            .find(|need| need.rollup == feed.rollup);
        match known {
            None => self.needs.push(RollupNeed {
                rollup: feed.rollup.clone(),
                window_seconds: feed.window_seconds,
                dimensions,
                history_s,
            }),
            Some(need) => {
                let all = need.dimensions.iter().copied().chain(dimensions);
                need.dimensions = all.collect::<BTreeSet<_>>().into_iter().collect();
                need.history_s = need.history_s.max(history_s);
            }
        }
    }

    /// Which rollups feed the rules.
    #[must_use]
    pub fn needs(&self) -> &[RollupNeed] {
        &self.needs
    }

    /// Whether an evaluation would do anything.
    ///
    /// # Units
    /// `now_us`: microseconds since the Unix epoch.
    #[must_use]
    pub fn is_due(&self, now_us: i64) -> bool {
        !self.orphans.is_empty() || self.groups.iter().any(|group| group.is_due(now_us))
    }

    /// The queries whose answers the next evaluation asks for.
    ///
    /// # Units
    /// `now_us`: microseconds since the Unix epoch.
    #[must_use]
    pub fn due_queries(&self, now_us: i64) -> Vec<DueQuery> {
        let due = self.groups.iter().filter(|group| group.is_due(now_us));
        let queries = due.flat_map(|group| &group.rules).filter_map(|state| {
            let RuleKind::Sql(sql) = &state.rule.kind else {
                return None;
            };
            Some(DueQuery {
                group: state.group.clone(),
                rule: state.rule.name.clone(),
                query: sql.query.clone(),
            })
        });
        queries.collect()
    }

    /// Takes in rows of a rollup's windows that were not there before; rows of a rollup that no rule
    /// needs are passed over.
    ///
    /// # Shape
    /// Rows with `window_start`, the dimensions that [`Evaluator::needs`] names, and the measures of
    /// [`schemas::window_rows::window_schema`], other columns or none; in any order.
    ///
    /// # Errors
    /// [`ReaderError::Column`] if a column is missing or of another type.
    pub fn absorb(&mut self, rows: &RecordBatch, rollup: &str) -> Result<(), ReaderError> {
        let need = self.needs.iter().find(|need| need.rollup == rollup);
        let Some(need) = need.filter(|_| rows.num_rows() > 0) else {
            return Ok(());
        };
        let columns = WindowColumns::of(rows, &need.dimensions)?;
        self.round += 1;
        for picture in &mut self.pictures {
            if picture.shape.rollup == rollup {
                picture.absorb(&columns, self.round);
            }
        }
        Ok(())
    }

    /// Takes in what a rule's query gave: these rows and no others break the rule from now on.
    pub fn answer(&mut self, group: &str, rule: &str, rows: Vec<QueryRow>) {
        let rules = self.groups.iter_mut().flat_map(|group| &mut group.rules);
        let asked = rules
            .filter(|state| state.group == group && state.rule.name == rule)
            .last();
        if let Some(state) = asked {
            state.answer = Some(rows);
        }
    }

    /// Evaluates the groups that are due; gives what has changed, in the order of groups, rules and
    /// keys. Templates in labels and annotations are as the rule has them.
    pub fn evaluate(&mut self, at: Instant) -> Vec<AlertChange> {
        let mut changes = std::mem::take(&mut self.orphans);
        for change in &mut changes {
            change.change_number += 1;
            change.state = AlertState::Resolved;
            change.resolved_at_us = Some(at.now_us);
            change.changed_at_us = at.now_us;
        }
        let mut rules = Vec::new();
        for group in &mut self.groups {
            if group.is_due(at.now_us) {
                group.evaluated_at_us = Some(at.now_us);
                let states = group.rules.iter_mut();
                rules.extend(states.map(|state| AtWork::judging(state, &self.pictures, at)));
            }
        }
        blocks::learn(&self.pictures, &mut rules);
        blocks::judge(&self.pictures, &mut rules);
        for AtWork { state, look, .. } in rules {
            let picture = blocks::picture_of(&self.pictures, state);
            let turns = state.conclude(look, picture, self.round, at).into_iter();
            changes.extend(turns.map(|(key, turn)| change_of(state, &key, turn, at.now_us)));
        }
        self.forget(at);
        changes
    }

    /// Learns from what was absorbed, as if it were evaluated, and says nothing: for windows of a time
    /// at which nobody looked, in the order of time.
    pub fn learn(&mut self, at: Instant) {
        let states = self.groups.iter_mut().flat_map(|group| &mut group.rules);
        let rules = states.map(|state| AtWork::learning(state, &self.pictures, at));
        blocks::learn(&self.pictures, &mut rules.collect::<Vec<_>>());
        self.forget(at);
    }

    fn forget(&mut self, at: Instant) {
        for (place, picture) in self.pictures.iter_mut().enumerate() {
            let Some(present) = present_of(picture, at) else {
                continue;
            };
            let gone = picture.forget(present.open_end_us);
            let rules = self.groups.iter_mut().flat_map(|group| &mut group.rules);
            for state in rules.filter(|state| state.picture == Some(place) && !gone.is_empty()) {
                state.forget(&gone);
            }
        }
    }

    /// Forgets what stands of all alerts, and takes what the lake has: the newest change of each
    /// alert that is not resolved, or was not until lately. Windows stay known.
    pub fn restore(&mut self, changes: &[AlertChange]) {
        let mut known: BTreeSet<(&str, &str)> = BTreeSet::new();
        for state in self.groups.iter_mut().flat_map(|group| &mut group.rules) {
            state.restore(changes);
        }
        for state in self.groups.iter().flat_map(|group| &group.rules) {
            known.insert((&state.group, &state.rule.name));
        }
        let orphans = changes.iter().filter(|change| {
            let is_open = change.state != AlertState::Resolved;
            is_open && !known.contains(&(change.rule_group.as_str(), change.rule.as_str()))
        });
        self.orphans = orphans.cloned().collect();
    }
}

/// Steps that a picture holds beside those of the longest span: rows of windows that are not
/// complete or not learned from yet.
const STEPS_BEHIND: i64 = 15;

#[cfg(test)]
mod tests;
