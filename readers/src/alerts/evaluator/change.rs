//! What has become of one alert, as the row that is stored and sent.

use std::collections::BTreeMap;
use std::hash::Hasher;

use schemas::alerts::alert::{ALERT_NAME, AlertChange};
use schemas::alerts::rule::{Rule, RuleKind};
use siphasher::sip128::{Hasher128, SipHasher13};

use crate::alerts::group_key::GroupKey;
use crate::alerts::rule_state::RuleState;
use crate::alerts::standing::Turn;

pub(super) fn change_of(state: &RuleState, key: &GroupKey, turn: Turn, now_us: i64) -> AlertChange {
    let rule = &state.rule;
    let mut labels = rule.labels.clone();
    labels.extend(key_labels(rule, key));
    labels.insert(ALERT_NAME.to_owned(), rule.name.clone());
    let finding = turn.finding;
    AlertChange {
        alert_id: alert_id(&state.group, rule, key, turn.started_at_us),
        change_number: turn.change_number,
        rule_group: state.group.clone(),
        rule: rule.name.clone(),
        labels,
        annotations: rule.annotations.clone(),
        state: turn.state,
        step: finding.step,
        value: finding.value,
        threshold: finding.threshold,
        baseline: finding.baseline,
        over_usd: finding.over_usd,
        started_at_us: turn.started_at_us,
        fired_at_us: turn.fired_at_us,
        resolved_at_us: turn.resolved_at_us,
        projected_at_us: finding.projected_at_us,
        changed_at_us: now_us,
        contributors: Vec::new(),
    }
}

/// What a key is called in labels; what the events named none of has no label.
fn key_labels(rule: &Rule, key: &GroupKey) -> BTreeMap<String, String> {
    let values = key.values();
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let pairs: Vec<(&str, &str)> = match rule.kind {
        RuleKind::Sql(_) => values
            .chunks_exact(2)
            .map(|pair| (pair[0], pair[1]))
            .collect(),
        _ => {
            let names = rule.keys.iter().map(|dimension| dimension.column());
            names.zip(values).collect()
        }
    };
    let named = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    named.map(owned).collect()
}

/// A hash over group, rule, key and start. It is stored: it may never change.
fn alert_id(group: &str, rule: &Rule, key: &GroupKey, started_at_us: i64) -> String {
    let mut hasher = SipHasher13::new();
    for text in [group, &rule.name] {
        hasher.write(&(text.len() as u64).to_le_bytes());
        hasher.write(text.as_bytes());
    }
    hasher.write(key.bytes());
    hasher.write(&started_at_us.to_le_bytes());
    format!("{:032x}", hasher.finish128().as_u128())
}
