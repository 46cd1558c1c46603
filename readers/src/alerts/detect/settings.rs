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
    pub const LOW: Self = Self(6.0);
    /// The default.
    pub const MEDIUM: Self = Self(3.0);
    /// Early alerts, at the price of more false ones.
    pub const HIGH: Self = Self(1.5);
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
}

impl DetectorSettings {
    /// The defaults for a test.
    #[must_use]
    pub const fn new(test: SeriesTest) -> Self {
        Self {
            test,
            sensitivity: Sensitivity::MEDIUM,
            floor_usd: 0.5,
            cold_start_usd: 50.0,
            seasonality: Seasonality::Week,
            accept_after_s: 3 * 86_400,
        }
    }
}
