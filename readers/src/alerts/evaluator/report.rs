//! What an evaluator holds, for metrics.

use super::Evaluator;
use crate::alerts::picture::Picture;
use crate::alerts::rule_state::RuleState;

/// How many alerts of a rule stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleCount {
    /// The rule.
    pub rule: String,
    /// Its label `severity`, if it has one.
    pub severity: String,
    /// Alerts that fire.
    pub firing: usize,
    /// Alerts that are pending.
    pub pending: usize,
}

/// What an evaluator holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluatorReport {
    /// Keys, each in each picture that knows it.
    pub keys: usize,
    /// Rows whose keys were one too many.
    pub rows_dropped: u64,
    /// Alerts by rule, in the order of the rules.
    pub rules: Vec<RuleCount>,
}

impl Evaluator {
    /// What the evaluator holds.
    #[must_use]
    pub fn report(&self) -> EvaluatorReport {
        let rules = || self.groups.iter().flat_map(|group| &group.rules);
        let dropped = self.pictures.iter().map(|picture| picture.rows_dropped);
        EvaluatorReport {
            keys: self.pictures.iter().map(Picture::keys).sum(),
            rows_dropped: dropped.sum(),
            rules: rules().map(count).collect(),
        }
    }

    /// What it holds, bytes, estimated. It looks at everything: not to be asked each second.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let pictures = self.pictures.iter().map(Picture::memory_bytes);
        let rules = self.groups.iter().flat_map(|group| &group.rules);
        pictures.chain(rules.map(RuleState::memory_bytes)).sum()
    }
}

fn count(state: &RuleState) -> RuleCount {
    let severity = state.rule.labels.get("severity");
    let standings = state.standings();
    let firing = standings.filter(|standing| standing.fired_at_us.is_some());
    let firing = firing.count();
    RuleCount {
        rule: state.rule.name.clone(),
        severity: severity.cloned().unwrap_or_default(),
        firing,
        pending: state.standings().count() - firing,
    }
}
