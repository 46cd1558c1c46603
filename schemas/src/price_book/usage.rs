//! What one call used: quantities by unit, where a missing one and zero never mix.

use crate::usage_unit::{QUANTITY_ONE, UsageUnit};

/// The reported counters of one call.
///
/// # Units
/// Quantities: 10^-12 of a unit ([`QUANTITY_ONE`] is a count of one).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The units that were reported, as bits.
    reported: u64,
    /// Zero where nothing was reported.
    quantities: [i128; UsageUnit::COUNT],
}

impl Usage {
    /// No counter at all.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            reported: 0,
            quantities: [0; UsageUnit::COUNT],
        }
    }

    /// Reports a quantity of a unit, in place of what was reported before.
    ///
    /// # Units
    /// `quantity`: 10^-12 of the unit.
    pub const fn set(&mut self, unit: UsageUnit, quantity: i128) {
        self.reported |= unit.bit();
        self.quantities[unit.index()] = quantity;
    }

    /// Reports a whole number of a unit.
    pub const fn set_count(&mut self, unit: UsageUnit, count: i64) {
        // 2^63 * 10^12 fits i128.
        self.set(unit, count as i128 * QUANTITY_ONE);
    }

    /// The reported quantity of a unit.
    #[must_use]
    pub const fn get(&self, unit: UsageUnit) -> Option<i128> {
        if self.reported & unit.bit() == 0 {
            None
        } else {
            Some(self.quantities[unit.index()])
        }
    }

    /// Whether no counter was reported: the call was not metered.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.reported == 0
    }
}

impl Default for Usage {
    fn default() -> Self {
        Self::new()
    }
}

impl FromIterator<(UsageUnit, i128)> for Usage {
    fn from_iter<I: IntoIterator<Item = (UsageUnit, i128)>>(quantities: I) -> Self {
        let mut usage = Self::new();
        for (unit, quantity) in quantities {
            usage.set(unit, quantity);
        }
        usage
    }
}
