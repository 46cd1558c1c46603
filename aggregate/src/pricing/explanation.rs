//! What an event is charged for, part by part.

use schemas::price_book::{
    Cost, CostOutcome, GpuTime, Leaf, RatesInForce, Usage, UsageFault, price_leaves,
};
use schemas::priced::PriceStatus;

/// Why an event costs what it costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explanation {
    /// The app's own cache answered, and nothing was paid.
    AppCache,
    /// It carries no usage counter.
    Unmetered,
    /// No price book knows the model, or its first price is later.
    Unpriced,
    /// Its counters contradict each other, or exceed what can be stored.
    Invalid(UsageFault),
    /// It costs this, for these parts.
    Priced(Cost, Vec<Leaf>),
    /// It costs what the GPU time costs that it took.
    OnGpus(GpuTime),
}

impl Explanation {
    pub(super) fn of(in_force: &RatesInForce, usage: &Usage, gpu_seconds: Option<i128>) -> Self {
        match in_force.price(usage, gpu_seconds) {
            CostOutcome::Priced(_) => {}
            CostOutcome::Unpriced => return Self::Unpriced,
            CostOutcome::Invalid(fault) => return Self::Invalid(fault),
        }
        let leaves = || price_leaves(&in_force.rates, usage);
        let explained = in_force.gpu_time(gpu_seconds).and_then(|time| match time {
            Some(time) => Ok(Self::OnGpus(time)),
            None => leaves().map(|(cost, leaves)| Self::Priced(cost, leaves)),
        });
        explained.unwrap_or_else(Self::Invalid)
    }

    /// The status of the event.
    #[must_use]
    pub const fn status(&self) -> PriceStatus {
        match self {
            Self::AppCache | Self::Priced(..) | Self::OnGpus(_) => PriceStatus::Priced,
            Self::Unmetered => PriceStatus::Unmetered,
            Self::Unpriced => PriceStatus::Unpriced,
            Self::Invalid(_) => PriceStatus::InvalidUsage,
        }
    }

    /// The parts of the charge; none unless usage was charged.
    #[must_use]
    pub fn leaves(&self) -> &[Leaf] {
        match self {
            Self::Priced(_, leaves) => leaves,
            _ => &[],
        }
    }
}
