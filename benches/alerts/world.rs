//! A company of tenants with features, workflows and users: who calls what, how much, and when.

use crate::random::Random;

pub(crate) const DAYS: u32 = 56;
pub(crate) const DAY_MINUTES: u32 = 1_440;
pub(crate) const MINUTES: u32 = DAYS * DAY_MINUTES;
pub(crate) const FEATURES: usize = 200;
pub(crate) const WORKFLOWS: usize = 140;
pub(crate) const USERS: usize = 160;
pub(crate) const MODELS: usize = 40;
const TENANTS: usize = 20;

/// When a stream is busy.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Rhythm {
    /// Working hours of some time zone, little on weekends.
    Office,
    /// Evenings, as much on weekends.
    Consumer,
    /// Always.
    Steady,
    /// One or two hours a day.
    Nightly,
    /// Now and then, for an hour or so.
    Sporadic,
}

/// Calls of one user in one workflow of one feature to one model.
#[derive(Clone)]
pub(crate) struct Stream {
    pub(crate) tenant: usize,
    pub(crate) feature: usize,
    pub(crate) workflow: usize,
    pub(crate) user: usize,
    pub(crate) model: usize,
    pub(crate) trace: usize,
    pub(crate) rhythm: Rhythm,
    pub(crate) calls_a_day: f64,
    pub(crate) growth_a_week: f64,
    pub(crate) start_minute: u32,
    pub(crate) phase_h: f64,
    pub(crate) sharpness: f64,
    pub(crate) night: f64,
    pub(crate) weekend: f64,
    pub(crate) day_noise: f64,
    pub(crate) hour_noise: f64,
    pub(crate) prompt_scale: f64,
    pub(crate) prompt_tail: f64,
    pub(crate) output_scale: f64,
    pub(crate) cache_share: f64,
    pub(crate) retry_share: f64,
    pub(crate) error_share: f64,
}

/// What a token costs, dollars.
#[derive(Clone, Copy)]
pub(crate) struct Price {
    pub(crate) input: f64,
    pub(crate) cached: f64,
    pub(crate) output: f64,
}

/// A change of volume that is no incident.
#[derive(Clone)]
pub(crate) struct Calm {
    /// Feature of a launch; `None`: a holiday of the tenants.
    pub(crate) feature: Option<usize>,
    pub(crate) tenants: Vec<usize>,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) ramp: u32,
    pub(crate) factor: f64,
}

impl Calm {
    pub(crate) fn concerns(&self, stream: &Stream) -> bool {
        match self.feature {
            Some(feature) => stream.feature == feature,
            None => self.tenants.contains(&stream.tenant),
        }
    }

    pub(crate) fn factor_at(&self, minute: u32) -> f64 {
        if minute < self.start || minute >= self.end {
            return 1.0;
        }
        let up = f64::from(minute - self.start) / f64::from(self.ramp.max(1));
        let down = f64::from(self.end - minute) / f64::from(self.ramp.max(1));
        1.0 + (self.factor - 1.0) * up.min(down).min(1.0)
    }
}

pub(crate) struct World {
    pub(crate) seed: u64,
    /// One in so many tenants is looked at.
    pub(crate) part: usize,
    pub(crate) streams: Vec<Stream>,
    pub(crate) prices: Vec<Price>,
    pub(crate) calms: Vec<Calm>,
}

impl World {
    pub(crate) fn new(seed: u64, part: usize) -> Self {
        let mut random = Random::new(seed, 1);
        let mut streams = streams(&mut random);
        streams.retain(|stream| stream.tenant < TENANTS / part);
        let prices = (0..MODELS).map(|_| price(&mut random)).collect();
        let calms = calms(&mut random);
        Self {
            seed,
            part,
            streams,
            prices,
            calms,
        }
    }
}

