//! From the configuration to an evaluator that is ready to run.

use std::sync::Arc;

use readers::alerts::evaluator::Evaluator;
use schemas::alerts::rule::RuleGroup;
use schemas::clock::Clock;
use tokio::task::JoinHandle;

use crate::alerting::evaluation::Evaluation;
use crate::alerting::outbox::{self, Outbox, OutboxAccess};
use crate::alerting::rule_set;
use crate::config::Config;
use crate::metrics::alerts::AlertMetrics;
use crate::worker::kafka_settings::kafka_settings;
use crate::worker::lake_access::LakeAccess;
use crate::worker::shutdown::Shutdown;

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

/// Starts to tell receivers of what is committed, if a configuration names any: until it is asked
/// to stop, and then for a moment more.
///
/// # Errors
/// A receiver that cannot be set up, and what reading and committing give.
pub(crate) async fn delivery(
    config: &Config,
    access: &LakeAccess,
    clock: &Arc<dyn Clock>,
    metrics: &AlertMetrics,
    shutdown: &Shutdown,
) -> anyhow::Result<Option<(Outbox, JoinHandle<()>)>> {
    let receivers = &config.alerts.receivers;
    if receivers.is_empty() {
        return Ok(None);
    }
    let access = OutboxAccess {
        lake: access.lake.clone(),
        reader: access.reader.clone(),
        clock: Arc::clone(clock),
    };
    let kafka = kafka_settings(config);
    let (outbox, keeper) = outbox::open(receivers, &kafka, access, &metrics.delivery).await?;
    let keeper = tokio::spawn(keeper.run(shutdown.clone()));
    Ok(Some((outbox, keeper)))
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
    outbox: Option<Outbox>,
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
        outbox,
    }
}
