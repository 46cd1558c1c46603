//! What rules make of a test's series: the very evaluator of `tokenmeter alert`, on a clock of its own.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use readers::alerts::evaluator::{Evaluator, Instant};
use schemas::alerts::alert::{AlertChange, AlertState};
use schemas::alerts::rule::RuleGroup;
use schemas::rollup::Rollup;
use schemas::time::US_PER_S;

use crate::alerting::rule_test::{Expectation, RuleTest, windows};
use crate::alerting::template::fill::RuleTexts;

/// Most keys that a test's rules tell apart.
const KEYS_MAX: usize = 100_000;

/// What stands at the time of an expectation.
#[derive(Debug, Clone)]
pub(crate) struct Outcome<'a> {
    /// What was expected.
    pub(crate) expectation: &'a Expectation,
    /// The newest change of each alert of the rule that fires or is pending.
    pub(crate) standing: Vec<AlertChange>,
}

/// Plays a test.
///
/// # Errors
/// If the evaluator cannot work with the rules or the rows.
pub(crate) fn play<'a>(
    test: &'a RuleTest,
    groups: &[RuleGroup],
    rollups: &[Rollup],
    evaluation_interval_s: u32,
) -> anyhow::Result<Vec<Outcome<'a>>> {
    let mut stage = Stage {
        test,
        evaluator: Evaluator::new(groups.to_vec(), rollups, &[], KEYS_MAX)?,
        texts: RuleTexts::new(groups),
        known: 0,
        standing: BTreeMap::new(),
    };
    let mut expectations: Vec<&Expectation> = test.expectations.iter().collect();
    expectations.sort_by_key(|expectation| expectation.at_s);
    let mut outcomes = Vec::new();
    let mut now_s = 0_u32;
    for expectation in expectations {
        while now_s <= expectation.at_s {
            stage.take_in(now_s)?;
            stage.evaluate(now_s);
            now_s = now_s.saturating_add(evaluation_interval_s);
        }
        let standing = stage.standing.values();
        let of_rule = standing.filter(|change| change.rule == expectation.rule);
        outcomes.push(Outcome {
            expectation,
            standing: of_rule.cloned().collect(),
        });
    }
    Ok(outcomes)
}

/// A test while it is played.
#[derive(Debug)]
struct Stage<'a> {
    test: &'a RuleTest,
    evaluator: Evaluator,
    texts: RuleTexts,
    /// How many values of each series are known.
    known: usize,
    /// The newest change of each alert that fires or is pending, by its id.
    standing: BTreeMap<String, AlertChange>,
}

impl Stage<'_> {
    /// Takes in what has happened until now.
    fn take_in(&mut self, now_s: u32) -> anyhow::Result<()> {
        let over = usize::try_from(now_s / self.test.interval_s)?;
        let rollups = self.test.series.iter().map(|series| series.rollup.as_str());
        for rollup in rollups.collect::<BTreeSet<_>>() {
            let rows = windows::rows(self.test, rollup, self.known..over)?;
            let taken = rows.map(|rows| self.evaluator.absorb(&rows, rollup));
            taken.transpose().context("could not take rows in")?;
        }
        self.known = over;
        Ok(())
    }

    fn evaluate(&mut self, now_s: u32) {
        for mut change in self.evaluator.evaluate(instant(self.test, now_s)) {
            self.texts.fill(&mut change);
            self.standing.insert(change.alert_id.clone(), change);
        }
        self.standing
            .retain(|_, change| change.state != AlertState::Resolved);
    }
}

/// What the evaluator is told at a time after the start.
fn instant(test: &RuleTest, now_s: u32) -> Instant {
    let us = |seconds: u32| i64::from(seconds) * US_PER_S;
    let now_us = test.start_us + us(now_s);
    let facts_at_us = test.price_book_age_s.map(|age_s| test.start_us - us(age_s));
    Instant {
        now_us,
        complete_until_us: Some(now_us - us(test.lateness_s)),
        price_facts_at_us: facts_at_us,
    }
}
