//! Judges keys against their own past: one detector's state a key, fed as steps become final.
#![expect(
    clippy::float_arithmetic,
    reason = "a detector estimates; what was spent is summed up exactly elsewhere"
)]

use std::ops::Range;

use schemas::alerts::alert_measure::AlertMeasure;
use schemas::alerts::amount::Amount;
use schemas::alerts::rule::{Direction, Seasonality, Sensitivity, SpikeRule};
use schemas::money::PicoUsd;
use schemas::time::US_PER_S;

use super::detect::{
    self, Assessment, Bucket, DetectorSettings, Peers, SeriesState, SeriesTest, TestedMeasure,
    WindowSums,
};
use super::judgement::{Finding, Judgement};
use super::picture::Picture;
use super::sums::Sums;
use super::threshold::Present;

/// Complete steps that are kept back from learning, so that a late part can still correct them.
const KEPT_BACK_STEPS: i64 = 2;
const PICO_PER_ONE: f64 = 1e12;

/// A spike rule at work.
#[derive(Debug)]
pub(crate) struct SpikeState {
    measure: AlertMeasure,
    tested: TestedMeasure,
    settings: DetectorSettings,
    peers: Peers,
    /// By the places of the picture.
    keys: Vec<Option<SeriesState>>,
}

impl SpikeState {
    /// `None` if a rule's measure cannot be tested in its direction.
    pub(crate) fn new(rule: &SpikeRule) -> Option<Self> {
        let (test, tested) = test_of(rule.measure, rule.direction)?;
        let settings = DetectorSettings {
            sensitivity: match rule.sensitivity {
                Sensitivity::Low => detect::Sensitivity::LOW,
                Sensitivity::Medium => detect::Sensitivity::MEDIUM,
                Sensitivity::High => detect::Sensitivity::HIGH,
            },
            seasonality: match rule.seasonality {
                Seasonality::Off => detect::Seasonality::Off,
                Seasonality::Day => detect::Seasonality::Day,
                Seasonality::Week => detect::Seasonality::Week,
            },
            floor_usd: units(rule.floor_usd.0),
            cold_start_usd: rule
                .cold_start_usd
                .map_or(f64::INFINITY, |usd| units(usd.0)),
            ..DetectorSettings::new(test)
        };
        Some(Self {
            measure: rule.measure,
            tested,
            settings,
            peers: Peers::default(),
            keys: Vec::new(),
        })
    }

    /// Whether the absence of rows can break the rule.
    pub(crate) const fn hears_silence(&self) -> bool {
        matches!(self.settings.test, SeriesTest::Silence)
    }

    /// Learns from the steps of some places that are final by now.
    pub(crate) fn learn(&mut self, picture: &Picture, places: Range<usize>, present: Present) {
        let Some(complete_us) = present.complete_end_us else {
            return;
        };
        let final_us = complete_us - KEPT_BACK_STEPS * present.step_us;
        if self.keys.len() < places.end {
            self.keys.resize(places.end, None);
        }
        for place in places.filter(|&place| picture.has_key(place)) {
            let learned_us = self.keys[place]
                .as_ref()
                .map(|state| state.absorbed_until_s() * US_PER_S);
            if learned_us.is_some_and(|learned_us| learned_us > picture.newest_us(place)) {
                continue;
            }
            let steps = picture
                .series(place)
                .steps_from(learned_us.unwrap_or(i64::MIN));
            for step in steps.take_while(|step| step.start_us < final_us) {
                let start_s = step.start_us.div_euclid(US_PER_S);
                let bucket =
                    self.tested
                        .bucket(start_s, width_s(present), &window_sums(&step.sums));
                let state = self.keys[place].get_or_insert_with(|| SeriesState::new(start_s));
                state.absorb(&bucket, &self.settings, &mut self.peers);
            }
        }
    }

    /// Forgets the keys that have left their places.
    pub(crate) fn forget(&mut self, places: &[usize]) {
        for &place in places {
            if let Some(state) = self.keys.get_mut(place) {
                *state = None;
            }
        }
    }

    /// Judges the key at a place.
    pub(crate) fn judge(&self, picture: &Picture, place: usize, present: Present) -> Judgement {
        let Some(state) = self.keys.get(place).and_then(Option::as_ref) else {
            return self.judge_new(picture, place, present);
        };
        self.judge_state(state, picture, place, present)
    }

    /// A key of which nothing was learned yet: what it may cost is known all the same.
    fn judge_new(&self, picture: &Picture, place: usize, present: Present) -> Judgement {
        let first_us = picture.series(place).first_us;
        let state = SeriesState::new(first_us.div_euclid(US_PER_S));
        self.judge_state(&state, picture, place, present)
    }

