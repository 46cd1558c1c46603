//! What can go wrong while reading or producing events.

use std::path::PathBuf;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

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
        source: KafkaError,
    },
    /// librdkafka refuses a property; its value may be a secret and is not told.
    #[error("the Kafka property {name:?} cannot be set: {reason}")]
    Property {
        /// The property's name.
        name: String,
        /// Why.
        reason: String,
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
    /// Whether it is worth asking again later without anybody having acted: brokers that are gone,
    /// start, or elect leaders.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Kafka { source, .. } => source
                .rdkafka_error_code()
                .is_some_and(|code| !is_lasting(code)),
            _ => false,
        }
    }

    pub(crate) fn kafka(act: &'static str, source: KafkaError) -> Self {
        match source {
            KafkaError::ClientConfig(_, reason, name, value) => Self::Property {
                name,
                reason: if !value.is_empty() && reason.contains(&value) {
                    "librdkafka refuses its value".to_owned()
                } else {
                    reason
                },
            },
            source => Self::Kafka { act, source },
        }
    }
}

/// Whether an error lasts until somebody acts; all others are waited out.
pub(crate) const fn is_lasting(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::TopicAuthorizationFailed
            | RDKafkaErrorCode::GroupAuthorizationFailed
            | RDKafkaErrorCode::SaslAuthenticationFailed
            | RDKafkaErrorCode::InconsistentGroupProtocol
            | RDKafkaErrorCode::Fatal
    )
}

#[cfg(test)]
mod tests;
