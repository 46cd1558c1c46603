//! What a series did on its own on its worst days: the scale that evidence is measured by.
#![expect(
    clippy::float_arithmetic,
    reason = "statistics; what is reported as money is exact elsewhere"
)]

use super::number::{from_octave, to_octave};

/// By how much little history widens the scale, divided by the days of it.
const WIDENED_BY: f64 = 3.0;
/// How many days are remembered.
const DAYS: usize = 28;

/// The largest evidence of each of the last days, one byte a day.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DailyMaxima {
    codes: [u8; DAYS],
    next: u8,
}

impl DailyMaxima {
    pub(super) const fn new() -> Self {
        Self {
            codes: [0; DAYS],
            next: 0,
        }
    }

    pub(super) fn push(&mut self, maximum: f64) {
        let next = usize::from(self.next);
        self.codes[next] = to_octave(maximum);
        self.next = if next + 1 == DAYS { 0 } else { self.next + 1 };
    }

    /// Days with any evidence.
    fn days(&self) -> usize {
        self.codes.iter().filter(|&&code| code > 0).count()
    }

    /// The largest of few days with any evidence, the second or third largest of more: one earlier
    /// incident, or two, must not make a series deaf. Series whose worst days differ much from their
    /// usual ones get more, by the square root of that difference, and so do those with little
    /// history.
    pub(super) fn typical_worst(&self) -> f64 {
        let mut codes = self.codes;
        codes.sort_unstable_by(|left, right| right.cmp(left));
        let seen = self.days();
        if seen == 0 {
            return 0.0;
        }
        let rank = match seen {
            0..5 => 0,
            5..14 => 1,
            _ => 2,
        };
        let days = f64::from(u32::try_from(seen).unwrap_or(1));
        let worst = from_octave(codes[rank]);
        worst * (1.0 + WIDENED_BY / days) * (worst / from_octave(codes[seen / 2])).sqrt()
    }
}
