//! How fast events are sent: pure arithmetic over times.

use schemas::time::US_PER_S;

/// How fast events are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// A multiple of the traffic's own speed, in thousandths, at least 1.
    Speed {
        /// 1000 is the traffic's own speed.
        thousandths: u64,
    },
    /// A steady rate.
    Rate {
        /// Events a second, at least 1.
        events_per_s: u64,
    },
    /// As fast as the sink takes them.
    FlatOut,
}

impl Pace {
    /// When an event is due.
    ///
    /// # Units
    /// `since_us`: how far it lies behind the traffic's first event, microseconds; `index`: how
    /// many events went before it. Out: microseconds since the replay began.
    pub(crate) fn due_us(self, since_us: i64, index: u64) -> i64 {
        let due = match self {
            Self::Speed { thousandths } => {
                i128::from(since_us) * 1000 / i128::from(thousandths.max(1))
            }
            Self::Rate { events_per_s } => {
                i128::from(index) * i128::from(US_PER_S) / i128::from(events_per_s.max(1))
            }
            Self::FlatOut => 0,
        };
        i64::try_from(due).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests;
