//! The incidents: ten kinds, each with its own shapes, drawn from a seed.

use crate::random::Random;
use crate::world::{DAY_MINUTES, FEATURES, MINUTES, MODELS, Price, USERS, WORKFLOWS, World};

pub(crate) const INCIDENTS: usize = 300;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    FeatureSpike,
    LoopingAgent,
    RetryStorm,
    PromptGrowth,
    CacheCollapse,
    ModelSwitch,
    PriceChange,
    LeakedKey,
    SlowDrift,
    HugePrompt,
}

impl Kind {
    pub(crate) const ALL: [Self; 10] = [
        Self::FeatureSpike,
        Self::LoopingAgent,
        Self::RetryStorm,
        Self::PromptGrowth,
        Self::CacheCollapse,
        Self::ModelSwitch,
        Self::PriceChange,
        Self::LeakedKey,
        Self::SlowDrift,
        Self::HugePrompt,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FeatureSpike => "feature spike",
            Self::LoopingAgent => "looping agent",
            Self::RetryStorm => "retry storm",
            Self::PromptGrowth => "prompt growth",
            Self::CacheCollapse => "cache-hit collapse",
            Self::ModelSwitch => "model switch",
            Self::PriceChange => "price change",
            Self::LeakedKey => "leaked key",
            Self::SlowDrift => "slow drift",
            Self::HugePrompt => "single huge prompt",
        }
    }
}

/// What an incident does to a stream at its height.
#[derive(Clone, Copy)]
pub(crate) struct Effect {
    /// Factor of the calls.
    pub(crate) volume: f64,
    /// Calls an hour that come besides, at any hour.
    pub(crate) extra_calls: f64,
    /// Share of calls that are tried again, on top of what is normal.
    pub(crate) retries: f64,
    /// Factor of the input tokens.
    pub(crate) input: f64,
    /// Factor of the output tokens.
    pub(crate) output: f64,
    /// Factor of the cached share.
    pub(crate) cache: f64,
    /// Factor of the price.
    pub(crate) price: f64,
    /// The model that answers instead.
    pub(crate) model: Option<usize>,
    /// Input tokens of one huge call in the first minute.
    pub(crate) huge_tokens: f64,
}

pub(crate) const NO_EFFECT: Effect = Effect {
    volume: 1.0,
    extra_calls: 0.0,
    retries: 0.0,
    input: 1.0,
    output: 1.0,
    cache: 1.0,
    price: 1.0,
    model: None,
    huge_tokens: 0.0,
};

pub(crate) struct Incident {
    pub(crate) kind: Kind,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Minutes until it is at its height.
    pub(crate) ramp: u32,
    pub(crate) streams: Vec<usize>,
    pub(crate) effect: Effect,
    /// Dollars over normal in each minute, as they were generated.
    pub(crate) excess_usd: Vec<f32>,
}

impl Incident {
    /// How far it is from nothing to its height.
    pub(crate) fn strength(&self, minute: u32) -> f64 {
        if minute < self.start || minute >= self.end {
            return 0.0;
        }
        (f64::from(minute - self.start + 1) / f64::from(self.ramp.max(1))).min(1.0)
    }

    pub(crate) fn total_usd(&self) -> f64 {
        self.excess_usd.iter().map(|&usd| f64::from(usd)).sum()
    }

    pub(crate) fn usd_before(&self, minute: u32) -> f64 {
        let minutes = minute.saturating_sub(self.start) as usize;
        let seen = &self.excess_usd[..minutes.min(self.excess_usd.len())];
        seen.iter().map(|&usd| f64::from(usd)).sum()
    }
}

/// What a call of the stream costs about, for incidents that are sized in dollars.
pub(crate) fn call_usd(world: &World, stream: usize) -> f64 {
    let stream = &world.streams[stream];
    let price: Price = world.prices[stream.model];
    let (input, output) = if stream.trace == 0 {
        (2_048.0, 28.0)
    } else {
        (1_155.0, 211.0)
    };
    let cached = stream.cache_share;
    input * stream.prompt_scale * (price.input * (1.0 - cached) + price.cached * cached)
        + output * stream.output_scale * price.output
}

/// Draws incidents so that no stream has two at once.
pub(crate) fn draw(world: &World) -> Vec<Incident> {
    let mut random = Random::new(world.seed, 2);
    let mut busy: Vec<Vec<(u32, u32)>> = vec![Vec::new(); world.streams.len()];
    let mut incidents = Vec::new();
    let mut tries = 0;
    while incidents.len() < INCIDENTS / world.part && tries < 100_000 {
        tries += 1;
        let kind = Kind::ALL[incidents.len() % Kind::ALL.len()];
        let Some(incident) = one(world, kind, &mut random) else {
            continue;
        };
        let margin = DAY_MINUTES;
        let free = incident.streams.iter().all(|&stream| {
            world.streams[stream].start_minute + 5 * DAY_MINUTES < incident.start
                && busy[stream].iter().all(|&(start, end)| {
                    incident.start > end + margin || incident.end + margin < start
                })
        });
        if free && !incident.streams.is_empty() {
            for &stream in &incident.streams {
                busy[stream].push((incident.start, incident.end));
            }
            incidents.push(incident);
        }
    }
    incidents
}

