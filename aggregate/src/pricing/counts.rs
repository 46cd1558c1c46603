//! What was priced and what was not, for metrics that are emitted per batch.

use schemas::priced::PriceStatus;

/// Unpriced models that are told by name; further ones are counted only.
pub const UNPRICED_MODELS_MAX: usize = 64;

/// A model that no price book knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnpricedModel {
    /// The provider, as events name it.
    pub provider: String,
    /// The model, as events name it.
    pub model: String,
    /// Its events.
    pub events: u64,
}

/// How many events got which price status.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PricingCounts {
    /// Events with a cost.
    pub priced: u64,
    /// Events of models that no price book knows.
    pub unpriced: u64,
    /// Events without usage counters.
    pub unmetered: u64,
    /// Events whose counters contradict each other or overflow.
    pub invalid: u64,
    /// The models of the unpriced events, at most [`UNPRICED_MODELS_MAX`], as they were met.
    pub unpriced_models: Vec<UnpricedModel>,
}

impl PricingCounts {
    /// Adds what another batch or pricer counted.
    pub fn add(&mut self, other: &Self) {
        self.priced += other.priced;
        self.unpriced += other.unpriced;
        self.unmetered += other.unmetered;
        self.invalid += other.invalid;
        for model in &other.unpriced_models {
            self.add_unpriced_model(&model.provider, &model.model, model.events);
        }
    }

    /// Adds events by status, in the order of [`PriceStatus::ALL`].
    pub(super) fn add_statuses(&mut self, counts: [u64; PriceStatus::ALL.len()]) {
        for (status, count) in PriceStatus::ALL.into_iter().zip(counts) {
            let total = match status {
                PriceStatus::Priced => &mut self.priced,
                PriceStatus::Unpriced => &mut self.unpriced,
                PriceStatus::Unmetered => &mut self.unmetered,
                PriceStatus::InvalidUsage => &mut self.invalid,
            };
            *total += count;
        }
    }

    /// Adds unpriced events of one model, if there is room for its name.
    pub(super) fn add_unpriced_model(&mut self, provider: &str, model: &str, events: u64) {
        let mut known = self.unpriced_models.iter_mut();
        let known = known.find(|known| known.provider == provider && known.model == model);
        if let Some(known) = known {
            known.events += events;
        } else if self.unpriced_models.len() < UNPRICED_MODELS_MAX {
            self.unpriced_models.push(UnpricedModel {
                provider: provider.to_owned(),
                model: model.to_owned(),
                events,
            });
        }
    }
}
