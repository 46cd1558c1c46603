//! One member of the consumer group, which decodes where it consumes.

mod assigning;
mod fill;
mod leaving;
mod polled;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use schemas::event::EventBatch;
use schemas::position::SourcePartition;

pub use self::assigning::{AssignedStart, Loss};
use super::client_config::{KafkaSettings, consumer_config};
use super::group_context::{GroupContext, GroupEvent};
use super::message_queue::MessageQueue;
use crate::IngestError;
use crate::decode::{DecodeOptions, NativeDecoder};
use crate::dedup::{DedupIndex, DedupLimits};
use crate::span_tracker::SpanTracker;

/// How a reader consumes.
#[derive(Debug, Clone)]
pub struct ReaderSettings {
    /// How to reach the cluster.
    pub kafka: KafkaSettings,
    /// The topic.
    pub topic: String,
    /// The topic's id.
    pub topic_id: String,
    /// The consumer group.
    pub group: String,
    /// Rows after which a batch is handed on.
    pub batch_rows_max: usize,
    /// How long a batch waits for more rows.
    pub batch_wait_max: Duration,
    /// What the decoder accepts.
    pub decode: DecodeOptions,
    /// What the duplicate index may hold.
    pub dedup: DedupLimits,
}

/// What a call of [`TopicReader::read`] came back with.
#[derive(Debug)]
#[must_use]
pub enum Read {
    /// Messages were read, perhaps none of them an event.
    Batch {
        /// What they became.
        batch: EventBatch,
        /// Partitions that were read to their end.
        ended: Vec<i32>,
        /// Bytes of all payloads.
        payload_bytes: u64,
    },
    /// The group gave us partitions: answer with [`TopicReader::assign`].
    Assigned(Vec<i32>),
    /// The group takes partitions: finish with them, then answer with [`TopicReader::revoke`].
    Revoked {
        /// Which.
        partitions: Vec<i32>,
        /// Whether they belong to somebody else already.
        lost: bool,
    },
    /// The next messages of partitions are gone, and nothing more comes from them: go on with
    /// [`TopicReader::skip_expired`] for each.
    OutOfRange(Vec<i32>),
    /// Nothing came.
    Idle {
        /// Partitions that were read to their end.
        ended: Vec<i32>,
    },
}

/// A member of the consumer group.
pub struct TopicReader {
    // Before the consumer, which must outlive it.
    queue: MessageQueue,
    consumer: BaseConsumer<GroupContext>,
    topic: Arc<str>,
    topic_id: Arc<str>,
    decoder: NativeDecoder,
    dedup: DedupIndex,
    spans: SpanTracker,
    /// Partitions whose next offset the brokers do not have.
    out_of_range: BTreeSet<i32>,
    /// Offsets that the table `rejects` already holds though `events` does not cover them yet.
    rejected_before: BTreeMap<i32, HashSet<i64>>,
    batch_rows_max: usize,
    batch_wait_max: Duration,
}

impl std::fmt::Debug for TopicReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TopicReader")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

impl TopicReader {
    /// Joins the group.
    ///
    /// # Errors
    /// [`IngestError::Kafka`] if a property is not known to librdkafka or the topic cannot be
    /// subscribed to.
    pub fn join(settings: &ReaderSettings) -> Result<Self, IngestError> {
        let consumer: BaseConsumer<GroupContext> =
            consumer_config(&settings.kafka, &settings.group)
                .create_with_context(GroupContext::default())
                .map_err(|source| IngestError::kafka("set up the Kafka consumer", source))?;
        consumer
            .subscribe(&[&settings.topic])
            .map_err(|source| IngestError::kafka("subscribe to the topic", source))?;
        let queue = MessageQueue::new(&consumer).ok_or_else(|| {
            let out_of_memory = KafkaError::ClientCreation("no memory for a queue".to_owned());
            IngestError::kafka("set up the Kafka consumer", out_of_memory)
        })?;
        Ok(Self {
            queue,
            consumer,
            topic: Arc::from(settings.topic.as_str()),
            topic_id: Arc::from(settings.topic_id.as_str()),
            decoder: NativeDecoder::new(
                &settings.topic,
                &settings.topic_id,
                settings.decode.clone(),
            ),
            dedup: DedupIndex::new(settings.dedup.clone()),
            spans: SpanTracker::default(),
            out_of_range: BTreeSet::new(),
            rejected_before: BTreeMap::new(),
            batch_rows_max: settings.batch_rows_max,
            batch_wait_max: settings.batch_wait_max,
        })
    }

