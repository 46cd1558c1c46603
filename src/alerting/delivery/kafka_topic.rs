//! A Kafka topic: one record a change, keyed by the alert, so that its changes keep their order.

use std::time::Duration;

use ingest::kafka::record_sender::{RecordAnswer, RecordSender};
use schemas::time::US_PER_MS;

use crate::alerting::delivery::NumberedChange;
use crate::alerting::delivery::answer::Answer;
use crate::alerting::delivery::payload::Payload;

/// A topic.
#[derive(Debug)]
pub(crate) struct KafkaTopic {
    sender: RecordSender,
    timeout: Duration,
}

impl KafkaTopic {
    /// A topic whose brokers have so long to answer.
    pub(crate) fn new(sender: RecordSender, timeout: Duration) -> Self {
        Self { sender, timeout }
    }

    /// Sends one change.
    pub(crate) async fn send(&self, numbered: &NumberedChange) -> Answer {
        let change = &numbered.change;
        let payload = match Payload::of(change).to_json() {
            Ok(payload) => payload,
            Err(error) => return Answer::refused(error.to_string()),
        };
        let time_ms = change.changed_at_us.div_euclid(US_PER_MS);
        let sent = self
            .sender
            .send(&change.alert_id, &payload, time_ms, self.timeout);
        match sent.await {
            RecordAnswer::Stored => Answer::Accepted,
            RecordAnswer::Unanswered(detail) => Answer::failed(detail),
            RecordAnswer::Refused(detail) => Answer::refused(detail),
        }
    }
}
