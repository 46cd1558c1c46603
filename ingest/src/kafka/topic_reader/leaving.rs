//! How a reader leaves its group, so that others have its partitions at once.
//!
//! A consumer of librdkafka 2.12 that is closed does not always leave: a cooperative one without
//! partitions says nothing, and in the middle of a rebalance the word that it leaves stands in line
//! behind its own question to join. The brokers then wait for it until its session ends, and no
//! partition that is free is given to anybody. One that unsubscribes leaves in both cases, as soon
//! as the rebalance is over, so this is done first.

use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;

use super::TopicReader;
use crate::kafka::group_context::answer_with_nothing;
use crate::kafka::membership::is_member;

/// How long the others may take to finish a rebalance that we are part of. They hear of it with
/// their next heartbeat, which is due every three seconds.
const LEAVE_WAIT_MAX: Duration = Duration::from_secs(5);
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

impl Drop for TopicReader {
    fn drop(&mut self) {
        let context = self.consumer.context();
        context.close();
        self.consumer.unsubscribe();
        // librdkafka waits for this answer before it does anything else.
        if let Some(question) = context.unanswered() {
            answer_with_nothing(&self.consumer, question);
        }
        let give_up = Instant::now() + LEAVE_WAIT_MAX;
        while is_member(&self.consumer) {
            if Instant::now() > give_up {
                tracing::warn!(
                    "the group was not left in time; its partitions are free when our session ends"
                );
                return;
            }
            if let Some(Err(error)) = self.consumer.poll(LOOK_INTERVAL) {
                tracing::debug!(%error, "while leaving the group");
            }
        }
    }
}
