//! The five baselines: what people build first, on the cost of the same keys.

use crate::day::Totals;
use crate::rules::{Alert, Key};

const WEEK_HOURS: usize = 168;
/// A baseline's alert is over when it was below its threshold for this many minutes.
const CALM_MINUTES: u32 = 60;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Method {
    /// Dollars of the last hour.
    Fixed,
    /// Standard deviations of a minute from the mean of the hour before.
    ZScore,
    /// The last hour by the same hour a week ago.
    LastWeek,
    /// Deviations from the median of a week's hours.
    Mad,
    /// Cumulated deviations of hours from a fading mean.
    Cusum,
}

impl Method {
    pub(crate) const ALL: [Self; 5] = [
        Self::Fixed,
        Self::ZScore,
        Self::LastWeek,
        Self::Mad,
        Self::Cusum,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed threshold",
            Self::ZScore => "z-score, last hour",
            Self::LastWeek => "same hour last week",
            Self::Mad => "rolling MAD, 7 days",
            Self::Cusum => "EWMA and CUSUM",
        }
    }

    /// Every threshold with every floor in dollars.
    pub(crate) fn choices(self) -> Vec<(f64, f64)> {
        let floors = |&threshold| FLOORS_USD.map(|floor_usd| (threshold, floor_usd));
        self.thresholds().iter().flat_map(floors).collect()
    }

    fn thresholds(self) -> &'static [f64] {
        match self {
            Self::Fixed => &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0],
            Self::ZScore => &[3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 40.0, 80.0],
            Self::LastWeek => &[1.5, 2.0, 3.0, 4.0, 6.0, 10.0, 16.0, 30.0, 60.0],
            Self::Mad => &[2.5, 3.5, 5.0, 7.0, 10.0, 15.0, 25.0, 50.0, 100.0],
            Self::Cusum => &[3.0, 5.0, 8.0, 12.0, 20.0, 35.0, 60.0, 90.0, 120.0],
        }
    }
}

/// Dollars that must be over the expectation besides.
const FLOORS_USD: [f64; 7] = [0.5, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0];

/// What a baseline knows of a key.
struct Watched {
    minutes: [f64; 60],
    minute: u32,
    first_minute: u32,
    sum: f64,
    squares: f64,
    /// Sums of whole hours, of the last week.
    hours: [f64; WEEK_HOURS],
    hour_usd: f64,
    median: f64,
    deviation: f64,
    mean: f64,
    variance: f64,
    cusum: f64,
    /// Of each choice, the last minute that was over.
    over: Vec<u32>,
}

/// A method over the keys of the world, at all thresholds and floors.
pub(crate) struct Baseline {
    pub(crate) method: Method,
    choices: Vec<(f64, f64)>,
    pub(crate) key: Key,
    watched: Vec<Option<Box<Watched>>>,
    pub(crate) alerts: Vec<Vec<Alert>>,
}

impl Baseline {
    pub(crate) fn new(method: Method, key: Key) -> Self {
        let choices = method.choices();
        Self {
            method,
            key,
            watched: (0..key.count()).map(|_| None).collect(),
            alerts: vec![Vec::new(); choices.len()],
            choices,
        }
    }

    /// One day of all keys.
    pub(crate) fn day(&mut self, keys: &[Vec<(u32, Totals)>]) {
        for (index, minutes) in keys.iter().enumerate() {
            self.day_of(index, minutes);
        }
    }

    fn day_of(&mut self, index: usize, minutes: &[(u32, Totals)]) {
        for &(minute, totals) in minutes {
            self.minute(index, minute, totals.usd);
        }
    }

    fn minute(&mut self, index: usize, minute: u32, usd: f64) {
        let choices = self.choices.len();
        let new = || Box::new(Watched::new(minute, choices));
        let watched = self.watched[index].get_or_insert_with(new);
        while watched.minute < minute {
            watched.step(0.0, self.method);
        }
        let (score, excess) = watched.judge(usd, self.method);
        watched.step(usd, self.method);
        if score < self.method.thresholds()[0] || excess < FLOORS_USD[0] {
            return;
        }
        let key = self.key;
        for (choice, alerts) in self.alerts.iter_mut().enumerate() {
            let (threshold, floor_usd) = self.choices[choice];
            let is_over = score >= threshold && excess >= floor_usd;
            if is_over && watched.begins(choice, minute) {
                alerts.push(Alert { key, index, minute });
            }
        }
    }
}

