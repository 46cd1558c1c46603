//! What a detector must see, and what must not disturb it.
#![expect(
    clippy::float_arithmetic,
    reason = "a made-up series is made of estimates"
)]

use super::{
    Assessment, Bucket, DetectorSettings, Peers, Sensitivity, SeriesState, SeriesTest, Verdict,
};

mod calm;
mod incidents;
mod states;

const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 86_400;
/// A Monday.
const START_S: i64 = 1_767_571_200;

/// No breach at all.
const NONE: [i64; 0] = [];

/// A series with noise of its own, fed bucket by bucket.
struct Feed {
    state: SeriesState,
    settings: DetectorSettings,
    peers: Peers,
    at_s: i64,
    random: u64,
    /// Starts of breaches, seconds since [`START_S`].
    breaches: Vec<i64>,
    last: Option<Assessment>,
}

impl Feed {
    fn new(test: SeriesTest) -> Self {
        Self {
            state: SeriesState::new(START_S),
            settings: DetectorSettings::new(test),
            peers: Peers::default(),
            at_s: START_S,
            random: 1,
            breaches: Vec::new(),
            last: None,
        }
    }

    /// From 0 to 2, 1 on average.
    fn noise(&mut self) -> f64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let high = u32::try_from(self.random >> 33).unwrap();
        f64::from(high) / f64::from(1_u32 << 30)
    }

    fn since_start_s(&self) -> i64 {
        self.at_s - START_S
    }

    /// Feeds `hours` of five-minute buckets: `calls` an hour and `usd` a call, by the seconds since
    /// the start.
    fn feed(&mut self, hours: i64, calls: impl Fn(i64) -> f64, usd: impl Fn(i64) -> f64) {
        for _ in 0..hours * 12 {
            let calls = (calls(self.since_start_s()) / 12.0 * self.noise()).round();
            let spread = 0.5 + 0.5 * self.noise();
            let cost = calls * usd(self.since_start_s()) * spread;
            self.bucket(cost, calls);
        }
    }

    /// Feeds one bucket of five minutes.
    fn bucket(&mut self, usd: f64, calls: f64) {
        let bucket = Bucket {
            start_s: self.at_s,
            width_s: 300,
            usd,
            numerator: usd,
            denominator: calls,
        };
        self.at_s += 300;
        if calls > 0.0 {
            self.state.absorb(&bucket, &self.settings, &mut self.peers);
        } else {
            self.state
                .absorb_nothing_until(self.at_s, &self.settings, &mut self.peers);
        }
        let now = self.assess(&[]);
        let was = self.last.is_some_and(|last| last.verdict.is_active());
        if now.verdict.is_active() && !was {
            self.breaches.push(self.since_start_s());
        }
        self.last = Some(now);
    }

    fn assess(&self, recent: &[Bucket]) -> Assessment {
        self.state
            .assess(recent, self.at_s, &self.settings, &self.peers)
    }

    fn verdict(&self) -> Verdict {
        self.assess(&[]).verdict
    }
}

/// Working hours: 100 calls an hour at noon, 10 at night.
fn office(since_start_s: i64) -> f64 {
    let hour = since_start_s.rem_euclid(DAY_S) / HOUR_S;
    if (8..18).contains(&hour) { 100.0 } else { 10.0 }
}

/// Working hours from Monday to Friday.
fn office_week(since_start_s: i64) -> f64 {
    if (since_start_s / DAY_S) % 7 < 5 {
        office(since_start_s)
    } else {
        10.0
    }
}

fn cents(_: i64) -> f64 {
    0.02
}
