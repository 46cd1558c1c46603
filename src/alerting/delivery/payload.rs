//! An alert's change as JSON: what webhooks, topics and dead letters hold.

use std::collections::BTreeMap;

use schemas::alerts::alert::{AlertChange, Contributor};
use schemas::alerts::amount::Amount;
use schemas::time::format_rfc3339;
use serde::Serialize;

/// One change for receivers.
///
/// # Units
/// Amounts are decimals in texts, exact to twelve places, so that no reader makes a float of money;
/// `unit` says of what. Times are RFC 3339 in UTC.
#[derive(Debug, Serialize)]
pub(crate) struct Payload<'a> {
    // The envelope of Standard Webhooks.
    r#type: String,
    timestamp: String,
    data: AlertData<'a>,
}

#[derive(Debug, Serialize)]
struct AlertData<'a> {
    alert_id: &'a str,
    change_number: u32,
    state: &'static str,
    group: &'a str,
    rule: &'a str,
    labels: &'a BTreeMap<String, String>,
    annotations: &'a BTreeMap<String, String>,
    step: &'a str,
    unit: &'static str,
    value: String,
    threshold: Option<String>,
    baseline: Option<String>,
    over_usd: Option<String>,
    started_at: String,
    fired_at: Option<String>,
    resolved_at: Option<String>,
    projected_at: Option<String>,
    contributors: Vec<ContributorData<'a>>,
}

#[derive(Debug, Serialize)]
struct ContributorData<'a> {
    dimension: &'a str,
    value: &'a str,
    cost_usd: String,
    calls: i64,
    share: String,
}

impl<'a> Payload<'a> {
    /// The payload of a change.
    pub(crate) fn of(change: &'a AlertChange) -> Self {
        let amount = |amount: Option<Amount>| amount.map(|amount| amount.to_string());
        let time = |time_us: Option<i64>| time_us.map(format_rfc3339);
        Self {
            r#type: format!("alert.{}", change.state.as_str()),
            timestamp: format_rfc3339(change.changed_at_us),
            data: AlertData {
                alert_id: &change.alert_id,
                change_number: change.change_number,
                state: change.state.as_str(),
                group: &change.rule_group,
                rule: &change.rule,
                labels: &change.labels,
                annotations: &change.annotations,
                step: &change.step,
                unit: change.value.unit.as_str(),
                value: change.value.to_string(),
                threshold: amount(change.threshold),
                baseline: amount(change.baseline),
                over_usd: change.over_usd.map(|over| over.to_string()),
                started_at: format_rfc3339(change.started_at_us),
                fired_at: time(change.fired_at_us),
                resolved_at: time(change.resolved_at_us),
                projected_at: time(change.projected_at_us),
                contributors: change.contributors.iter().map(contributor).collect(),
            },
        }
    }

    /// Its text. The same change always gives the same one.
    ///
    /// # Errors
    /// None that a payload can cause; they are serde's.
    pub(crate) fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

fn contributor(contributor: &Contributor) -> ContributorData<'_> {
    let share = contributor.share_permille;
    ContributorData {
        dimension: &contributor.dimension,
        value: &contributor.value,
        cost_usd: contributor.cost_usd.to_string(),
        calls: contributor.calls,
        share: format!("{}.{:03}", share / 1000, share % 1000),
    }
}

#[cfg(test)]
mod tests;
