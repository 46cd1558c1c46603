//! What a call is charged for, part by part.

use crate::money::PicoUsd;
use crate::price_book::rate::Rate;
use crate::usage_unit::UsageUnit;

/// One of the disjoint parts of a charge: a quantity, and the rate that it is charged at.
///
/// # Units
/// `quantity`: 10^-12 of the unit. `rate`: see [`Rate`]; the book has it as a price of `per` units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// The unit whose rate is charged: the counter's own, or its nearest priced total.
    pub unit: UsageUnit,
    /// How much of it.
    pub quantity: i128,
    /// The rate that applied, its tier chosen.
    pub rate: Rate,
    /// How many units one price of the book buys.
    pub per: u64,
    /// What the part costs, rounded if it must be.
    pub cost: PicoUsd,
}

impl Leaf {
    /// The price of [`Self::per`] units as the book has it, US dollars; see [`Rate::dollars_for`].
    #[must_use]
    pub fn dollars(&self) -> String {
        self.rate.dollars_for(self.per)
    }
}

/// GPU time that a call is charged for instead of its usage.
///
/// # Units
/// `quantity`: 10^-12 seconds of one GPU. `rate`: of a second, see [`Rate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GpuTime {
    /// How long the call took.
    pub quantity: i128,
    /// What a second of the fleet costs.
    pub rate: Rate,
    /// What the time costs, rounded if it must be.
    pub cost: PicoUsd,
}

impl GpuTime {
    /// How many seconds one price of a fleet buys.
    pub const PER: u64 = 3_600;

    /// The price of an hour as the book has it, US dollars; see [`Rate::dollars_for`].
    #[must_use]
    pub fn dollars(&self) -> String {
        self.rate.dollars_for(Self::PER)
    }
}
