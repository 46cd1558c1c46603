//! What all tables of a lake share.

use std::sync::Arc;

use object_store::ObjectStore;
use schemas::clock::Clock;
use schemas::time::US_PER_S;

use crate::hook::CommitHook;
use crate::settings::LakeSettings;

/// What all tables of a lake share.
#[derive(Debug, Clone)]
pub(crate) struct LakeContext {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) url: String,
    pub(crate) settings: Arc<LakeSettings>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) hook: Arc<dyn CommitHook>,
}

impl LakeContext {
    /// Whether it is so long since a log's end was seen that entries behind it may have been
    /// cleared away.
    ///
    /// # Units
    /// Microseconds since the Unix epoch.
    pub(crate) fn is_stale(&self, head_seen_at_us: i64) -> bool {
        let half_us = self.settings.log_retention_s * US_PER_S / 2;
        self.clock.now_us() - head_seen_at_us > half_us
    }
}
