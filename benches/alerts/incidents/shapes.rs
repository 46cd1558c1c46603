//! How long, how large and where an incident of each kind is.

use super::{Effect, Incident, Kind, NO_EFFECT, call_usd};
use crate::random::Random;
use crate::world::{DAY_MINUTES, FEATURES, MINUTES, MODELS, USERS, WORKFLOWS, World};

/// An incident of less than about this is not worth the word, US dollars.
const INCIDENT_USD_MIN: f64 = 5.0;

/// Where an incident may strike.
struct Places {
    of_feature: Vec<usize>,
    of_workflow: Vec<usize>,
    of_user: Vec<usize>,
    feature_or_workflow: Vec<usize>,
}

/// Length and ramp in minutes, the streams it strikes, and what it does to them.
struct Shape {
    minutes: f64,
    ramp: f64,
    streams: Vec<usize>,
    effect: Effect,
}

/// Draws an incident; `None` if there is none of this kind where the dice fell.
pub(super) fn draw_one(world: &World, kind: Kind, random: &mut Random) -> Option<Incident> {
    let start = 10 * DAY_MINUTES + random.below((MINUTES - 11 * DAY_MINUTES) as usize) as u32;
    let places = places(world, random);
    let shape = match kind {
        Kind::FeatureSpike => spike(places, random),
        Kind::LoopingAgent => flood(world, &places.of_workflow, 20.0, random)?,
        Kind::LeakedKey => flood(world, &places.of_user, 40.0, random)?,
        Kind::RetryStorm => retries(places, random),
        Kind::PromptGrowth => prompts(places, random),
        Kind::CacheCollapse => cache(world, places, random),
        Kind::ModelSwitch => model(world, &places, random)?,
        Kind::PriceChange => price(world, random),
        Kind::SlowDrift => drift(places, random),
        Kind::HugePrompt => huge(world, random)?,
    };
    let Shape {
        minutes,
        ramp,
        streams,
        effect,
    } = shape;
    let end = (start + (minutes as u32).max(1)).min(MINUTES);
    let hours = f64::from(end - start) / 60.0;
    let added = effect.volume * effect.input.max(effect.price) - 1.0 + effect.retries;
    let rough_usd = day_usd(world, &streams) / 24.0 * hours * added.max(0.3);
    let is_sized = kind == Kind::HugePrompt || effect.extra_calls > 0.0;
    (is_sized || rough_usd >= INCIDENT_USD_MIN).then(|| Incident {
        kind,
        start,
        end,
        ramp: ramp as u32,
        streams,
        effect,
        excess_usd: vec![0.0; (end - start) as usize],
    })
}

fn places(world: &World, random: &mut Random) -> Places {
    let feature = random.below(FEATURES);
    let workflow = random.below(WORKFLOWS);
    let user = random.below(USERS);
    let of_feature = streams_of(world, |stream| world.streams[stream].feature == feature);
    let of_workflow = streams_of(world, |stream| world.streams[stream].workflow == workflow);
    let of_user = streams_of(world, |stream| world.streams[stream].user == user);
    let feature_or_workflow = if random.chance(0.6) {
        of_feature.clone()
    } else {
        of_workflow.clone()
    };
    Places {
        of_feature,
        of_workflow,
        of_user,
        feature_or_workflow,
    }
}

fn streams_of(world: &World, pick: impl Fn(usize) -> bool) -> Vec<usize> {
    (0..world.streams.len())
        .filter(|&stream| pick(stream))
        .collect()
}

fn day_usd(world: &World, streams: &[usize]) -> f64 {
    streams
        .iter()
        .map(|&stream| world.streams[stream].calls_a_day * call_usd(world, stream))
        .sum()
}

fn minutes(random: &mut Random, hours_min: f64, hours_max: f64) -> f64 {
    random.log_between(hours_min, hours_max) * 60.0
}

fn spike(places: Places, random: &mut Random) -> Shape {
    let mut effect = NO_EFFECT;
    effect.volume = random.log_between(2.5, 10.0);
    if random.chance(0.3) {
        effect.output = random.between(1.2, 2.5);
    }
    Shape {
        minutes: minutes(random, 0.7, 36.0),
        ramp: random.between(0.0, 90.0),
        streams: places.of_feature,
        effect,
    }
}

