//! The rules of the starter pack that are scored, over the keys of the world.

use readers::alerts::detect::{
    Bucket, DetectorSettings, Peers, Sensitivity, SeriesState, SeriesTest,
    TestedMeasure as Measure, WindowSums,
};

use crate::day::{Row, Totals};
use crate::score::Alert;
use crate::world::{DAY_MINUTES, FEATURES, MODELS, Stream, USERS, WORKFLOWS};

/// What tells the series of a rule apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Key {
    Feature,
    Workflow,
    User,
    Model,
}

impl Key {
    pub(crate) fn count(self) -> usize {
        match self {
            Self::Feature => FEATURES,
            Self::Workflow => WORKFLOWS,
            Self::User => USERS,
            Self::Model => MODELS,
        }
    }

    /// The key of a row.
    pub(crate) fn of(self, stream: &Stream, row: &Row) -> usize {
        match self {
            Self::Feature => stream.feature,
            Self::Workflow => stream.workflow,
            Self::User => stream.user,
            Self::Model => row.model,
        }
    }

    /// Width of the windows in the lake, minutes.
    pub(crate) fn width_minutes(self) -> u32 {
        if self == Self::User { 15 } else { 1 }
    }
}

/// A spike rule of the starter pack.
#[derive(Clone, Copy)]
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) key: Key,
    measure: Measure,
    settings: DetectorSettings,
}

impl Rule {
    /// Whether it watches what the baselines watch.
    pub(crate) fn is_of_cost(&self) -> bool {
        self.measure == Measure::Cost
    }
}

/// The spike rules of `deploy/alerts/starter.yaml`.
pub(crate) fn starter_pack() -> Vec<Rule> {
    use Measure::{
        CacheMissShare, Cost, CostPerCall, CostPerToken, InputTokensPerCall, RetryShare,
    };
    use Sensitivity as By;
    let rule = |name, key, measure, sensitivity, floor_usd| {
        let test = if measure == Cost {
            SeriesTest::Volume
        } else {
            SeriesTest::Ratio
        };
        Rule {
            name,
            key,
            measure,
            settings: DetectorSettings {
                sensitivity,
                floor_usd,
                ..DetectorSettings::new(test)
            },
        }
    };
    vec![
        rule("feature spike", Key::Feature, Cost, By::MEDIUM, 0.5),
        rule("workflow spike", Key::Workflow, Cost, By::LOW, 0.5),
        rule("runaway user", Key::User, Cost, By::MEDIUM, 0.5),
        rule("cost per call", Key::Feature, CostPerCall, By::MEDIUM, 0.5),
        rule(
            "prompts growing",
            Key::Feature,
            InputTokensPerCall,
            By::LOW,
            0.5,
        ),
        rule("retry storm", Key::Feature, RetryShare, By::HIGH, 0.25),
        rule(
            "retry storm, workflow",
            Key::Workflow,
            RetryShare,
            By::MEDIUM,
            0.25,
        ),
        rule(
            "cache hits collapsed",
            Key::Feature,
            CacheMissShare,
            By::HIGH,
            0.25,
        ),
        rule("price change", Key::Model, CostPerToken, By::MEDIUM, 0.5),
    ]
}

fn bucket(measure: Measure, start_minute: u32, width_minutes: u32, sums: &Totals) -> Bucket {
    let sums = WindowSums {
        calls: sums.calls,
        error_calls: sums.errors,
        retry_calls: sums.retries,
        input_tokens: sums.input,
        output_tokens: sums.output,
        cache_read_tokens: sums.cached,
        cost_usd: sums.usd,
        input_cost_usd: sums.input_usd,
    };
    measure.bucket(i64::from(start_minute) * 60, width_minutes * 60, &sums)
}

struct Watched {
    state: SeriesState,
    is_active: bool,
}

