//! Which keys a rule judges when, by its kind.
//!
//! Rules of one picture look at its keys together, a block of places at a time: what a key's steps
//! hold is fetched from memory once for all of them.

use std::collections::BTreeMap;
use std::ops::Range;

use schemas::alerts::rule::{BudgetRule, RuleKind, ThresholdRule};
use schemas::money::PicoUsd;

use super::{Judged, RuleState, present_of};
use crate::alerts::budget::{judge_budget, period_of};
use crate::alerts::feed::counts_users;
use crate::alerts::group_key::GroupKey;
use crate::alerts::judgement::{Finding, Instant, Judgement};
use crate::alerts::picture::{Picture, Series};
use crate::alerts::spike::SpikeState;
use crate::alerts::threshold::{Present, Span, ThresholdView, is_early, is_sum, judge_price_facts};

/// What a rule looks at in one evaluation, and what it has found.
#[derive(Debug, Default)]
pub(crate) struct Look {
    /// Keys by their places in the picture; `None` if the rule does not look at single ones.
    keys: Option<KeyLook>,
    judged: Judged,
}

#[derive(Debug)]
struct KeyLook {
    present: Present,
    /// What a budget counts, if the rule has one.
    spending: Option<Spending>,
    /// Whether every key is judged, or only those that rows changed and those with an alert.
    all: bool,
    /// Places with an alert, in order.
    standing: Vec<usize>,
}

/// The period of a budget up to now, microseconds since the Unix epoch.
#[derive(Debug, Clone, Copy)]
struct Spending {
    start_us: i64,
    end_us: i64,
    present_us: i64,
}

impl Spending {
    fn of(rule: &BudgetRule, present: Present, at: Instant) -> Self {
        // A period is over when its windows are, or when the next one has rows.
        let present_us = present
            .open_end_us
            .min(at.now_us)
            .max(at.complete_until_us.unwrap_or(i64::MIN));
        let (start_us, end_us) = period_of(rule.period, present_us - 1);
        Self {
            start_us,
            end_us,
            present_us,
        }
    }
}

impl RuleState {
    /// Begins an evaluation; `has_turned` if steps have become complete since the last one.
    pub(crate) fn look(
        &mut self,
        picture: Option<&Picture>,
        at: Instant,
        has_turned: bool,
    ) -> Look {
        let whole = |judged| Look { keys: None, judged };
        let Some(picture) = picture else {
            return whole(match &self.rule.kind {
                RuleKind::Threshold(rule) => {
                    let judged = judge_price_facts(rule, at.price_facts_at_us, at.now_us);
                    vec![(GroupKey::default(), judged)]
                }
                RuleKind::Sql(_) => self.judge_answer(at),
                RuleKind::Spike(_) | RuleKind::Budget(_) => Vec::new(),
            });
        };
        let Some(present) = present_of(picture, at) else {
            return Look::default();
        };
        let all = match &self.rule.kind {
            RuleKind::Threshold(rule) if counts_users(&self.rule) => {
                return whole(self.judge_users(rule, picture, present, has_turned));
            }
            RuleKind::Threshold(rule) => has_turned && !is_early(rule),
            RuleKind::Spike(_) => {
                has_turned && self.spike.as_ref().is_some_and(SpikeState::hears_silence)
            }
            RuleKind::Budget(_) | RuleKind::Sql(_) => false,
        };
        let standing = self.standings.keys();
        let mut standing: Vec<usize> = standing.filter_map(|key| picture.find(key)).collect();
        standing.sort_unstable();
        let spending = match &self.rule.kind {
            RuleKind::Budget(rule) => Some(Spending::of(rule, present, at)),
            _ => None,
        };
        Look {
            keys: Some(KeyLook {
                present,
                spending,
                all,
                standing,
            }),
            judged: Vec::new(),
        }
    }

    /// Judges the keys of a block of places. Most keys keep most rules; of those nothing is said
    /// unless an alert stands.
    pub(crate) fn judge_block(&self, picture: &Picture, block: Range<usize>, look: &mut Look) {
        let Some(keys) = &look.keys else {
            return;
        };
        for place in block.filter(|&place| picture.has_key(place)) {
            let has_alert = keys.standing.binary_search(&place).is_ok();
            let has_changed = picture.changed_at(place) > self.judged_round;
            if !keys.all && !has_changed && !has_alert {
                continue;
            }
            let judgement = self.judge_key(picture, place, keys);
            if judgement != Judgement::Whole || has_alert {
                let key = picture.series(place).key.clone();
                look.judged.push((key, judgement));
            }
        }
    }

