//! Spike rules over the keys of the world.

use readers::alerts::detect::{
    Bucket, DetectorSettings, Peers, Sensitivity, SeriesState, SeriesTest, TestedMeasure,
    WindowSums,
};

use crate::day::{Row, Totals};
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

/// One alert of one key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alert {
    pub(crate) key: Key,
    pub(crate) index: usize,
    /// The minute whose end brought it.
    pub(crate) minute: u32,
}

/// A spike rule.
#[derive(Clone)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) key: Key,
    pub(crate) measure: TestedMeasure,
    pub(crate) settings: DetectorSettings,
}

impl Rule {
    /// Whether it watches what the baselines watch.
    pub(crate) fn is_of_cost(&self) -> bool {
        self.settings.test == SeriesTest::Volume
    }
}

fn bucket(measure: TestedMeasure, start_minute: u32, width_minutes: u32, sums: &Totals) -> Bucket {
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

impl Watched {
    /// The minute of the pause up to `until_s` whose end makes it a breach, if one does.
    fn begin_of_silence(
        &mut self,
        until_s: i64,
        settings: &DetectorSettings,
        peers: &Peers,
    ) -> Option<u32> {
        if self.is_active {
            return None;
        }
        let mut end_s = self.state.absorbed_until_s();
        while end_s < until_s {
            end_s += 60;
            let assessment = self.state.assess(&[], end_s, settings, peers);
            if assessment.verdict.is_active() {
                self.is_active = true;
                return u32::try_from(end_s / 60 - 1).ok();
            }
        }
        None
    }
}

/// Factors of what a rule asks for.
#[derive(Clone, Copy)]
pub(crate) struct Variant {
    pub(crate) sensitivity: f64,
    pub(crate) floor_usd: f64,
}

/// A rule with the states of its keys, in several variants.
pub(crate) struct Evaluator {
    pub(crate) rule: Rule,
    settings: Vec<DetectorSettings>,
    peers: Vec<Peers>,
    keys: Vec<Vec<Option<Watched>>>,
    pub(crate) alerts: Vec<Vec<Alert>>,
}

impl Evaluator {
    pub(crate) fn new(rule: &Rule, variants: &[Variant]) -> Self {
        let settings = variants.iter().map(|variant| DetectorSettings {
            sensitivity: Sensitivity(rule.settings.sensitivity.0 * variant.sensitivity),
            floor_usd: rule.settings.floor_usd * variant.floor_usd,
            ..rule.settings
        });
        let settings: Vec<DetectorSettings> = settings.collect();
        Self {
            rule: rule.clone(),
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
        if settings.test == SeriesTest::Silence {
            let silent = watched.begin_of_silence(start_s, settings, peers);
            self.alerts[choice].extend(silent.map(|minute| Alert {
                key: self.rule.key,
                index: key,
                minute,
            }));
        }
        let state = &mut watched.state;
        state.absorb_nothing_until(start_s, settings, peers);
        let is_active = |state: &SeriesState, recent: &[Bucket], peers: &Peers| {
            let recent_usd = recent.iter().map(|bucket| bucket.usd).sum();
            if state.stays_below_floor(recent_usd, settings) {
                return false;
            }
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