/// A rule with the states of its keys, at several sensitivities.
pub(crate) struct Evaluator {
    pub(crate) rule: Rule,
    settings: Vec<DetectorSettings>,
    peers: Vec<Peers>,
    keys: Vec<Vec<Option<Watched>>>,
    pub(crate) alerts: Vec<Vec<Alert>>,
}

impl Evaluator {
    pub(crate) fn new(rule: Rule, sensitivities: &[f64]) -> Self {
        let settings: Vec<DetectorSettings> = sensitivities
            .iter()
            .map(|&factor| {
                let mut settings = rule.settings;
                settings.sensitivity = Sensitivity(settings.sensitivity.0 * factor);
                settings
            })
            .collect();
        Self {
            rule,
            peers: vec![Peers::default(); settings.len()],
            keys: (0..settings.len())
                .map(|_| (0..rule.key.count()).map(|_| None).collect())
                .collect(),
            alerts: vec![Vec::new(); settings.len()],
            settings,
        }
    }

    /// One day of all keys: the minutes that had calls.
    pub(crate) fn day(&mut self, keys: &[Vec<(u32, Totals)>]) {
        for choice in 0..self.settings.len() {
            for (key, minutes) in keys.iter().enumerate() {
                self.day_of(choice, key, minutes);
            }
        }
    }

    fn day_of(&mut self, choice: usize, key: usize, minutes: &[(u32, Totals)]) {
        let width = self.rule.key.width_minutes();
        for window in minutes.chunk_by(|left, right| left.0 / width == right.0 / width) {
            self.window(choice, key, window);
        }
    }

    /// One window of one key, minute by minute: it is judged while it is open, as the lake is.
    fn window(&mut self, choice: usize, key: usize, minutes: &[(u32, Totals)]) {
        let width = self.rule.key.width_minutes();
        let start = minutes[0].0 / width * width;
        let start_s = i64::from(start) * 60;
        let (settings, measure) = (&self.settings[choice], self.rule.measure);
        let peers = &mut self.peers[choice];
        let watched = self.keys[choice][key].get_or_insert_with(|| Watched {
            state: SeriesState::new(start_s),
            is_active: false,
        });
        let state = &mut watched.state;
        state.absorb_nothing_until(start_s, settings, peers);
        let is_active = |state: &SeriesState, recent: &[Bucket], peers: &Peers| {
            let assessment = state.assess(recent, 0, settings, peers);
            assessment.verdict.is_active()
        };
        let was_active = watched.is_active && is_active(state, &[], peers);
        let mut sums = Totals::default();
        let mut fired = None;
        for &(minute, totals) in minutes {
            sums.add(&totals);
            let open = bucket(measure, start, width, &sums);
            if !was_active && fired.is_none() && is_active(state, &[open], peers) {
                fired = Some(minute);
            }
        }
        state.absorb(&bucket(measure, start, width, &sums), settings, peers);
        watched.is_active = is_active(state, &[], peers);
        if let Some(minute) = fired {
            self.alerts[choice].push(Alert {
                key: self.rule.key,
                index: key,
                minute,
            });
        }
    }
}

/// The minutes of a day of each key, from the rows of all streams.
pub(crate) fn minutes_by_key(
    key: Key,
    streams: &[Stream],
    rows: &[Vec<Row>],
    day: u32,
) -> Vec<Vec<(u32, Totals)>> {
    let mut of_key: Vec<Vec<&Row>> = (0..key.count()).map(|_| Vec::new()).collect();
    for (stream, rows) in streams.iter().zip(rows) {
        for row in rows {
            of_key[key.of(stream, row)].push(row);
        }
    }
    let mut sums = vec![Totals::default(); DAY_MINUTES as usize];
    of_key
        .iter()
        .map(|rows| {
            sums.fill(Totals::default());
            for row in rows {
                sums[(row.minute - day * DAY_MINUTES) as usize].add(&row.totals);
            }
            (day * DAY_MINUTES..)
                .zip(&sums)
                .filter(|(_, totals)| totals.calls > 0.0)
                .map(|(minute, totals)| (minute, *totals))
                .collect()
        })
        .collect()
}
