//! Models without a price, by name: the first few, so that labels stay bounded.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use aggregate::pricing::PricingCounts;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;

use super::Count;

/// Models that are told by name; all further ones count as [`OTHER`].
const NAMES_MAX: usize = 64;
const OTHER: &str = "other";

/// A model that no price book knows.
#[derive(Debug, Clone, Hash, PartialEq, Eq, PartialOrd, Ord, EncodeLabelSet)]
pub(super) struct Model {
    provider: String,
    model: String,
}

/// Counts unpriced events by model.
#[derive(Debug, Default)]
pub(super) struct UnpricedEvents {
    counts: Family<Model, Count>,
    // A std mutex: held for a few look-ups a batch that has unpriced events.
    named: Mutex<BTreeSet<Model>>,
}

impl UnpricedEvents {
    /// What the registry shows.
    pub(super) fn family(&self) -> Family<Model, Count> {
        self.counts.clone()
    }

    /// Takes in the unpriced events of a batch.
    pub(super) fn add(&self, counts: &PricingCounts) {
        if counts.unpriced == 0 {
            return;
        }
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rest = counts.unpriced;
        for unpriced in &counts.unpriced_models {
            let model = Model {
                provider: unpriced.provider.clone(),
                model: unpriced.model.clone(),
            };
            let has_room = named.len() < NAMES_MAX;
            if named.contains(&model) || (has_room && named.insert(model.clone())) {
                self.counts.get_or_create(&model).inc_by(unpriced.events);
                rest = rest.saturating_sub(unpriced.events);
            }
        }
        if rest > 0 {
            let other = Model {
                provider: OTHER.to_owned(),
                model: OTHER.to_owned(),
            };
            self.counts.get_or_create(&other).inc_by(rest);
        }
    }
}

#[cfg(test)]
mod tests;
