//! Which keys a rule judges when, by its kind.

use std::collections::BTreeMap;

use schemas::alerts::rule::{BudgetRule, RuleKind, ThresholdRule};
use schemas::money::PicoUsd;

use super::{Judged, RuleState, present_of};
use crate::alerts::budget::{judge_budget, period_of};
use crate::alerts::feed::counts_users;
use crate::alerts::group_key::GroupKey;
use crate::alerts::judgement::{Finding, Instant, Judgement};
use crate::alerts::picture::Picture;
use crate::alerts::threshold::{Present, Span, ThresholdView, is_early, is_sum, judge_price_facts};

impl RuleState {
    pub(super) fn judge(&mut self, picture: Option<&Picture>, at: Instant) -> Judged {
        let kind = self.rule.kind.clone();
        match (&kind, picture) {
            (RuleKind::Threshold(rule), None) => {
                let judged = judge_price_facts(rule, at.price_facts_at_us, at.now_us);
                vec![(GroupKey::default(), judged)]
            }
            (RuleKind::Threshold(rule), Some(picture)) => {
                let Some(present) = present_of(picture, at) else {
                    return Vec::new();
                };
                if counts_users(&self.rule) {
                    self.judge_users(rule, picture, present)
                } else {
                    self.judge_thresholds(rule, picture, present)
                }
            }
            (RuleKind::Budget(rule), Some(picture)) => self.judge_budgets(rule, picture, at),
            (RuleKind::Sql(_), _) => self.judge_answer(at),
            (RuleKind::Spike(_), Some(picture)) => self.judge_spikes(picture, at),
            (RuleKind::Spike(_) | RuleKind::Budget(_), None) => Vec::new(),
        }
    }

    /// Whether steps have become complete since the last time.
    fn turned(&mut self, present: Present) -> bool {
        let turned = self.judged_end_us != present.complete_end_us;
        self.judged_end_us = present.complete_end_us;
        turned
    }

    /// The places to look at, each once: all, or those that rows changed and those with an alert.
    fn candidates(&self, picture: &Picture, all: bool) -> Vec<usize> {
        if all {
            return picture.places().collect();
        }
        let standing = self.standings.keys().filter_map(|key| picture.find(key));
        let changed = picture.changed_since(self.judged_round);
        let mut places: Vec<usize> = changed.chain(standing).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Judges the keys at these places, and by `gone` those with an alert that the picture no longer
    /// knows. Most keys keep most rules; of those nothing is said unless an alert stands.
    fn judge_places(
        &self,
        picture: &Picture,
        all: bool,
        gone: &Judgement,
        judge: impl Fn(usize) -> Judgement,
    ) -> Judged {
        let mut judged = Vec::new();
        for place in self.candidates(picture, all) {
            let judgement = judge(place);
            let key = &picture.series(place).key;
            if judgement != Judgement::Whole || self.standings.contains_key(key) {
                judged.push((key.clone(), judgement));
            }
        }
        let lost = self.standings.keys();
        let lost = lost.filter(|key| picture.find(key).is_none());
        judged.extend(lost.map(|key| (key.clone(), gone.clone())));
        judged
    }

    fn judge_thresholds(
        &mut self,
        rule: &ThresholdRule,
        picture: &Picture,
        present: Present,
    ) -> Judged {
        let all = self.turned(present) && !is_early(rule);
        let steps = self.feed.as_ref().map_or(1, |feed| feed.steps);
        let gone = if is_sum(rule.measure) {
            Judgement::Whole
        } else {
            Judgement::Unknown
        };
        self.judge_places(picture, all, &gone, |place| {
            let series = picture.series(place);
            let view = ThresholdView {
                rule,
                present,
                steps,
                first_us: series.first_us,
            };
            view.judge(|from_us, to_us| Span {
                sums: series.sums(from_us, to_us),
                users: 0,
            })
        })
    }

    /// Judges a rate over users: the picture's keys end with the tenant and the user.
    fn judge_users(&mut self, rule: &ThresholdRule, picture: &Picture, present: Present) -> Judged {
        let has_changed = picture.changed_since(self.judged_round).next().is_some();
        if !self.turned(present) && !has_changed {
            return Vec::new();
        }
        let steps = self.feed.as_ref().map_or(1, |feed| feed.steps);
        let width_us = i64::from(steps) * present.step_us;
        let Some(end_us) = present.complete_end_us else {
            return Vec::new();
        };
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
                steps,
                first_us: i64::MIN,
            };
            (key, view.judge(|_, _| span))
        }));
        judged
    }

    fn judge_spikes(&mut self, picture: &Picture, at: Instant) -> Judged {
        let Some(present) = present_of(picture, at) else {
            return Vec::new();
        };
        let has_turned = self.judged_end_us != present.complete_end_us;
        self.learn(Some(picture), at);
        let Some(spike) = &self.spike else {
            return Vec::new();
        };
        let all = has_turned && spike.hears_silence();
        self.judge_places(picture, all, &Judgement::Whole, |place| {
            spike.judge(picture, place, present)
        })
    }

    fn judge_budgets(&mut self, rule: &BudgetRule, picture: &Picture, at: Instant) -> Judged {
        let Some(present) = present_of(picture, at) else {
            return Vec::new();
        };
        // A period is over when its windows are, or when the next one has rows.
        let present_us = present
            .open_end_us
            .min(at.now_us)
            .max(at.complete_until_us.unwrap_or(i64::MIN));
        let (start_us, end_us) = period_of(rule.period, present_us - 1);
        self.judge_places(picture, false, &Judgement::Whole, |place| {
            let spent = picture.series(place).sums(start_us, end_us).cost_pico;
            judge_budget(rule, PicoUsd(spent), present_us)
        })
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
