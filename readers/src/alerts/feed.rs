//! Which rollup a rule is fed from, and in what steps of time.

use std::collections::BTreeSet;

use schemas::alerts::alert_measure::AlertMeasure;
use schemas::alerts::rule::{Direction, Period, Rule, RuleKind};
use schemas::rollup::{Dimension, Rollup};
use schemas::time::S_PER_DAY;

/// A span is held in about so many steps; a longer one slides in larger steps.
const STEPS_MAX: u32 = 60;
const DAY_S: u32 = 86_400;
/// How long the keys of a spike rule are known: four weeks show the rhythm of a week.
const SPIKE_MEMORY_S: i64 = 28 * S_PER_DAY;
/// How long a rule that looks for silence knows who spoke.
const SILENCE_MEMORY_S: i64 = 7 * S_PER_DAY;

/// Where the rows of a rule come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// The rollup.
    pub rollup: String,
    /// The width of its windows, seconds.
    pub window_seconds: u32,
    /// In which steps a rule's span moves on, seconds; a multiple of `window_seconds`.
    pub step_s: u32,
    /// How many steps the rule looks at, the one that is not over included.
    pub steps: u32,
}

/// No rollup has all the dimensions that a rule needs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no rollup groups by {}: add one to the configuration, such as\n  [[rollups]]\n  name = \"{}\"\n  window_seconds = 60\n  dimensions = [{}]",
    names(.dimensions, ", ", ""), names(.dimensions, "-", ""), names(.dimensions, ", ", "\"")
)]
pub struct NoRollup {
    /// What the rule groups and filters by.
    pub dimensions: Vec<Dimension>,
}

fn names(dimensions: &[Dimension], separator: &str, quote: &str) -> String {
    let names = dimensions
        .iter()
        .map(|dimension| format!("{quote}{}{quote}", dimension.column()));
    names.collect::<Vec<_>>().join(separator)
}

/// The dimensions that a rule's rollup must group by, in the order of their columns.
#[must_use]
pub fn needed_dimensions(rule: &Rule) -> Vec<Dimension> {
    let filtered = rule.filters.iter().map(|filter| filter.dimension);
    let mut needed: BTreeSet<Dimension> = rule.keys.iter().copied().chain(filtered).collect();
    if counts_users(rule) {
        needed.insert(Dimension::UserId);
        // Users are told apart by tenant and id.
        needed.insert(Dimension::Tenant);
    }
    needed.into_iter().collect()
}

/// Whether a rule's measure is a rate over users.
pub(super) fn counts_users(rule: &Rule) -> bool {
    measure_of(rule) == Some(AlertMeasure::CostPerActiveUser)
}

/// What a rule measures; `None` for a query.
pub(super) fn measure_of(rule: &Rule) -> Option<AlertMeasure> {
    match &rule.kind {
        RuleKind::Threshold(threshold) => Some(threshold.measure),
        RuleKind::Spike(spike) => Some(spike.measure),
        RuleKind::Budget(_) => Some(AlertMeasure::Cost),
        RuleKind::Sql(_) => None,
    }
}

/// The rollup that feeds a rule: of those that have its dimensions the one with the narrowest
/// windows, then the one with the fewest dimensions, then the first. `None` if the rule looks at
/// no windows: a query, or the age of the price book.
///
/// # Errors
/// [`NoRollup`] with what a rollup would have to group by.
pub fn feed_of(rule: &Rule, rollups: &[Rollup]) -> Result<Option<Feed>, NoRollup> {
    match measure_of(rule) {
        None | Some(AlertMeasure::PriceBookAge) => return Ok(None),
        Some(_) => {}
    }
    let dimensions = needed_dimensions(rule);
    let covers = |rollup: &&Rollup| {
        let mut needed = dimensions.iter();
        needed.all(|dimension| rollup.dimensions.contains(dimension))
    };
    let narrowest = rollups
        .iter()
        .filter(covers)
        .min_by_key(|rollup| (rollup.window_seconds, rollup.dimensions.len()));
    let rollup = narrowest.ok_or(NoRollup { dimensions })?;
    let (step_s, steps) = steps_of(rule, rollup.window_seconds);
    Ok(Some(Feed {
        rollup: rollup.name.clone(),
        window_seconds: rollup.window_seconds,
        step_s,
        steps,
    }))
}

/// In which steps a rule looks at windows of a width, and at how many.
fn steps_of(rule: &Rule, window_s: u32) -> (u32, u32) {
    match &rule.kind {
        RuleKind::Threshold(threshold) => {
            let windows = threshold.span_s.div_ceil(window_s).max(1);
            let step_s = window_s.saturating_mul(windows.div_ceil(STEPS_MAX));
            (step_s, threshold.span_s.div_ceil(step_s).max(1))
        }
        RuleKind::Budget(budget) => {
            let (step_s, steps) = match budget.period {
                Period::Day => (3_600, 24),
                Period::Week => (DAY_S / 4, 28),
                Period::Month => (DAY_S, 31),
            };
            // Windows divide a day, so that one as wide as this is a day at most.
            let step_s = window_s.max(step_s);
            (step_s, steps)
        }
        RuleKind::Spike(_) | RuleKind::Sql(_) => (window_s, 1),
    }
}

/// How long a rule knows a key that has gone silent, seconds; so far back it needs to have read
/// before it can judge as if it had always run.
#[must_use]
pub fn memory_s(rule: &Rule, feed: &Feed) -> i64 {
    let span_s = i64::from(feed.step_s) * (i64::from(feed.steps) + 1);
    match &rule.kind {
        RuleKind::Spike(_) => SPIKE_MEMORY_S,
        // Whoever has gone silent must have been heard before.
        RuleKind::Threshold(rule) if rule.direction == Direction::Below => {
            span_s.max(SILENCE_MEMORY_S)
        }
        RuleKind::Threshold(_) | RuleKind::Budget(_) => span_s,
        RuleKind::Sql(_) => 0,
    }
}

#[cfg(test)]
mod tests;
