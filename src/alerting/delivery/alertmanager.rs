//! Prometheus' Alertmanager, by its v2 API.
//!
//! It knows an alert by its labels and forgets one that is not repeated, so what fires is sent
//! again every minute. Grouping, silences and inhibition are its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use schemas::alerts::alert::{AlertChange, AlertState};
use schemas::time::{US_PER_S, format_rfc3339};
use serde::Serialize;

use crate::alerting::delivery::NumberedChange;
use crate::alerting::delivery::answer::Answer;
use crate::alerting::delivery::http::JsonPost;
use crate::alerting::delivery::text;

/// How often what fires is sent again.
pub(crate) const REPEAT_EVERY: Duration = Duration::from_secs(60);
/// When Alertmanager takes an alert for resolved that it does not hear of again, seconds: five
/// repetitions, so that a restart of tokenmeter resolves nothing.
const HOLDS_S: i64 = 300;
/// Changes in one post.
pub(crate) const BATCH_CHANGES_MAX: usize = 256;

/// One Alertmanager, and what it was told that fires.
#[derive(Debug)]
pub(crate) struct Alertmanager {
    post: JsonPost,
    token: Option<String>,
    generator_url: Option<String>,
    firing: BTreeMap<String, Arc<AlertChange>>,
}

/// An alert in Alertmanager's spelling.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PostableAlert<'a> {
    labels: BTreeMap<String, &'a str>,
    annotations: BTreeMap<String, String>,
    starts_at: String,
    ends_at: String,
    #[serde(rename = "generatorURL", skip_serializing_if = "Option::is_none")]
    generator_url: Option<&'a str>,
}

impl Alertmanager {
    /// An Alertmanager that was told of these alerts.
    pub(crate) fn new(
        post: JsonPost,
        token: Option<String>,
        generator_url: Option<String>,
        told: impl Iterator<Item = Arc<AlertChange>>,
    ) -> Self {
        let told = told.filter(|change| change.state == AlertState::Firing);
        Self {
            post,
            token,
            generator_url,
            firing: told
                .map(|change| (change.alert_id.clone(), change))
                .collect(),
        }
    }

    /// Tells it of changes; of several of one alert, only the last counts.
    pub(crate) async fn send(&mut self, batch: &[NumberedChange], now_us: i64) -> Answer {
        let last: BTreeMap<&str, &Arc<AlertChange>> = batch
            .iter()
            .map(|numbered| (numbered.change.alert_id.as_str(), &numbered.change))
            .collect();
        let answer = self.post(last.values().copied(), now_us).await;
        if answer == Answer::Accepted {
            for change in last.into_values() {
                self.told(change);
            }
        }
        answer
    }

    fn told(&mut self, change: &Arc<AlertChange>) {
        let id = change.alert_id.clone();
        if change.state == AlertState::Firing {
            self.firing.insert(id, Arc::clone(change));
        } else {
            self.firing.remove(&id);
        }
    }

    /// Tells it again of all that fires.
    pub(crate) async fn repeat(&self, now_us: i64) -> Answer {
        let firing: Vec<&Arc<AlertChange>> = self.firing.values().collect();
        for some in firing.chunks(BATCH_CHANGES_MAX) {
            match self.post(some.iter().copied(), now_us).await {
                Answer::Accepted => {}
                other => return other,
            }
        }
        Answer::Accepted
    }

    async fn post(&self, changes: impl Iterator<Item = &Arc<AlertChange>>, now_us: i64) -> Answer {
        // It has no word for an alert that may fire later.
        let alerts: Vec<_> = changes
            .filter(|change| change.state != AlertState::Pending)
            .map(|change| postable(change, self.generator_url.as_deref(), now_us))
            .collect();
        if alerts.is_empty() {
            return Answer::Accepted;
        }
        let token = self.token.as_ref();
        let headers: Vec<(&str, String)> = token
            .map(|token| ("authorization", format!("Bearer {token}")))
            .into_iter()
            .collect();
        match serde_json::to_string(&alerts) {
            Ok(body) => self.post.post(&headers, body, now_us).await,
            Err(error) => Answer::refused(error.to_string()),
        }
    }
}

fn postable<'a>(
    change: &'a AlertChange,
    generator_url: Option<&'a str>,
    now_us: i64,
) -> PostableAlert<'a> {
    let holds_until_us = now_us.saturating_add(HOLDS_S * US_PER_S);
    let ends_at_us = match change.state {
        // It refuses an end before the start.
        AlertState::Resolved => change
            .resolved_at_us
            .unwrap_or(change.changed_at_us)
            .max(change.started_at_us),
        AlertState::Pending | AlertState::Firing => holds_until_us.max(change.started_at_us),
    };
    let labels = change.labels.iter();
    let labels = labels.filter(|(_, value)| !value.is_empty());
    PostableAlert {
        labels: labels
            .map(|(name, value)| (label_name(name), value.as_str()))
            .collect(),
        annotations: annotations(change),
        starts_at: format_rfc3339(change.started_at_us),
        ends_at: format_rfc3339(ends_at_us),
        generator_url,
    }
}

/// The rule's annotations, and what the alert knows beside them.
fn annotations(change: &AlertChange) -> BTreeMap<String, String> {
    let mut annotations: BTreeMap<String, String> = change
        .annotations
        .iter()
        .map(|(name, value)| (label_name(name), value.clone()))
        .collect();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            annotations.entry(name.to_owned()).or_insert(value);
        }
    };
    add("value", Some(text::amount(change.value)));
    add("threshold", change.threshold.map(text::amount));
    add("baseline", change.baseline.map(text::amount));
    add("over_usd", change.over_usd.map(|over| over.to_string()));
    add("contributors", text::contributors(change));
    add("projected_at", change.projected_at_us.map(format_rfc3339));
    add(
        "step",
        Some(change.step.clone()).filter(|step| !step.is_empty()),
    );
    add("alert_id", Some(change.alert_id.clone()));
    annotations
}

/// A name in the letters that Alertmanager takes: others become `_`.
fn label_name(name: &str) -> String {
    let mut fitting: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if fitting.starts_with(|c: char| c.is_ascii_digit()) || fitting.is_empty() {
        fitting.insert(0, '_');
    }
    fitting
}

#[cfg(test)]
mod tests;