    /// One partition of the topic that this reader reads.
    #[must_use]
    pub fn source(&self, partition: i32) -> SourcePartition {
        SourcePartition {
            topic: Arc::clone(&self.topic),
            topic_id: Arc::clone(&self.topic_id),
            partition,
        }
    }

    /// The partitions that are being read.
    #[must_use]
    pub fn assigned(&self) -> Vec<i32> {
        self.spans.partitions().collect()
    }

    /// The next offset to read of a partition that is being read.
    #[must_use]
    pub fn next_offset(&self, partition: i32) -> Option<i64> {
        self.spans.next_offset(partition)
    }

    /// The index of events met before, to be seeded from the lake when a partition is assigned.
    pub const fn dedup(&mut self) -> &mut DedupIndex {
        &mut self.dedup
    }

    /// Unknown top-level fields since the last call, with how often each was met.
    pub fn take_unknown_fields(&mut self) -> Vec<(String, u64)> {
        self.decoder.take_unknown_fields()
    }

    /// Reads and decodes until a batch is full or has waited long enough, or the group changed.
    ///
    /// # Errors
    /// [`IngestError::Kafka`] on errors that librdkafka calls fatal, and where the group or topic
    /// may not be read; passing troubles of brokers are logged and waited out.
    pub fn read(&mut self, idle_wait_max: Duration) -> Result<Read, IngestError> {
        if let Some(event) = self.consumer.context().next() {
            return Ok(match event {
                GroupEvent::Assigned(partitions) => Read::Assigned(partitions),
                GroupEvent::Revoked { partitions, lost } => Read::Revoked { partitions, lost },
            });
        }
        // librdkafka says it once, so it is kept until somebody has gone on behind it.
        if !self.out_of_range.is_empty() {
            return Ok(Read::OutOfRange(
                self.out_of_range.iter().copied().collect(),
            ));
        }
        let mut ended = Vec::new();
        let mut payload_bytes = 0;
        self.fill(idle_wait_max, &mut ended, &mut payload_bytes)?;
        let spans = self.spans.take();
        if spans.is_empty() {
            return Ok(Read::Idle { ended });
        }
        let batch = EventBatch {
            events: self.decoder.finish()?,
            rejects: self.decoder.take_rejects(),
            spans,
        };
        Ok(Read::Batch {
            batch,
            ended,
            payload_bytes,
        })
    }

    /// Writes offsets to Kafka for the sake of lag tools, without waiting.
    pub fn commit_for_lag_tools(&self, offsets: &[(i32, i64)]) {
        let mut list = TopicPartitionList::with_capacity(offsets.len());
        for &(partition, next) in offsets {
            if let Err(error) =
                list.add_partition_offset(&self.topic, partition, Offset::Offset(next))
            {
                tracing::debug!(%error, "an offset was not committed to Kafka");
            }
        }
        if let Err(error) = self.consumer.commit(&list, CommitMode::Async) {
            tracing::debug!(%error, "offsets were not committed to Kafka; the lake has them");
        }
    }

    /// The offset that the group has committed to Kafka, for a planted bug: the lake decides where
    /// reading goes on.
    #[cfg(feature = "fault-points")]
    #[must_use]
    pub fn committed_in_kafka(&self, partition: i32) -> Option<i64> {
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition(&self.topic, partition);
        let committed = self
            .consumer
            .committed_offsets(list, Duration::from_secs(10));
        let committed = committed.ok()?;
        let committed = committed.find_partition(&self.topic, partition)?;
        committed.offset().to_raw().filter(|&offset| offset >= 0)
    }
}
