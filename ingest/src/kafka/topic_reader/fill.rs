//! Fills one batch: decodes what is in the queue until it is full or has waited long enough.

use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;

use super::TopicReader;
use super::polled::{Reaction, accept, reaction, reaction_to_code};
use crate::IngestError;
use crate::kafka::message_queue::Queued;

/// How long one look waits once a batch has begun and nothing is at hand.
const QUIET_WAIT: Duration = Duration::from_millis(5);
/// Messages that are looked at between two questions for news of the group.
const LOOK_MESSAGES_MAX: usize = 512;
/// News of the group, errors and log lines that are taken before a look that may wait: librdkafka
/// hands them out one at a time, and a rebalance stands in line behind lines of its log.
const NEWS_MAX: usize = 32;
/// Bytes of messages that one look should bring at most, judged by the look before it.
const LOOK_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// What one look into the queue brought.
#[derive(Debug, Default)]
struct Look {
    messages: usize,
    bytes: u64,
    /// Partitions whose next offset the brokers do not have.
    out_of_range: Vec<i32>,
    /// The first trouble that nobody gets out of by waiting.
    failure: Option<RDKafkaErrorCode>,
}

impl Look {
    /// How many messages of the same size the next look may bring.
    fn next_messages_max(&self) -> usize {
        let messages = u64::try_from(self.messages).unwrap_or(u64::MAX);
        match messages
            .saturating_mul(LOOK_BYTES_MAX)
            .checked_div(self.bytes)
        {
            Some(fitting) => usize::try_from(fitting)
                .unwrap_or(LOOK_MESSAGES_MAX)
                .clamp(1, LOOK_MESSAGES_MAX),
            None => LOOK_MESSAGES_MAX,
        }
    }

    fn note(&mut self, partition: i32, code: RDKafkaErrorCode) {
        match reaction_to_code(code) {
            Reaction::Wait => {
                tracing::warn!(partition, %code, "Kafka is in trouble; waiting, nothing is lost");
            }
            Reaction::OutOfRange => self.out_of_range.push(partition),
            Reaction::Fail => {
                self.failure.get_or_insert(code);
            }
        }
    }
}

impl TopicReader {
    /// Reads until there is a reason to pause; what came before it is decoded.
    pub(super) fn fill(
        &mut self,
        idle_wait_max: Duration,
        ended: &mut Vec<i32>,
        payload_bytes: &mut u64,
    ) -> Result<(), IngestError> {
        let mut first_message: Option<Instant> = None;
        let mut messages = 0;
        let mut look_messages_max = LOOK_MESSAGES_MAX;
        let mut wait = idle_wait_max;
        while messages < self.batch_rows_max && !self.decoder.is_full() {
            let news_max = if wait.is_zero() { 1 } else { NEWS_MAX };
            for _ in 0..news_max {
                self.poll_group()?;
            }
            let messages_max = look_messages_max.min(self.batch_rows_max - messages);
            let look = self.look(wait, messages_max, ended);
            messages += look.messages;
            *payload_bytes += look.bytes;
            look_messages_max = look.next_messages_max();
            if let Some(code) = look.failure {
                let error = KafkaError::MessageConsumption(code);
                return Err(IngestError::kafka("read from the topic", error));
            }
            self.out_of_range.extend(look.out_of_range);
            if !self.out_of_range.is_empty() {
                return Ok(());
            }
            if look.messages > 0 {
                first_message.get_or_insert_with(Instant::now);
                wait = Duration::ZERO;
            } else {
                match self.quiet_wait(first_message) {
                    Some(left) => wait = left,
                    None => return Ok(()),
                }
            }
        }
        Ok(())
    }

    /// Lets librdkafka tell what the group decided and what it met, without waiting.
    fn poll_group(&mut self) -> Result<(), IngestError> {
        match self.consumer.poll(Duration::ZERO) {
            None => Ok(()),
            Some(Ok(message)) => {
                // Partitions are forwarded before they are assigned. A message that came this way
                // would leave its order, so a restart has to read it again.
                tracing::error!(
                    partition = message.partition(),
                    "a message missed its queue"
                );
                let error = KafkaError::MessageConsumptionFatal(RDKafkaErrorCode::State);
                Err(IngestError::kafka("keep messages in order", error))
            }
            Some(Err(error)) => match reaction(&error) {
                Reaction::Fail => Err(IngestError::kafka("read from the topic", error)),
                // It does not say of which partition.
                Reaction::OutOfRange => {
                    self.out_of_range.extend(self.spans.partitions());
                    Ok(())
                }
                Reaction::Wait => {
                    tracing::warn!(%error, "Kafka is in trouble; waiting, nothing is lost");
                    Ok(())
                }
            },
        }
    }

    /// Decodes what is in the queue.
    fn look(&mut self, wait_max: Duration, messages_max: usize, ended: &mut Vec<i32>) -> Look {
        let mut look = Look::default();
        let Self {
            queue,
            decoder,
            dedup,
            spans,
            rejected_before,
            ..
        } = self;
        queue.consume(wait_max, messages_max, |queued| match queued {
            Queued::Message(message) => {
                look.messages += 1;
                look.bytes += message.payload().map_or(0, |payload| payload.len() as u64);
                accept(message, decoder, dedup, spans, rejected_before);
            }
            Queued::Trouble {
                partition,
                code: RDKafkaErrorCode::PartitionEOF,
            } => ended.push(partition),
            Queued::Trouble { partition, code } => look.note(partition, code),
        });
        look
    }

    /// How long to poll on for a batch that has begun and finds nothing at hand; `None` if it has
    /// waited long enough, or the group has news.
    fn quiet_wait(&self, first_message: Option<Instant>) -> Option<Duration> {
        let waited = first_message?.elapsed();
        let left = self.batch_wait_max.checked_sub(waited)?;
        (!self.consumer.context().is_pending()).then(|| left.min(QUIET_WAIT))
    }
}
