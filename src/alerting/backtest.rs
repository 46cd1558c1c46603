//! Replays rules over the lake's past, minute by minute, in the evaluator of `tokenmeter alert`.

use std::collections::BTreeMap;

use anyhow::Context;
use readers::LakeReader;
use readers::alerts::evaluator::{Evaluator, Instant};
use schemas::alerts::alert::{AlertChange, AlertState};
use schemas::alerts::rule::RuleGroup;
use schemas::money::PicoUsd;
use schemas::rollup::Rollup;
use schemas::time::US_PER_S;

use crate::alerting::template::fill::RuleTexts;

/// The clock of a replay moves on by so much.
const STEP_US: i64 = 60 * US_PER_S;

/// Which rules over which past.
///
/// # Units
/// Microseconds since the Unix epoch; `to_us` is exclusive.
#[derive(Debug)]
pub(crate) struct Backtest {
    /// The rules.
    pub(crate) groups: Vec<RuleGroup>,
    /// What windows there are.
    pub(crate) rollups: Vec<Rollup>,
    /// From when on rules fire; what lies before is learned from.
    pub(crate) from_us: i64,
    /// Up to when.
    pub(crate) to_us: i64,
    /// Keys that rules of one kind look at, at most.
    pub(crate) keys_max: usize,
}

/// An alert that would have fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PastAlert {
    /// Its first change that fired.
    pub(crate) fired: AlertChange,
    /// Its last change.
    pub(crate) last: AlertChange,
}

impl PastAlert {
    /// Start of the minute in which it would have begun to fire, microseconds since the Unix epoch.
    /// The first window that broke the rule may begin long before that, and before anything was
    /// wrong, if it is wide.
    pub(crate) fn began_us(&self) -> i64 {
        let breach_us = self.fired.started_at_us;
        let fired_us = self.fired.fired_at_us;
        fired_us.map_or(breach_us, |fired_us| breach_us.max(fired_us - STEP_US))
    }

    /// Dollars over what was to be expected that came after the alert.
    pub(crate) fn after_alert_usd(&self) -> Option<PicoUsd> {
        let (then, now) = (self.fired.over_usd?, self.last.over_usd?);
        Some(PicoUsd((now.0 - then.0).max(0)))
    }
}

impl Backtest {
    /// Runs it; `progress` is told of each instant that is reached.
    ///
    /// # Errors
    /// Rules that no rollup feeds, and what reading the lake gives.
    pub(crate) async fn run(
        self,
        reader: &LakeReader,
        progress: &mut (dyn FnMut(i64) + Send),
    ) -> anyhow::Result<Vec<PastAlert>> {
        let texts = RuleTexts::new(&self.groups);
        let mut evaluator = Evaluator::new(self.groups, &self.rollups, &[], self.keys_max)?;
        let needs = evaluator.needs().to_vec();
        let history = reader.window_history(&needs, self.from_us, self.to_us);
        let mut history = history.await.context("cannot read the windows")?;
        let first_us = history.first_us().unwrap_or(self.from_us);
        let mut at_us = first_us - first_us.rem_euclid(STEP_US);
        let mut alerts: BTreeMap<String, PastAlert> = BTreeMap::new();
        while at_us < self.to_us {
            at_us += STEP_US;
            let mut absorb = |rows: &_, rollup: &str| evaluator.absorb(rows, rollup);
            history.until(at_us, &mut absorb).await?;
            // A minute is complete when it is over: a lake is a watermark's lateness behind it.
            let at = Instant {
                now_us: at_us,
                complete_until_us: Some(at_us),
                price_facts_at_us: None,
            };
            let changes = if at_us <= self.from_us {
                evaluator.learn(at);
                Vec::new()
            } else {
                evaluator.evaluate(at)
            };
            for mut change in changes {
                texts.fill(&mut change);
                note(&mut alerts, change);
            }
            progress(at_us);
        }
        let mut alerts: Vec<PastAlert> = alerts.into_values().collect();
        alerts.sort_by(|one, other| {
            let order = |alert: &PastAlert| (alert.began_us(), alert.fired.rule.clone());
            order(one)
                .cmp(&order(other))
                .then_with(|| one.fired.labels.cmp(&other.fired.labels))
        });
        Ok(alerts)
    }
}

/// Takes in a change; one of an alert that never fired is forgotten.
fn note(alerts: &mut BTreeMap<String, PastAlert>, change: AlertChange) {
    if change.fired_at_us.is_none() {
        return;
    }
    match alerts.get_mut(&change.alert_id) {
        Some(alert) => alert.last = change,
        None if change.state == AlertState::Firing => {
            let alert = PastAlert {
                fired: change.clone(),
                last: change,
            };
            alerts.insert(alert.fired.alert_id.clone(), alert);
        }
        None => {}
    }
}

#[cfg(test)]
mod tests;
