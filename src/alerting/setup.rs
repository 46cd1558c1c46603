//! From the configuration to an evaluator that is ready to run.

use std::sync::Arc;

use readers::alerts::evaluator::Evaluator;
use schemas::alerts::rule::RuleGroup;
use schemas::clock::Clock;

use crate::alerting::evaluation::Evaluation;
use crate::alerting::rule_set;
use crate::config::Config;
use crate::metrics::alerts::AlertMetrics;
use crate::worker::assignment::LakeAccess;

/// Reads the rules that a configuration names; none if it names no file.
///
/// # Errors
/// [`rule_set::RulesRefused`] with everything that is wrong with them, or that no rollup feeds a rule.
pub(crate) fn rules(config: &Config) -> anyhow::Result<Vec<RuleGroup>> {
    if config.alerts.rules.is_empty() {
        return Ok(Vec::new());
    }
    let files = rule_set::load(std::slice::from_ref(&config.alerts.rules))?;
    let groups: Vec<RuleGroup> = files.into_iter().flat_map(|file| file.groups).collect();
    Evaluator::new(groups.clone(), &config.rollups, &[], 0)?;
    Ok(groups)
}

/// An evaluator of rules on an open lake.
///
/// # Units
/// `price_facts_at_us`: microseconds since the Unix epoch.
pub(crate) fn evaluation(
    config: &Config,
    groups: Vec<RuleGroup>,
    access: &LakeAccess,
    clock: Arc<dyn Clock>,
    price_facts_at_us: Option<i64>,
    metrics: AlertMetrics,
) -> Evaluation {
    Evaluation {
        lake: access.lake.clone(),
        reader: access.reader.clone(),
        clock,
        groups,
        rollups: config.rollups.clone(),
        keys_max: config.alerts.keys_max,
        price_facts_at_us,
        metrics,
    }
}
