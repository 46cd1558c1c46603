//! Sends single records to a topic, each with its own answer.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{FutureProducer, FutureRecord};

use super::client_config::{KafkaSettings, producer_config};
use crate::IngestError;

/// A producer to one topic that waits for the answer to each record.
#[derive(Clone)]
pub struct RecordSender {
    producer: FutureProducer,
    topic: String,
}

impl std::fmt::Debug for RecordSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordSender")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum RecordAnswer {
    /// The brokers have it.
    Stored,
    /// It may be stored later, or is stored already: nobody knows.
    Unanswered(String),
    /// It will never be stored.
    Refused(String),
}

impl RecordSender {
    /// Sets up a producer to a topic; it connects by itself.
    ///
    /// # Errors
    /// [`IngestError::Kafka`] and [`IngestError::Property`] if a property is not known to
    /// librdkafka.
    pub fn new(
        settings: &KafkaSettings,
        topic: &str,
        timeout: Duration,
    ) -> Result<Self, IngestError> {
        let mut config: ClientConfig = producer_config(settings);
        config.set("linger.ms", "0");
        // librdkafka gives a record up when its sender does, so that it is not sent beside its
        // repetition.
        config.set("message.timeout.ms", timeout.as_millis().to_string());
        let producer = config
            .create()
            .map_err(|source| IngestError::kafka("set up the Kafka producer", source))?;
        Ok(Self {
            producer,
            topic: topic.to_owned(),
        })
    }

    /// Sends one record and waits for the answer of all replicas that are in sync.
    ///
    /// # Units
    /// `time_ms`: the record's time, milliseconds since the Unix epoch.
    pub async fn send(
        &self,
        key: &str,
        payload: &str,
        time_ms: i64,
        timeout: Duration,
    ) -> RecordAnswer {
        let record = FutureRecord::to(&self.topic)
            .key(key)
            .payload(payload)
            .timestamp(time_ms);
        match self.producer.send(record, timeout).await {
            Ok(_) => RecordAnswer::Stored,
            Err((error, _)) => answer(&error),
        }
    }
}

fn answer(error: &KafkaError) -> RecordAnswer {
    match error.rdkafka_error_code() {
        Some(
            RDKafkaErrorCode::MessageSizeTooLarge
            | RDKafkaErrorCode::InvalidRecord
            | RDKafkaErrorCode::InvalidTopic
            | RDKafkaErrorCode::TopicAuthorizationFailed,
        ) => RecordAnswer::Refused(error.to_string()),
        _ => RecordAnswer::Unanswered(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
