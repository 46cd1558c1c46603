//! The incidents: ten kinds, their labels, and what they do to the calls of a stream.

mod shapes;

use crate::random::Random;
use crate::world::{DAY_MINUTES, Price, World};

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
        let Some(incident) = shapes::draw_one(world, kind, &mut random) else {
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