impl Watched {
    fn new(minute: u32, choices: usize) -> Self {
        Self {
            minutes: [0.0; 60],
            minute,
            first_minute: minute,
            sum: 0.0,
            squares: 0.0,
            hours: [0.0; WEEK_HOURS],
            hour_usd: 0.0,
            median: 0.0,
            deviation: 0.0,
            mean: 0.0,
            variance: 0.0,
            cusum: 0.0,
            over: vec![0; choices],
        }
    }

    /// Notes a minute that is over; whether it begins an alert.
    fn begins(&mut self, choice: usize, minute: u32) -> bool {
        let last = std::mem::replace(&mut self.over[choice], minute);
        last == 0 || minute > last + CALM_MINUTES
    }

    /// Score and dollars over of the present minute.
    fn judge(&self, usd: f64, method: Method) -> (f64, f64) {
        let age_hours = (self.minute - self.first_minute) / 60;
        let oldest = self.minutes[(self.minute % 60) as usize];
        let hour = (self.sum - oldest + usd).max(0.0);
        match method {
            Method::Fixed => (hour, hour),
            Method::ZScore if age_hours >= 1 => {
                let mean = self.sum / 60.0;
                let deviation = (self.squares / 60.0 - mean * mean).max(0.0).sqrt();
                ((usd - mean) / deviation.max(1e-4), usd - mean)
            }
            Method::LastWeek if age_hours >= 170 => {
                let now = (self.minute / 60) as usize;
                let part = f64::from(self.minute % 60 + 1) / 60.0;
                let then = part * self.hours[now % WEEK_HOURS]
                    + (1.0 - part) * self.hours[(now + WEEK_HOURS - 1) % WEEK_HOURS];
                (hour / then.max(0.01), hour - then)
            }
            Method::Mad if age_hours >= 48 => (
                (hour - self.median) / self.deviation.max(0.005),
                hour - self.median,
            ),
            Method::Cusum if age_hours >= 48 => {
                let step = (hour - self.mean) / self.variance.sqrt().max(0.005);
                (self.cusum + step - 0.5, hour - self.mean)
            }
            _ => (0.0, 0.0),
        }
    }

    fn step(&mut self, usd: f64, method: Method) {
        let place = (self.minute % 60) as usize;
        self.sum += usd - self.minutes[place];
        self.squares += usd * usd - self.minutes[place] * self.minutes[place];
        self.minutes[place] = usd;
        self.hour_usd += usd;
        self.minute += 1;
        if self.minute.is_multiple_of(60) {
            let hour = ((self.minute / 60) as usize + WEEK_HOURS - 1) % WEEK_HOURS;
            self.learn(hour, method);
        }
    }

    fn learn(&mut self, hour: usize, method: Method) {
        let usd = std::mem::take(&mut self.hour_usd);
        self.hours[hour] = usd;
        let age_hours = (self.minute - self.first_minute) as usize / 60;
        match method {
            Method::Mad => {
                let mut seen = self.hours;
                let count = age_hours.clamp(1, WEEK_HOURS);
                // What was not seen yet is zero and sorts first.
                seen.sort_unstable_by(f64::total_cmp);
                let seen = &mut seen[WEEK_HOURS - count..];
                self.median = seen[count / 2];
                for value in &mut *seen {
                    *value = (*value - self.median).abs();
                }
                seen.sort_unstable_by(f64::total_cmp);
                self.deviation = 1.4826 * seen[count / 2];
            }
            Method::Cusum => {
                let step = (usd - self.mean) / self.variance.sqrt().max(0.005);
                self.cusum = (self.cusum + step - 0.5).clamp(0.0, 200.0);
                let weight = (1.0 / (age_hours as f64 + 1.0)).max(0.02);
                let off = usd - self.mean;
                self.mean += weight * off;
                self.variance += weight * (off * off - self.variance);
            }
            _ => {}
        }
    }
}
