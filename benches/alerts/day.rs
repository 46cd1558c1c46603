//! One day of one stream, minute by minute: the calls, their tokens and what they cost.

use crate::incidents::{Incident, Kind};
use crate::random::Random;
use crate::traces::Trace;
use crate::world::{DAY_MINUTES, Price, Rhythm, Stream, World};

/// More calls of one minute than this are scaled up from as many.
const SAMPLED_MAX: u32 = 48;

/// Sums of one minute.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Totals {
    pub(crate) calls: f64,
    pub(crate) errors: f64,
    pub(crate) retries: f64,
    pub(crate) input: f64,
    pub(crate) output: f64,
    pub(crate) cached: f64,
    pub(crate) usd: f64,
    pub(crate) input_usd: f64,
}

impl Totals {
    pub(crate) fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.errors += other.errors;
        self.retries += other.retries;
        self.input += other.input;
        self.output += other.output;
        self.cached += other.cached;
        self.usd += other.usd;
        self.input_usd += other.input_usd;
    }

    fn scaled(&self, factor: f64) -> Self {
        Self {
            calls: self.calls * factor,
            errors: self.errors * factor,
            retries: self.retries * factor,
            input: self.input * factor,
            output: self.output * factor,
            cached: self.cached * factor,
            usd: self.usd * factor,
            input_usd: self.input_usd * factor,
        }
    }
}

/// One minute of one stream and one model.
pub(crate) struct Row {
    pub(crate) minute: u32,
    pub(crate) model: usize,
    pub(crate) totals: Totals,
}

/// Generates days; the same for the same world, stream and day.
pub(crate) struct Generator<'a> {
    pub(crate) world: &'a World,
    pub(crate) traces: &'a [Trace; 2],
    /// Incidents of each stream.
    pub(crate) of_stream: Vec<Vec<usize>>,
}

/// How calls of a stream are right now.
struct Shape {
    input: f64,
    output: f64,
    cache: f64,
    price: f64,
}

const NORMAL: Shape = Shape {
    input: 1.0,
    output: 1.0,
    cache: 1.0,
    price: 1.0,
};

impl<'a> Generator<'a> {
    pub(crate) fn new(world: &'a World, traces: &'a [Trace; 2], incidents: &[Incident]) -> Self {
        let mut of_stream = vec![Vec::new(); world.streams.len()];
        for (index, incident) in incidents.iter().enumerate() {
            for &stream in &incident.streams {
                of_stream[stream].push(index);
            }
        }
        Self {
            world,
            traces,
            of_stream,
        }
    }

    pub(crate) fn day(
        &self,
        stream_index: usize,
        day: u32,
        incidents: &mut [Incident],
    ) -> Vec<Row> {
        let stream = &self.world.streams[stream_index];
        let part = (stream_index as u64) << 16 | u64::from(day);
        let mut random = Random::new(self.world.seed, 1_000_000 + part);
        let hours = hour_rates(self.world, stream, day, &mut random);
        let trace = &self.traces[stream.trace];
        let today = (day * DAY_MINUTES, (day + 1) * DAY_MINUTES);
        let active: Vec<usize> = self.of_stream[stream_index]
            .iter()
            .copied()
            .filter(|&index| incidents[index].start < today.1 && incidents[index].end > today.0)
            .collect();
        let mut rows = Vec::new();
        let mut rhythm_at = random.below(trace.minutes.len());
        for minute in today.0..today.1 {
            rhythm_at = if random.chance(0.02) {
                random.below(trace.minutes.len())
            } else {
                (rhythm_at + 1) % trace.minutes.len()
            };
            if minute < stream.start_minute {
                continue;
            }
            let mean = hours[((minute - today.0) / 60) as usize] / 60.0 * trace.minutes[rhythm_at];
            let incident = active
                .iter()
                .copied()
                .find(|&index| incidents[index].strength(minute) > 0.0);
            match incident {
                None => {
                    let calls = random.poisson(mean);
                    let totals = self
                        .calls(stream, stream.model, calls, &NORMAL, &mut random)
                        .0;
                    push(&mut rows, minute, stream.model, totals);
                }
                Some(index) => {
                    let incident = &mut incidents[index];
                    let usd =
                        self.minute_of(stream, incident, minute, mean, &mut rows, &mut random);
                    incident.excess_usd[(minute - incident.start) as usize] += usd as f32;
                }
            }
        }
        rows
    }

