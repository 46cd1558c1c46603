//! What a topic is: its id, its partitions, their first and last offsets.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, DefaultConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::client_config::{KafkaSettings, admin_config};
use super::topic_id::topic_id;
use crate::IngestError;

const TIMEOUT: Duration = Duration::from_secs(30);
/// How long a commit waits at most to hear that its topic is still the same.
const IDENTITY_TIMEOUT: Duration = Duration::from_secs(5);
/// Stands for the id on clusters that give none.
const NO_ID: &str = "unknown";

/// The offsets that a partition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffsetBounds {
    /// The first offset that has not expired.
    pub first: i64,
    /// The offset behind the last message.
    pub end: i64,
}

/// Asks a cluster about one topic.
pub struct TopicInfo {
    client: BaseConsumer<DefaultConsumerContext>,
    topic: String,
}

impl std::fmt::Debug for TopicInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TopicInfo")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

impl TopicInfo {
    /// Connects to the cluster.
    ///
    /// # Errors
    /// [`IngestError::Kafka`] if a property is not known to librdkafka.
    pub fn connect(settings: &KafkaSettings, topic: &str) -> Result<Self, IngestError> {
        let client = admin_config(settings)
            .create()
            .map_err(|source| IngestError::kafka("set up the Kafka client", source))?;
        Ok(Self {
            client,
            topic: topic.to_owned(),
        })
    }

    /// The topic's partitions, ascending.
    ///
    /// # Errors
    /// [`IngestError::Kafka`] if no broker answers, [`IngestError::NoTopic`] if there is none of
    /// this name.
    pub fn partitions(&self) -> Result<Vec<i32>, IngestError> {
        let metadata = self
            .client
            .fetch_metadata(Some(&self.topic), TIMEOUT)
            .map_err(|source| IngestError::kafka("ask for the topic's partitions", source))?;
        let mut partitions: Vec<i32> = metadata
            .topics()
            .iter()
            .filter(|topic| topic.name() == self.topic)
            .flat_map(|topic| topic.partitions().iter().map(|partition| partition.id()))
            .collect();
        partitions.sort_unstable();
        if partitions.is_empty() {
            return Err(IngestError::NoTopic {
                topic: self.topic.clone(),
            });
        }
        Ok(partitions)
    }

    /// The topic's id; a fixed text on clusters that have none, where a topic that was made again
    /// cannot be told from the old one.
    ///
    /// # Errors
    /// [`IngestError::Kafka`] if no broker answers, [`IngestError::NoTopic`] if there is none of
    /// this name: an id that is not known must never be taken for another topic's.
    pub fn topic_id(&self) -> Result<String, IngestError> {
        match topic_id(&self.client, &self.topic, TIMEOUT) {
            Ok(id) => Ok(id.unwrap_or_else(|| NO_ID.to_owned())),
            Err(KafkaError::AdminOp(RDKafkaErrorCode::UnknownTopicOrPartition)) => {
                Err(IngestError::NoTopic {
                    topic: self.topic.clone(),
                })
            }
            Err(source) => Err(IngestError::kafka("ask for the topic's id", source)),
        }
    }

    /// Whether the cluster says that the topic's name belongs to another topic than that of an
    /// id. A cluster that does not answer, or gives no ids, does not say so.
    #[must_use]
    pub fn is_replaced(&self, known_id: &str) -> bool {
        if known_id == NO_ID {
            return false;
        }
        match topic_id(&self.client, &self.topic, IDENTITY_TIMEOUT) {
            Ok(Some(id)) => id != known_id,
            Ok(None) => false,
            Err(error) => {
                tracing::debug!(%error, "the topic's id was not told");
                false
            }
        }
    }

    /// The offsets that a partition holds now.
    ///
    /// # Errors
    /// [`IngestError::Kafka`] if the partition's leader does not answer.
    pub fn bounds(&self, partition: i32) -> Result<OffsetBounds, IngestError> {
        let (first, end) = self
            .client
            .fetch_watermarks(&self.topic, partition, TIMEOUT)
            .map_err(|source| IngestError::kafka("ask for a partition's offsets", source))?;
        Ok(OffsetBounds { first, end })
    }
}
