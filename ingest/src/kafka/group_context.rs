//! Hands rebalances to the reading loop instead of acting on them inside librdkafka's callback.
//!
//! A partition that is taken away should leave with its epoch committed, and one that is given to
//! us starts where the lake says. Both need I/O and the loop's own state, so the callback only
//! notes what happened; the loop then assigns or unassigns, as librdkafka allows.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;

/// What the group's coordinator decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GroupEvent {
    Assigned(Vec<i32>),
    Revoked { partitions: Vec<i32>, lost: bool },
}

/// What librdkafka waits to hear after it told of a rebalance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OpenQuestion {
    /// That the new partitions were taken.
    Assignment,
    /// That the old ones were given back.
    Revocation,
}

#[derive(Debug, Default)]
pub(crate) struct GroupContext {
    // A std mutex: held for a push or pop, never across an await.
    rebalances: Mutex<Rebalances>,
    closing: AtomicBool,
}

#[derive(Debug, Default)]
struct Rebalances {
    /// Not longer than the number of rebalances between two polls, of which librdkafka allows one.
    pending: VecDeque<GroupEvent>,
    unanswered: Option<OpenQuestion>,
}

impl GroupContext {
    pub(crate) fn next(&self) -> Option<GroupEvent> {
        self.rebalances.lock().ok()?.pending.pop_front()
    }

    pub(crate) fn is_pending(&self) -> bool {
        let rebalances = self.rebalances.lock();
        rebalances.is_ok_and(|rebalances| !rebalances.pending.is_empty())
    }

    /// The rebalance was answered.
    pub(crate) fn answered(&self) {
        if let Ok(mut rebalances) = self.rebalances.lock() {
            rebalances.unanswered = None;
        }
    }

    /// What librdkafka still waits for.
    pub(crate) fn unanswered(&self) -> Option<OpenQuestion> {
        self.rebalances.lock().ok()?.unanswered
    }

    /// From now on rebalances are answered at once, since no loop will.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
    }
}

impl ClientContext for GroupContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        // The offsets that count are in the lake: those in Kafka serve lag tools.
        let level = if facility == "COMMITFAIL" {
            RDKafkaLogLevel::Debug
        } else {
            level
        };
        DefaultClientContext.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // The end of a partition is news for the reading loop, not for an operator.
        if !matches!(
            error,
            KafkaError::PartitionEOF(_) | KafkaError::Global(RDKafkaErrorCode::PartitionEOF)
        ) {
            tracing::warn!(%error, reason, "librdkafka is in trouble; waiting, nothing is lost");
        }
    }
}

impl ConsumerContext for GroupContext {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        error: RDKafkaRespErr,
        list: &mut TopicPartitionList,
    ) {
        let partitions = list
            .elements()
            .iter()
            .map(|element| element.partition())
            .collect();
        let (event, question) = match error {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                (GroupEvent::Assigned(partitions), OpenQuestion::Assignment)
            }
            _ => {
                let lost = consumer.assignment_lost();
                let event = GroupEvent::Revoked { partitions, lost };
                (event, OpenQuestion::Revocation)
            }
        };
        if self.closing.load(Ordering::SeqCst) {
            answer_with_nothing(consumer, question);
            return;
        }
        if let Ok(mut rebalances) = self.rebalances.lock() {
            rebalances.pending.push_back(event);
            rebalances.unanswered = Some(question);
        }
    }
}

/// Tells librdkafka that no partition is taken, or that what it asked for is given back.
///
/// For a consumer that is leaving, whose partitions all end with it.
pub(crate) fn answer_with_nothing(consumer: &BaseConsumer<GroupContext>, question: OpenQuestion) {
    let nothing = TopicPartitionList::new();
    let answered = match (question, consumer.rebalance_protocol()) {
        (OpenQuestion::Assignment, RebalanceProtocol::Cooperative) => {
            consumer.incremental_assign(&nothing)
        }
        (OpenQuestion::Revocation, RebalanceProtocol::Cooperative) => {
            consumer.incremental_unassign(&nothing)
        }
        (OpenQuestion::Assignment, _) => consumer.assign(&nothing),
        (OpenQuestion::Revocation, _) => consumer.unassign(),
    };
    if let Err(error) = answered {
        tracing::warn!(%error, "a rebalance could not be answered while leaving the group");
    }
}