    /// A minute of an incident; returns what it cost over normal.
    fn minute_of(
        &self,
        stream: &Stream,
        incident: &Incident,
        minute: u32,
        mean: f64,
        rows: &mut Vec<Row>,
        random: &mut Random,
    ) -> f64 {
        let strength = incident.strength(minute);
        let effect = &incident.effect;
        let towards = |height: f64| 1.0 + (height - 1.0) * strength;
        let shape = Shape {
            input: towards(effect.input),
            output: towards(effect.output),
            cache: towards(effect.cache),
            price: towards(effect.price),
        };
        let volume = towards(effect.volume);
        let calls = random.poisson(mean * volume);
        let moved = effect
            .model
            .map_or(0, |_| (f64::from(calls) * strength).round() as u32);
        let (mut totals, base) = self.calls(stream, stream.model, calls - moved, &shape, random);
        let mut over = totals.usd - base / volume;
        if effect.retries > 0.0 {
            let again = random.poisson(f64::from(calls) * effect.retries * strength);
            let (mut repeated, _) = self.calls(stream, stream.model, again, &shape, random);
            repeated.retries = repeated.calls;
            over += repeated.usd;
            // What is tried again had failed before.
            totals.errors = (totals.errors + repeated.calls).min(totals.calls);
            totals.add(&repeated);
        }
        let extra = random.poisson(effect.extra_calls * strength / 60.0);
        let (repeated, _) = self.calls(stream, stream.model, extra, &shape, random);
        over += repeated.usd;
        totals.add(&repeated);
        if effect.huge_tokens > 0.0 {
            let usd = effect.huge_tokens * self.world.prices[stream.model].input;
            totals.add(&Totals {
                calls: 1.0,
                input: effect.huge_tokens,
                usd,
                input_usd: usd,
                ..Totals::default()
            });
            over += usd;
        }
        push(rows, minute, stream.model, totals);
        if let Some(model) = effect.model {
            let (totals, base) = self.calls(stream, model, moved, &shape, random);
            over += totals.usd - base;
            push(rows, minute, model, totals);
        }
        debug_assert!(incident.kind != Kind::HugePrompt || over > 0.0);
        over
    }

    /// Sums of some calls, and what they would have cost without the shape.
    fn calls(
        &self,
        stream: &Stream,
        model: usize,
        calls: u32,
        shape: &Shape,
        random: &mut Random,
    ) -> (Totals, f64) {
        let (price, own) = (self.world.prices[model], self.world.prices[stream.model]);
        let mut totals = Totals::default();
        let mut base = 0.0;
        let sampled = calls.min(SAMPLED_MAX);
        let trace = &self.traces[stream.trace];
        for _ in 0..sampled {
            let (context, generated) = trace.calls[random.below(trace.calls.len())];
            let tail = if stream.prompt_tail > 0.05 {
                random.log_normal(stream.prompt_tail)
            } else {
                1.0
            };
            let input = f64::from(context) * stream.prompt_scale * tail;
            let output = f64::from(generated) * stream.output_scale;
            let share = (stream.cache_share + 0.3 * (random.unit() - 0.5)).clamp(0.0, 0.98);
            base += cost(&own, input, input * share, output).0;
            let (input, output) = (input * shape.input, output * shape.output);
            let cached = input * share * shape.cache;
            let (usd, input_usd) = cost(&price, input, cached, output);
            totals.add(&Totals {
                calls: 1.0,
                errors: f64::from(u8::from(random.chance(stream.error_share))),
                retries: f64::from(u8::from(random.chance(stream.retry_share))),
                input,
                output,
                cached,
                usd: usd * shape.price,
                input_usd: input_usd * shape.price,
            });
        }
        if calls > sampled {
            let factor = f64::from(calls) / f64::from(sampled);
            return (totals.scaled(factor), base * factor);
        }
        (totals, base)
    }
}

fn push(rows: &mut Vec<Row>, minute: u32, model: usize, totals: Totals) {
    if totals.calls > 0.0 {
        rows.push(Row {
            minute,
            model,
            totals,
        });
    }
}

fn cost(price: &Price, input: f64, cached: f64, output: f64) -> (f64, f64) {
    let input_usd = (input - cached) * price.input + cached * price.cached;
    (input_usd + output * price.output, input_usd)
}

/// Calls of each hour of a day.
fn hour_rates(world: &World, stream: &Stream, day: u32, random: &mut Random) -> [f64; 24] {
    let weekend = (day + 3) % 7 >= 5;
    let weeks = f64::from(day) / 7.0;
    let mut day_factor =
        (1.0 + stream.growth_a_week).powf(weeks) * random.log_normal(stream.day_noise);
    if weekend {
        day_factor *= stream.weekend;
    }
    let mut wander = 0.0;
    let weights: [f64; 24] = std::array::from_fn(|hour| rhythm_weight(stream, hour as f64));
    let sum: f64 = weights.iter().sum();
    let bursts = (
        random.chance(0.25),
        random.below(24),
        random.log_normal(0.8),
    );
    std::array::from_fn(|hour| {
        wander = 0.7 * wander + stream.hour_noise * 0.71 * random.normal();
        let minute = day * DAY_MINUTES + hour as u32 * 60;
        let calm: f64 = world
            .calms
            .iter()
            .filter(|calm| calm.concerns(stream))
            .map(|calm| calm.factor_at(minute))
            .product();
        let share = match stream.rhythm {
            Rhythm::Sporadic if bursts.0 && bursts.1 == hour => 3.5 * bursts.2,
            Rhythm::Sporadic => 0.001,
            _ => weights[hour] / sum,
        };
        let noise = if stream.hour_noise > 0.0 {
            wander.exp()
        } else {
            1.0
        };
        stream.calls_a_day * day_factor * share * noise * calm
    })
}

fn rhythm_weight(stream: &Stream, hour: f64) -> f64 {
    let peak = match stream.rhythm {
        Rhythm::Consumer => stream.phase_h + 6.0,
        _ => stream.phase_h,
    };
    let mut away = (hour - peak).rem_euclid(24.0);
    away = away.min(24.0 - away);
    match stream.rhythm {
        Rhythm::Steady => 1.0,
        Rhythm::Nightly => {
            if away < 1.0 {
                1.0
            } else {
                0.005
            }
        }
        _ => {
            let wave =
                (0.5 + 0.5 * (away / 12.0 * std::f64::consts::PI).cos()).powf(stream.sharpness);
            stream.night + (1.0 - stream.night) * wave
        }
    }
}