/// Calls at any hour, of one stream: up to so many times what all streams cost.
fn flood(world: &World, of_it: &[usize], times_max: f64, random: &mut Random) -> Option<Shape> {
    let stream = *of_it.get(random.below(of_it.len().max(1)))?;
    let hour_usd = (day_usd(world, of_it) / 24.0).max(0.05);
    let minutes = minutes(random, 0.5, 40.0);
    let times = random.log_between(2.0, times_max);
    let usd_an_hour = (times * hour_usd).max(4.0 / (minutes / 60.0));
    let mut effect = NO_EFFECT;
    effect.extra_calls = usd_an_hour / call_usd(world, stream);
    Some(Shape {
        minutes,
        ramp: random.between(0.0, minutes.min(60.0)),
        streams: vec![stream],
        effect,
    })
}

fn retries(places: Places, random: &mut Random) -> Shape {
    let mut effect = NO_EFFECT;
    effect.retries = random.between(0.3, 2.0);
    Shape {
        minutes: minutes(random, 0.5, 18.0),
        ramp: random.between(0.0, 30.0),
        streams: places.feature_or_workflow,
        effect,
    }
}

fn prompts(places: Places, random: &mut Random) -> Shape {
    let mut effect = NO_EFFECT;
    effect.input = random.log_between(1.5, 5.0);
    Shape {
        minutes: minutes(random, 12.0, 168.0),
        ramp: minutes(random, 0.1, 72.0),
        streams: places.feature_or_workflow,
        effect,
    }
}

fn cache(world: &World, places: Places, random: &mut Random) -> Shape {
    let mut effect = NO_EFFECT;
    effect.cache = random.between(0.0, 0.25);
    let cached = |&stream: &usize| world.streams[stream].cache_share > 0.3;
    Shape {
        streams: places.of_feature.into_iter().filter(cached).collect(),
        minutes: minutes(random, 3.0, 120.0),
        ramp: random.between(0.0, 60.0),
        effect,
    }
}

fn model(world: &World, places: &Places, random: &mut Random) -> Option<Shape> {
    let dear = random.below(MODELS);
    let at = random.below(places.of_feature.len());
    let stream = *places.of_feature.get(at)?;
    let now = world.streams[stream].model;
    let ratio = world.prices[dear].input / world.prices[now].input;
    let mut effect = NO_EFFECT;
    effect.model = Some(dear);
    (2.0..15.0).contains(&ratio).then(|| Shape {
        minutes: minutes(random, 4.0, 168.0),
        ramp: random.between(0.0, 600.0),
        streams: vec![stream],
        effect,
    })
}

fn price(world: &World, random: &mut Random) -> Shape {
    let mut effect = NO_EFFECT;
    effect.price = random.between(1.3, 2.5);
    let model = random.below(MODELS);
    Shape {
        minutes: minutes(random, 48.0, 200.0),
        ramp: 0.0,
        streams: streams_of(world, |stream| world.streams[stream].model == model),
        effect,
    }
}

fn drift(places: Places, random: &mut Random) -> Shape {
    let mut effect = NO_EFFECT;
    let height = random.between(1.6, 3.5);
    if random.chance(0.5) {
        effect.volume = height;
    } else {
        effect.input = height;
        effect.output = height;
    }
    let minutes = minutes(random, 96.0, 336.0);
    Shape {
        minutes,
        ramp: minutes * random.between(0.6, 1.0),
        streams: places.feature_or_workflow,
        effect,
    }
}

fn huge(world: &World, random: &mut Random) -> Option<Shape> {
    let stream = random.below(world.streams.len());
    let usd = random.log_between(2.0, 30.0);
    let mut effect = NO_EFFECT;
    effect.huge_tokens = usd / world.prices[world.streams[stream].model].input;
    (effect.huge_tokens <= 2e7).then(|| Shape {
        minutes: 1.0,
        ramp: 0.0,
        streams: vec![stream],
        effect,
    })
}
