//! Sends events to a topic, waiting while the client's queue is full.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use super::client_config::{KafkaSettings, producer_config};
use crate::IngestError;

const FLUSH_TIMEOUT: Duration = Duration::from_secs(60);
const QUEUE_FULL_WAIT: Duration = Duration::from_millis(20);

#[derive(Debug, Default)]
struct Deliveries {
    delivered: AtomicU64,
    failed: AtomicU64,
    last_offset: AtomicI64,
}

#[derive(Debug, Clone, Default)]
struct DeliveryContext(Arc<Deliveries>);

impl ClientContext for DeliveryContext {}

impl ProducerContext for DeliveryContext {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): Self::DeliveryOpaque) {
        match result {
            Ok(message) => {
                self.0.delivered.fetch_add(1, Ordering::Relaxed);
                self.0
                    .last_offset
                    .fetch_max(message.offset(), Ordering::Relaxed);
            }
            Err((error, _)) => {
                self.0.failed.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(%error, "an event was not delivered");
            }
        }
    }
}

/// A producer to one topic.
pub struct TopicProducer {
    producer: BaseProducer<DeliveryContext>,
    deliveries: Arc<Deliveries>,
    topic: String,
    sent: u64,
}

impl std::fmt::Debug for TopicProducer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TopicProducer")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

impl TopicProducer {
    /// Connects to the cluster.
    ///
    /// # Errors
    /// [`IngestError::Kafka`] if a property is not known to librdkafka.
    pub fn new(settings: &KafkaSettings, topic: &str) -> Result<Self, IngestError> {
        let context = DeliveryContext::default();
        let deliveries = Arc::clone(&context.0);
        let producer = producer_config(settings)
            .create_with_context(context)
            .map_err(|source| IngestError::kafka("set up the Kafka producer", source))?;
        Ok(Self {
            producer,
            deliveries,
            topic: topic.to_owned(),
            sent: 0,
        })
    }

    /// Queues one message; waits while the queue is full.
    ///
    /// # Units
    /// `time_ms`: the record's time, milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// [`IngestError::Kafka`] if the message can never be sent, for example for its size.
    pub fn send(&mut self, key: &[u8], payload: &[u8], time_ms: i64) -> Result<(), IngestError> {
        let mut record = BaseRecord::to(&self.topic)
            .key(key)
            .payload(payload)
            .timestamp(time_ms);
        loop {
            match self.producer.send(record) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    record = back;
                    self.producer.poll(QUEUE_FULL_WAIT);
                }
                Err((source, _)) => return Err(IngestError::kafka("send an event", source)),
            }
        }
        self.sent += 1;
        // Serves delivery reports; once a few hundred messages is often enough.
        if self.sent.is_multiple_of(256) {
            self.producer.poll(Duration::ZERO);
        }
        Ok(())
    }

    /// Waits until everything queued is delivered.
    ///
    /// # Errors
    /// [`IngestError::Kafka`] if that takes over a minute, [`IngestError::Undelivered`] if events
    /// failed for good.
    pub fn flush(&mut self) -> Result<(), IngestError> {
        self.producer
            .flush(FLUSH_TIMEOUT)
            .map_err(|source| IngestError::kafka("deliver the last events", source))?;
        match self.deliveries.failed.load(Ordering::Relaxed) {
            0 => Ok(()),
            events => Err(IngestError::Undelivered { events }),
        }
    }

    /// Serves delivery reports without waiting.
    pub fn poll(&self) {
        self.producer.poll(Duration::ZERO);
    }

    /// Events that were queued and neither delivered nor given up.
    #[must_use]
    pub fn undelivered(&self) -> u64 {
        let done = self.deliveries.delivered.load(Ordering::Relaxed)
            + self.deliveries.failed.load(Ordering::Relaxed);
        self.sent.saturating_sub(done)
    }

    /// Events that a broker has acknowledged.
    #[must_use]
    pub fn delivered(&self) -> u64 {
        self.deliveries.delivered.load(Ordering::Relaxed)
    }
}
