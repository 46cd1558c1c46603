//! The few settings of a detector, in words that the writer of a rule knows.

/// What a series is tested for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SeriesTest {
    /// The numerator is more than its own past lets expect at this hour: cost, tokens or calls of a
    /// key. A rise in volume needs much evidence, because growth and launches are no incidents.
    Volume,
    /// Numerator by denominator is higher than it used to be, whatever the volume: cost per call,
    /// retry share, input tokens per call. Needs little evidence, because efficiency does not
    /// change by itself. A share that should not fall (cache hits) is tested as its complement.
    Ratio,
    /// Calls are expected and none come.
    Silence,
}

/// How much evidence is asked for before a series is called a breach: the factor by which it must
/// leave behind what the series did on its own worst normal days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sensitivity(pub f64);

impl Sensitivity {
    /// Few alerts: for keys that nobody wants to be woken for.
    pub const LOW: Self = Self(4.0);
    /// The default.
    pub const MEDIUM: Self = Self(2.0);
    /// Early alerts, at the price of more false ones.
    pub const HIGH: Self = Self(1.4);
}

/// Which rhythm a series is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Seasonality {
    /// None: every hour is like every other.
    Off,
    /// The hour of the day.
    Day,
    /// The hour of the day and the day of the week.
    #[default]
    Week,
}

/// How a rule judges its series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectorSettings {
    /// What is tested.
    pub test: SeriesTest,
    /// How much evidence a breach needs. Raise it if incidents come late, lower it if alerts are
    /// not worth reading.
    pub sensitivity: Sensitivity,
    /// No breach below this many US dollars over the baseline. Set it to what is worth a person's
    /// attention; it is the first knob to turn against small alerts.
    pub floor_usd: f64,
    /// Until a key has history enough, a breach is this many US dollars over what little is known
    /// of it. Where established keys exist, their noise serves instead if it asks for less.
    pub cold_start_usd: f64,
    /// The rhythm that is learned. Turn it off for keys whose hours mean nothing, such as batches
    /// started by hand.
    pub seasonality: Seasonality,
    /// A rise that stays this long is the new normal, seconds.
    pub accept_after_s: u32,
    /// Development only.
    pub tuning: Tuning,
}

impl DetectorSettings {
    /// The defaults for a test.
    #[must_use]
    pub const fn new(test: SeriesTest) -> Self {
        Self {
            test,
            sensitivity: Sensitivity::MEDIUM,
            floor_usd: 2.0,
            cold_start_usd: 50.0,
            seasonality: Seasonality::Week,
            accept_after_s: 3 * 86_400,
            tuning: Tuning::standard(test),
        }
    }
}

/// Development only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tuning {
    pub slack: [f64; 3],
    pub h: [f64; 3],
    pub memory_s: [f64; 3],
    pub fast_days: f64,
    pub slow_days: f64,
    pub ratio_days: f64,
    pub widen: f64,
    pub cold_days: usize,
    pub clip: f64,
    pub beta: f64,
    pub day_share: [f64; 3],
}

impl Tuning {
    pub const fn standard(test: SeriesTest) -> Self {
        Self {
            slack: match test {
                SeriesTest::Ratio => [1.0, 0.35, 0.12],
                _ => [3.0, 1.0, 0.6],
            },
            h: [1.0, 1.0, 1.0],
            memory_s: match test {
                SeriesTest::Silence => [1e12; 3],
                _ => [3_600.0, 43_200.0, 432_000.0],
            },
            fast_days: 5.0,
            slow_days: 21.0,
            ratio_days: 7.0,
            widen: 3.0,
            cold_days: 3,
            clip: 1.0,
            beta: 0.5,
            day_share: match test {
                SeriesTest::Ratio | SeriesTest::Silence => [0.0, 0.0, 0.0],
                SeriesTest::Volume => [0.015, 0.05, 0.15],
            },
        }
    }
}
