//! What an event is charged for, part by part.

use schemas::price_book::{Cost, CostOutcome, Leaf, RatesInForce, Usage, UsageFault, price_leaves};
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
    /// It costs this, for these parts; for none if GPU time is what is paid.
    Priced(Cost, Vec<Leaf>),
}

impl Explanation {
    pub(super) fn of(in_force: &RatesInForce, usage: &Usage, gpu_seconds: Option<i128>) -> Self {
        let paid = match in_force.price(usage, gpu_seconds) {
            CostOutcome::Priced(costs) => costs.paid,
            CostOutcome::Unpriced => return Self::Unpriced,
            CostOutcome::Invalid(fault) => return Self::Invalid(fault),
        };
        match price_leaves(&in_force.rates, usage) {
            Ok((cost, leaves)) if cost == paid => Self::Priced(paid, leaves),
            Ok(_) => Self::Priced(paid, Vec::new()),
            Err(fault) => Self::Invalid(fault),
        }
    }

    /// The status of the event.
    #[must_use]
    pub const fn status(&self) -> PriceStatus {
        match self {
            Self::AppCache | Self::Priced(..) => PriceStatus::Priced,
            Self::Unmetered => PriceStatus::Unmetered,
            Self::Unpriced => PriceStatus::Unpriced,
            Self::Invalid(_) => PriceStatus::InvalidUsage,
        }
    }

    /// The parts of the charge; none unless something was charged.
    #[must_use]
    pub fn leaves(&self) -> &[Leaf] {
        match self {
            Self::Priced(_, leaves) => leaves,
            _ => &[],
        }
    }
}
