//! The three paces at which evidence is summed up, and what each asks for.

use super::settings::SeriesTest;

/// How a breach shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pace {
    /// Several times the baseline within minutes.
    Violent,
    /// Well over the baseline for hours.
    Strong,
    /// A little over the baseline for days.
    Creeping,
}

/// How many paces there are.
pub(super) const PACES: usize = 3;
/// Where the strong pace stands among them.
pub(super) const STRONG: usize = Pace::Strong.index();

impl Pace {
    /// In the order of the sums of evidence.
    pub(super) const ALL: [Self; PACES] = [Self::Violent, Self::Strong, Self::Creeping];

    /// Its place in [`Pace::ALL`].
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Violent => 0,
            Self::Strong => 1,
            Self::Creeping => 2,
        }
    }
}

/// What a test asks for, for each pace.
#[derive(Debug)]
pub(super) struct PaceTable {
    /// What may be over the baseline for nothing, as a part of it.
    pub(super) slack: [f64; PACES],
    /// How long evidence lasts, seconds.
    pub(super) memory_s: [f64; PACES],
    /// How many times as much evidence as the sensitivity asks for.
    pub(super) evidence: [f64; PACES],
    /// The part of what a day usually costs that must be over, times the sensitivity: a key is not
    /// in trouble for a few minutes' worth of its own cost.
    pub(super) day_share: [f64; PACES],
}

const HOUR_S: f64 = 3_600.0;
const MEMORY_S: [f64; PACES] = [HOUR_S, 12.0 * HOUR_S, 120.0 * HOUR_S];

/// Volume grows, and launches triple it: only what is violent, out of rhythm or lasting is told.
const VOLUME: PaceTable = PaceTable {
    slack: [3.0, 1.0, 0.6],
    memory_s: MEMORY_S,
    evidence: [1.0, 1.0, 2.0],
    day_share: [0.015, 0.05, 0.15],
};

/// What a call costs does not grow by itself.
const RATIO: PaceTable = PaceTable {
    slack: [1.0, 0.35, 0.12],
    memory_s: MEMORY_S,
    evidence: [1.0; PACES],
    day_share: [0.0; PACES],
};

/// A silence is as long as it is; only its first sum is used.
const SILENCE: PaceTable = PaceTable {
    slack: [0.0; PACES],
    memory_s: [f64::INFINITY; PACES],
    evidence: [1.0; PACES],
    day_share: [0.0; PACES],
};

impl SeriesTest {
    pub(super) const fn paces(self) -> &'static PaceTable {
        match self {
            Self::Volume => &VOLUME,
            Self::Ratio => &RATIO,
            Self::Silence => &SILENCE,
        }
    }
}