    fn judge_state(
        &self,
        state: &SeriesState,
        picture: &Picture,
        place: usize,
        present: Present,
    ) -> Judgement {
        let learned_us = state.absorbed_until_s() * US_PER_S;
        let steps = picture.series(place).steps_from(learned_us);
        let steps = steps.take_while(|step| step.start_us < present.open_end_us);
        let recent: Vec<Bucket> = steps
            .map(|step| {
                let start_s = step.start_us.div_euclid(US_PER_S);
                self.tested
                    .bucket(start_s, width_s(present), &window_sums(&step.sums))
            })
            .collect();
        let recent_usd = recent.iter().map(|bucket| bucket.usd).sum();
        if state.stays_below_floor(recent_usd, &self.settings) {
            return Judgement::Whole;
        }
        let complete_s = present
            .complete_end_us
            .map_or(0, |us| us.div_euclid(US_PER_S));
        let assessment = state.assess(&recent, complete_s, &self.settings, &self.peers);
        if !assessment.verdict.is_active() {
            return Judgement::Whole;
        }
        Judgement::Broken(self.finding(&assessment, present))
    }

    fn finding(&self, assessment: &Assessment, present: Present) -> Finding {
        let told = match self.settings.test {
            // Calls are missing, whatever else would have come with them.
            SeriesTest::Silence => AlertMeasure::Calls,
            SeriesTest::Volume | SeriesTest::Ratio => self.measure,
        };
        let amount = |value: f64| {
            let shown = match self.tested {
                TestedMeasure::CacheMissShare => 1.0 - value,
                _ => value,
            };
            Amount {
                pico: pico(shown),
                unit: told.unit(),
            }
        };
        // The detector names the end of the step that made it a breach.
        let end_us = assessment.since_s.map(|since_s| since_s * US_PER_S);
        Finding {
            rank: 0,
            step: String::new(),
            value: amount(assessment.value),
            threshold: None,
            baseline: Some(amount(assessment.baseline)),
            over_usd: Some(PicoUsd(pico(assessment.over_usd))),
            started_at_us: end_us.unwrap_or(present.open_end_us) - present.step_us,
            not_before_us: i64::MIN,
            projected_at_us: None,
        }
    }

    /// What the states take, bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        let slots = self.keys.capacity() * size_of::<Option<SeriesState>>();
        let states = self.keys.iter().flatten();
        let beside = states.map(|state| state.bytes() - size_of::<SeriesState>());
        slots + beside.sum::<usize>()
    }
}

/// Whether spike rules look at a measure on a side: whether its past tells what is too much, or too
/// little.
#[must_use]
pub const fn looks_at(measure: AlertMeasure, direction: Direction) -> bool {
    test_of(measure, direction).is_some()
}

/// What of a measure is tested, and how; `None` if nothing is.
const fn test_of(
    measure: AlertMeasure,
    direction: Direction,
) -> Option<(SeriesTest, TestedMeasure)> {
    let test = match (measure, direction) {
        (AlertMeasure::Cost, Direction::Above) => (SeriesTest::Volume, TestedMeasure::Cost),
        (AlertMeasure::Tokens, Direction::Above) => (SeriesTest::Volume, TestedMeasure::Tokens),
        (AlertMeasure::Calls, Direction::Above) => (SeriesTest::Volume, TestedMeasure::Calls),
        (AlertMeasure::Cost | AlertMeasure::Tokens | AlertMeasure::Calls, Direction::Below) => {
            (SeriesTest::Silence, TestedMeasure::Cost)
        }
        (AlertMeasure::CostPerCall, Direction::Above) => {
            (SeriesTest::Ratio, TestedMeasure::CostPerCall)
        }
        (AlertMeasure::CostPerToken, Direction::Above) => {
            (SeriesTest::Ratio, TestedMeasure::CostPerToken)
        }
        (AlertMeasure::InputTokensPerCall, Direction::Above) => {
            (SeriesTest::Ratio, TestedMeasure::InputTokensPerCall)
        }
        (AlertMeasure::RetryShare, Direction::Above) => {
            (SeriesTest::Ratio, TestedMeasure::RetryShare)
        }
        (AlertMeasure::ErrorShare, Direction::Above) => {
            (SeriesTest::Ratio, TestedMeasure::ErrorShare)
        }
        (AlertMeasure::CacheHitShare, Direction::Below) => {
            (SeriesTest::Ratio, TestedMeasure::CacheMissShare)
        }
        _ => return None,
    };
    Some(test)
}

fn width_s(present: Present) -> u32 {
    u32::try_from(present.step_us / US_PER_S).unwrap_or(u32::MAX)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "sums of a step, as a detector estimates with them"
)]
fn window_sums(sums: &Sums) -> WindowSums {
    WindowSums {
        calls: sums.calls as f64,
        error_calls: sums.error_calls as f64,
        retry_calls: sums.retry_calls as f64,
        input_tokens: sums.input_tokens as f64,
        output_tokens: sums.output_tokens as f64,
        cache_read_tokens: sums.cache_read_tokens as f64,
        cost_usd: units(sums.cost_pico),
        input_cost_usd: units(sums.input_cost_pico),
    }
}

#[expect(clippy::cast_precision_loss, reason = "as above")]
fn units(pico: i128) -> f64 {
    pico as f64 / PICO_PER_ONE
}

/// An estimate as an amount; what is no number is nothing.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast from a float saturates, and estimates have no twelfth place"
)]
fn pico(value: f64) -> i128 {
    (value * PICO_PER_ONE).round() as i128
}
