//! What became of the messages that are committed.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use schemas::position::PartitionSpan;

use super::Count;

/// What a message became.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct Became {
    became: &'static str,
}

/// Counts committed messages, each once: a sum over all workers is what the lake holds.
///
/// The counters of what was read count a message again when its epoch was dropped.
#[derive(Debug, Default)]
pub(super) struct CommittedMessages {
    counts: Family<Became, Count>,
}

impl CommittedMessages {
    /// What the registry shows.
    pub(super) fn family(&self) -> Family<Became, Count> {
        self.counts.clone()
    }

    /// Takes in what a commit covered.
    pub(super) fn add(&self, spans: &[PartitionSpan]) {
        for span in spans {
            let counts = [
                ("event", span.events),
                ("reject", span.rejects),
                ("duplicate", span.duplicates),
                ("tombstone", span.tombstones),
            ];
            for (became, count) in counts {
                self.counts
                    .get_or_create(&Became { became })
                    .inc_by(count.unsigned_abs());
            }
        }
    }
}

#[cfg(test)]
mod tests;