fn one(world: &World, kind: Kind, random: &mut Random) -> Option<Incident> {
    let start = 10 * DAY_MINUTES + random.below((MINUTES - 11 * DAY_MINUTES) as usize) as u32;
    let any_of = |pick: &dyn Fn(usize) -> bool| -> Vec<usize> {
        (0..world.streams.len())
            .filter(|&stream| pick(stream))
            .collect()
    };
    let feature = random.below(FEATURES);
    let workflow = random.below(WORKFLOWS);
    let user = random.below(USERS);
    let of_feature = any_of(&|stream| world.streams[stream].feature == feature);
    let of_workflow = any_of(&|stream| world.streams[stream].workflow == workflow);
    let of_user = any_of(&|stream| world.streams[stream].user == user);
    let feature_or_workflow = if random.chance(0.6) {
        of_feature.clone()
    } else {
        of_workflow.clone()
    };
    let day_usd = |streams: &[usize]| -> f64 {
        streams
            .iter()
            .map(|&stream| world.streams[stream].calls_a_day * call_usd(world, stream))
            .sum()
    };
    let mut effect = NO_EFFECT;
    let hours = |random: &mut Random, low: f64, high: f64| random.log_between(low, high) * 60.0;
    let (minutes, ramp, streams) = match kind {
        Kind::FeatureSpike => {
            effect.volume = random.log_between(2.5, 10.0);
            if random.chance(0.3) {
                effect.output = random.between(1.2, 2.5);
            }
            (
                hours(random, 0.7, 36.0),
                random.between(0.0, 90.0),
                of_feature,
            )
        }
        Kind::LoopingAgent | Kind::LeakedKey => {
            let of_it = if kind == Kind::LeakedKey {
                of_user
            } else {
                of_workflow
            };
            let stream = *of_it.get(random.below(of_it.len().max(1)))?;
            let hour_usd = (day_usd(&of_it) / 24.0).max(0.05);
            let minutes = hours(random, 0.5, 40.0);
            let times = random.log_between(2.0, if kind == Kind::LeakedKey { 40.0 } else { 20.0 });
            let usd_an_hour = (times * hour_usd).max(4.0 / (minutes / 60.0));
            effect.extra_calls = usd_an_hour / call_usd(world, stream);
            (
                minutes,
                random.between(0.0, minutes.min(60.0)),
                vec![stream],
            )
        }
        Kind::RetryStorm => {
            effect.retries = random.between(0.3, 2.0);
            (
                hours(random, 0.5, 18.0),
                random.between(0.0, 30.0),
                feature_or_workflow,
            )
        }
        Kind::PromptGrowth => {
            effect.input = random.log_between(1.5, 5.0);
            (
                hours(random, 12.0, 168.0),
                hours(random, 0.1, 72.0),
                feature_or_workflow,
            )
        }
        Kind::CacheCollapse => {
            effect.cache = random.between(0.0, 0.25);
            let cached = |&stream: &usize| world.streams[stream].cache_share > 0.3;
            let streams: Vec<usize> = of_feature.into_iter().filter(cached).collect();
            (
                hours(random, 3.0, 120.0),
                random.between(0.0, 60.0),
                streams,
            )
        }
        Kind::ModelSwitch => {
            let dear = random.below(MODELS);
            let stream = *of_feature.get(random.below(of_feature.len()))?;
            let ratio = world.prices[dear].input / world.prices[world.streams[stream].model].input;
            if !(2.0..15.0).contains(&ratio) {
                return None;
            }
            effect.model = Some(dear);
            (
                hours(random, 4.0, 168.0),
                random.between(0.0, 600.0),
                vec![stream],
            )
        }
        Kind::PriceChange => {
            effect.price = random.between(1.3, 2.5);
            let model = random.below(MODELS);
            let streams = any_of(&|stream| world.streams[stream].model == model);
            (hours(random, 48.0, 200.0), 0.0, streams)
        }
        Kind::SlowDrift => {
            let height = random.between(1.6, 3.5);
            if random.chance(0.5) {
                effect.volume = height;
            } else {
                effect.input = height;
                effect.output = height;
            }
            let minutes = hours(random, 96.0, 336.0);
            (
                minutes,
                minutes * random.between(0.6, 1.0),
                feature_or_workflow,
            )
        }
        Kind::HugePrompt => {
            let stream = random.below(world.streams.len());
            let usd = random.log_between(2.0, 30.0);
            effect.huge_tokens = usd / world.prices[world.streams[stream].model].input;
            if effect.huge_tokens > 2e7 {
                return None;
            }
            (1.0, 0.0, vec![stream])
        }
    };
    let end = (start + (minutes as u32).max(1)).min(MINUTES);
    // Nobody would call less than a few dollars an incident.
    let hours = f64::from(end - start) / 60.0;
    let added = effect.volume * effect.input.max(effect.price) - 1.0 + effect.retries;
    let rough_usd = day_usd(&streams) / 24.0 * hours * added.max(0.3);
    let small = kind != Kind::HugePrompt && effect.extra_calls == 0.0 && rough_usd < 5.0;
    (!small).then(|| Incident {
        kind,
        start,
        end,
        ramp: ramp as u32,
        streams,
        effect,
        excess_usd: vec![0.0; (end - start) as usize],
    })
}