fn streams(random: &mut Random) -> Vec<Stream> {
    // How lively this company is as a whole, so that seeds differ in more than their dice.
    let busy = random.log_between(0.5, 2.0);
    let season = random.between(0.3, 1.0);
    let noise = random.log_between(0.6, 1.6);
    let mut all = Vec::new();
    let mut next_workflow = 0;
    let mut next_user = 0;
    for feature in 0..FEATURES {
        let tenant = feature % TENANTS;
        let start_minute = if random.chance(0.12) {
            random.below(35 * DAY_MINUTES as usize) as u32
        } else {
            0
        };
        let home_phase = (tenant % 5) as f64 * 4.0 + 8.0;
        for _ in 0..2 + random.below(3) {
            // Every workflow and every user of a tenant gets some stream.
            let workflow = (next_workflow % (WORKFLOWS / TENANTS)) * TENANTS + tenant;
            let user = (next_user % (USERS / TENANTS)) * TENANTS + tenant;
            next_workflow += 1 + random.below(2);
            next_user += 1 + random.below(2);
            let mut stream = stream(random, tenant, feature, workflow, user);
            stream.start_minute = start_minute;
            stream.calls_a_day *= busy;
            stream.night = 1.0 - (1.0 - stream.night) * season;
            stream.weekend = 1.0 - (1.0 - stream.weekend) * season;
            stream.day_noise *= noise;
            stream.hour_noise *= noise;
            stream.phase_h += home_phase;
            all.push(stream);
        }
    }
    all
}

fn stream(
    random: &mut Random,
    tenant: usize,
    feature: usize,
    workflow: usize,
    user: usize,
) -> Stream {
    let rhythm = match random.below(20) {
        0..9 => Rhythm::Office,
        9..14 => Rhythm::Consumer,
        14..17 => Rhythm::Steady,
        17..19 => Rhythm::Nightly,
        _ => Rhythm::Sporadic,
    };
    let cached = random.chance(0.45);
    Stream {
        tenant,
        feature,
        workflow,
        user,
        model: (random.unit().powi(2) * MODELS as f64) as usize,
        trace: random.below(2),
        rhythm,
        calls_a_day: random.log_between(40.0, 4_000.0),
        growth_a_week: if random.chance(0.1) {
            random.between(0.05, 0.12)
        } else {
            0.01 + 0.02 * random.normal()
        },
        start_minute: 0,
        phase_h: random.between(-2.0, 2.0),
        sharpness: random.between(0.8, 3.0),
        night: random.between(0.02, 0.4),
        weekend: match rhythm {
            Rhythm::Office => random.between(0.05, 0.6),
            _ => random.between(0.7, 1.3),
        },
        day_noise: random.between(0.03, 0.15),
        hour_noise: random.between(0.05, 0.35),
        prompt_scale: random.log_normal(0.7) * 1.3,
        prompt_tail: random.between(0.0, 0.9),
        output_scale: random.log_normal(0.5),
        cache_share: if cached {
            random.between(0.3, 0.85)
        } else {
            random.between(0.0, 0.1)
        },
        retry_share: random.between(0.003, 0.04),
        error_share: random.between(0.003, 0.03),
    }
}

fn price(random: &mut Random) -> Price {
    const MILLION: [(f64, f64); 6] = [
        (0.15, 0.6),
        (0.8, 4.0),
        (1.25, 10.0),
        (2.5, 10.0),
        (3.0, 15.0),
        (15.0, 75.0),
    ];
    let (input, output) = MILLION[random.below(6)];
    let jitter = random.between(0.8, 1.2) / 1e6;
    Price {
        input: input * jitter,
        cached: input * jitter * random.between(0.1, 0.5),
        output: output * jitter,
    }
}

fn calms(random: &mut Random) -> Vec<Calm> {
    let mut calms = Vec::new();
    for _ in 0..40 {
        let start = random.below((MINUTES - 7 * DAY_MINUTES) as usize) as u32;
        let lasting = random.chance(0.5);
        let days = random.between(2.0, 12.0);
        calms.push(Calm {
            feature: Some(random.below(FEATURES)),
            tenants: Vec::new(),
            start,
            end: if lasting {
                MINUTES * 2
            } else {
                start + (days * 1_440.0) as u32
            },
            ramp: random.log_between(60.0, 4_320.0) as u32,
            factor: random.between(1.2, 2.5),
        });
    }
    for _ in 0..6 {
        let day = 8 + random.below(44) as u32;
        let days = 1 + random.below(4) as u32;
        let share = random.between(0.2, 1.0);
        calms.push(Calm {
            feature: None,
            tenants: (0..TENANTS).filter(|_| random.chance(share)).collect(),
            start: day * DAY_MINUTES,
            end: (day + days) * DAY_MINUTES,
            ramp: 120,
            factor: random.between(0.2, 0.7),
        });
    }
    calms
}
