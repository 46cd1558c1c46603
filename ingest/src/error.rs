//! What can go wrong while reading or producing events.

use std::path::PathBuf;

/// An act that failed, with its cause.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// librdkafka refused or gave up.
    #[error("could not {act}")]
    Kafka {
        /// What was being done.
        act: &'static str,
        /// librdkafka's own words.
        #[source]
        source: rdkafka::error::KafkaError,
    },
    /// The cluster has no topic of this name.
    #[error(
        "the cluster has no topic {topic:?}: create it, or check kafka.topic and the rights of this user"
    )]
    NoTopic {
        /// The name that was asked for.
        topic: String,
    },
    /// Events were given up by the producer.
    #[error("{events} events were not delivered: the log above says why")]
    Undelivered {
        /// How many.
        events: u64,
    },
    /// A file could not be read.
    #[error("could not read {path:?}")]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
    /// Decoded columns do not form a batch: a defect of the decoder.
    #[error("could not build a batch of decoded events")]
    Batch(#[from] arrow::error::ArrowError),
}

impl IngestError {
    pub(crate) const fn kafka(act: &'static str, source: rdkafka::error::KafkaError) -> Self {
        Self::Kafka { act, source }
    }
}