    /// What an evaluation has found, with those keys that the picture no longer knows.
    pub(super) fn found(&self, picture: Option<&Picture>, look: Look) -> Judged {
        let mut judged = look.judged;
        if let (Some(picture), Some(_)) = (picture, look.keys) {
            let gone = match &self.rule.kind {
                RuleKind::Threshold(rule) if !is_sum(rule.measure) => Judgement::Unknown,
                _ => Judgement::Whole,
            };
            let standing = self.standings.keys();
            let lost = standing.filter(|key| picture.find(key).is_none());
            judged.extend(lost.map(|key| (key.clone(), gone.clone())));
        }
        judged
    }

    fn judge_key(&self, picture: &Picture, place: usize, look: &KeyLook) -> Judgement {
        let series = picture.series(place);
        match &self.rule.kind {
            RuleKind::Threshold(rule) => self.judge_threshold(rule, series, look.present),
            RuleKind::Spike(_) => {
                let spike = self.spike.as_ref();
                spike.map_or(Judgement::Whole, |spike| {
                    spike.judge(picture, place, look.present)
                })
            }
            RuleKind::Budget(rule) => look.spending.map_or(Judgement::Whole, |spending| {
                let spent = series.cost_pico(spending.start_us, spending.end_us);
                judge_budget(rule, PicoUsd(spent), spending.present_us)
            }),
            RuleKind::Sql(_) => Judgement::Whole,
        }
    }

    fn judge_threshold(
        &self,
        rule: &ThresholdRule,
        series: &Series,
        present: Present,
    ) -> Judgement {
        let view = ThresholdView {
            rule,
            present,
            steps: self.steps(),
            first_us: series.first_us,
        };
        view.judge(|from_us, to_us| Span {
            sums: series.sums(from_us, to_us),
            users: 0,
        })
    }

    /// Judges a rate over users: the picture's keys end with the tenant and the user.
    fn judge_users(
        &self,
        rule: &ThresholdRule,
        picture: &Picture,
        present: Present,
        has_turned: bool,
    ) -> Judged {
        let mut places = picture.places();
        let has_changed = places.any(|place| picture.changed_at(place) > self.judged_round);
        let Some(end_us) = present
            .complete_end_us
            .filter(|_| has_turned || has_changed)
        else {
            return Vec::new();
        };
        let width_us = i64::from(self.steps()) * present.step_us;
        let mut spans: BTreeMap<GroupKey, Span> = BTreeMap::new();
        for place in picture.places() {
            let series = picture.series(place);
            let sums = series.sums(end_us - width_us, end_us);
            let is_user = series.key.values().last().is_some_and(|id| !id.is_empty());
            if sums.calls == 0 || !is_user {
                continue;
            }
            let span = spans
                .entry(series.key.prefix(self.rule.keys.len()))
                .or_default();
            span.sums += sums;
            span.users += 1;
        }
        let silent = self.standings.keys().filter(|key| !spans.contains_key(key));
        let mut judged: Judged = silent
            .map(|key| (key.clone(), Judgement::Unknown))
            .collect();
        judged.extend(spans.into_iter().map(|(key, span)| {
            let view = ThresholdView {
                rule,
                present,
                steps: self.steps(),
                first_us: i64::MIN,
            };
            (key, view.judge(|_, _| span))
        }));
        judged
    }

    fn steps(&self) -> u32 {
        self.feed.as_ref().map_or(1, |feed| feed.steps)
    }

    fn judge_answer(&mut self, at: Instant) -> Judged {
        let Some(rows) = self.answer.take() else {
            return Vec::new();
        };
        let mut judged: BTreeMap<GroupKey, Judgement> = self
            .standings
            .keys()
            .map(|key| (key.clone(), Judgement::Whole))
            .collect();
        for row in rows {
            let pairs = row.labels.iter();
            let key = GroupKey::of(pairs.flat_map(|(name, value)| [name.as_str(), value]));
            let finding = Finding {
                rank: 0,
                step: String::new(),
                value: row.value,
                threshold: None,
                baseline: None,
                over_usd: None,
                started_at_us: at.now_us,
                not_before_us: i64::MIN,
                projected_at_us: None,
            };
            judged.insert(key, Judgement::Broken(finding));
        }
        judged.into_iter().collect()
    }
}
