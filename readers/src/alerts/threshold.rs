//! Judges a measure over a span against fixed levels.
//!
//! A sum only grows while its windows fill, so that it may be found above a level before they are
//! complete; everything else (a share, a rate, anything below a level) is judged on complete windows
//! alone, since a minute that has half arrived is neither a drop nor a share.

use schemas::alerts::alert_measure::AlertMeasure;
use schemas::alerts::amount::Amount;
use schemas::alerts::rule::{Direction, ThresholdRule};
use schemas::time::{S_PER_DAY, US_PER_S};

use super::judgement::{Finding, Judgement};
use super::sums::{ONE, Sums};

/// Steps that are not complete and are judged one by one, at most.
const OPEN_STEPS_MAX: i64 = 60;

/// Where a rule stands in time.
///
/// # Units
/// Microseconds; ends are exclusive and ends of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Present {
    pub(crate) step_us: i64,
    /// The end of the newest step that has rows and has begun by the clock.
    pub(crate) open_end_us: i64,
    /// The end of the last complete step.
    pub(crate) complete_end_us: Option<i64>,
}

/// What a key has in a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) sums: Sums,
    /// Distinct users with calls; 0 unless the measure asks for them.
    pub(crate) users: i64,
}

/// A rule's measure and where it looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ThresholdView<'a> {
    pub(crate) rule: &'a ThresholdRule,
    pub(crate) present: Present,
    /// Steps of the span.
    pub(crate) steps: u32,
    /// The start of the first step that the key was seen in.
    pub(crate) first_us: i64,
}

/// Whether a measure is a sum, which has a value where there were no calls.
pub(crate) const fn is_sum(measure: AlertMeasure) -> bool {
    matches!(
        measure,
        AlertMeasure::Cost
            | AlertMeasure::Tokens
            | AlertMeasure::Calls
            | AlertMeasure::UnpricedCalls
            | AlertMeasure::UnmeteredCalls
    )
}

/// Whether rows of windows that are not complete can break a rule.
pub(crate) const fn is_early(rule: &ThresholdRule) -> bool {
    is_sum(rule.measure) && matches!(rule.direction, Direction::Above)
}

impl ThresholdView<'_> {
    /// Judges a key by its sums over `[from, to)`.
    pub(crate) fn judge(&self, span: impl Fn(i64, i64) -> Span) -> Judgement {
        let Present {
            step_us,
            open_end_us,
            complete_end_us,
        } = self.present;
        let width_us = i64::from(self.steps) * step_us;
        let judge_at = |end_us: i64| {
            let found = span(end_us - width_us, end_us);
            self.judge_span(found, end_us)
        };
        if !is_early(self.rule) {
            return complete_end_us.map_or(Judgement::Unknown, judge_at);
        }
        let oldest_us = open_end_us - OPEN_STEPS_MAX * step_us;
        let mut end_us = complete_end_us.unwrap_or(open_end_us).max(oldest_us);
        let mut worst = Judgement::Whole;
        while end_us <= open_end_us {
            let judged = judge_at(end_us);
            if is_worse(&judged, &worst) {
                worst = judged;
            }
            end_us += step_us;
        }
        worst
    }

    fn judge_span(&self, span: Span, end_us: i64) -> Judgement {
        let rule = self.rule;
        let width_us = i64::from(self.steps) * self.present.step_us;
        let is_partly_unknown = self.first_us > end_us - width_us;
        if rule.direction == Direction::Below && is_partly_unknown {
            return Judgement::Unknown;
        }
        let Some(value) = amount(rule.measure, span) else {
            return Judgement::Unknown;
        };
        let calls = i128::from(span.sums.calls);
        if calls < i128::from(rule.calls_min) || span.sums.cost_pico < rule.floor_usd.0 {
            return Judgement::Whole;
        }
        let started_at_us = end_us - self.present.step_us;
        let Some(finding) = passed(rule, value, started_at_us) else {
            return Judgement::Whole;
        };
        let level = finding.threshold.map_or(0, |level| level.pico);
        let over_usd = span.sums.dollars_over(rule.measure, value.pico, level);
        Judgement::Broken(Finding {
            over_usd,
            ..finding
        })
    }
}

/// Judges how old the facts are that calls are priced by.
///
/// # Units
/// Microseconds since the Unix epoch.
pub(crate) fn judge_price_facts(
    rule: &ThresholdRule,
    facts_at_us: Option<i64>,
    now_us: i64,
) -> Judgement {
    const DAY_US: i128 = (S_PER_DAY * US_PER_S) as i128;
    let Some(facts_at_us) = facts_at_us else {
        return Judgement::Unknown;
    };
    let value = Amount {
        pico: i128::from(now_us - facts_at_us) * ONE / DAY_US,
        unit: rule.measure.unit(),
    };
    passed(rule, value, now_us).map_or(Judgement::Whole, Judgement::Broken)
}

fn amount(measure: AlertMeasure, span: Span) -> Option<Amount> {
    if measure != AlertMeasure::CostPerActiveUser {
        return span.sums.amount(measure);
    }
    (span.users > 0).then(|| Amount {
        pico: span.sums.cost_pico / i128::from(span.users),
        unit: measure.unit(),
    })
}

/// The furthest level that a value has passed.
fn passed(rule: &ThresholdRule, value: Amount, started_at_us: i64) -> Option<Finding> {
    let is_passed = |level: i128| match rule.direction {
        Direction::Above => value.pico > level,
        Direction::Below => value.pico < level,
    };
    let mut levels = rule.levels.iter().enumerate();
    let (rank, level) = levels.rfind(|(_, level)| is_passed(level.pico))?;
    Some(Finding {
        rank,
        step: level.name.clone(),
        value,
        threshold: Some(Amount {
            pico: level.pico,
            unit: value.unit,
        }),
        baseline: None,
        over_usd: None,
        started_at_us,
        not_before_us: i64::MIN,
        projected_at_us: None,
    })
}

fn is_worse(judged: &Judgement, than: &Judgement) -> bool {
    match (judged, than) {
        (Judgement::Broken(judged), Judgement::Broken(than)) => {
            (judged.rank, judged.value.pico) > (than.rank, than.value.pico)
        }
        (Judgement::Broken(_), _) => true,
        _ => false,
    }
}
