//! How a reader takes partitions, gives them back, and goes on behind messages that have expired.

use std::collections::HashSet;
use std::time::Duration;

use rdkafka::consumer::{Consumer, RebalanceProtocol};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::TopicReader;
use crate::IngestError;

/// How long a broker may take to say which offsets it holds.
const BOUNDS_TIMEOUT: Duration = Duration::from_secs(30);

/// Where a partition starts.
#[derive(Debug, Clone)]
pub struct AssignedStart {
    /// The partition.
    pub partition: i32,
    /// The next offset to read, from the lake.
    pub offset: i64,
    /// Offsets at or behind `offset` that the table `rejects` already holds.
    pub rejected_before: HashSet<i64>,
}

/// Messages that expired before they were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// The partition.
    pub partition: i32,
    /// The first offset that is lost.
    pub first_lost: i64,
    /// How many are.
    pub messages: i64,
}

impl TopicReader {
    /// Starts to read partitions that the group gave us.
    ///
    /// # Errors
    /// [`IngestError::Kafka`] if librdkafka refuses the assignment.
    pub fn assign(&mut self, starts: &[AssignedStart]) -> Result<(), IngestError> {
        let mut offsets = Vec::with_capacity(starts.len());
        for start in starts {
            self.out_of_range.remove(&start.partition);
            self.spans
                .assign(self.source(start.partition), start.offset);
            self.rejected_before
                .insert(start.partition, start.rejected_before.clone());
            offsets.push((start.partition, start.offset));
        }
        let assigned = self.start_fetching(&offsets);
        self.consumer.context().answered();
        assigned.map_err(|source| IngestError::kafka("take the assigned partitions", source))
    }

    /// Gives partitions back to the group and forgets what was known of them.
    ///
    /// # Errors
    /// [`IngestError::Kafka`] if librdkafka refuses.
    pub fn revoke(&mut self, partitions: &[i32]) -> Result<(), IngestError> {
        self.drop_pending();
        for &partition in partitions {
            self.spans.forget(partition);
            self.out_of_range.remove(&partition);
            self.rejected_before.remove(&partition);
            self.dedup.forget(partition);
        }
        let released = self.stop_fetching(partitions);
        self.consumer.context().answered();
        released.map_err(|source| IngestError::kafka("give partitions back", source))
    }

    /// Goes on at the first offset of a partition that still exists; messages that have expired
    /// before it are part of the partition's next span.
    ///
    /// # Errors
    /// [`IngestError::Kafka`] if the brokers do not say what they hold, or librdkafka refuses; it
    /// may be tried again.
    pub fn skip_expired(&mut self, partition: i32) -> Result<Option<Loss>, IngestError> {
        let Some(next) = self.spans.next_offset(partition) else {
            // It was told of a partition that is not ours any more.
            self.out_of_range.remove(&partition);
            return Ok(None);
        };
        let (first, _) = self
            .consumer
            .fetch_watermarks(&self.topic, partition, BOUNDS_TIMEOUT)
            .map_err(|source| IngestError::kafka("ask for a partition's offsets", source))?;
        self.fetch_again(partition, first.max(next))
            .map_err(|source| IngestError::kafka("go on behind expired messages", source))?;
        self.out_of_range.remove(&partition);
        let messages = self.spans.expire(partition, first);
        Ok((messages > 0).then_some(Loss {
            partition,
            first_lost: next,
            messages,
        }))
    }

    /// librdkafka no longer fetches a partition whose offset is out of range, and refuses to seek
    /// in it.
    fn fetch_again(&self, partition: i32, offset: i64) -> KafkaResult<()> {
        let mut offsets = vec![(partition, offset)];
        if !self.is_cooperative() {
            // Only the whole assignment can be given.
            let others = self.spans.partitions().filter(|&other| other != partition);
            offsets
                .extend(others.filter_map(|other| Some((other, self.spans.next_offset(other)?))));
        }
        let partitions: Vec<i32> = offsets.iter().map(|&(partition, _)| partition).collect();
        self.stop_fetching(&partitions)?;
        self.start_fetching(&offsets)
    }

    fn start_fetching(&self, offsets: &[(i32, i64)]) -> KafkaResult<()> {
        let mut list = TopicPartitionList::with_capacity(offsets.len());
        for &(partition, offset) in offsets {
            self.queue.forward(&self.consumer, &self.topic, partition);
            list.add_partition_offset(&self.topic, partition, Offset::Offset(offset))?;
        }
        if self.is_cooperative() {
            self.consumer.incremental_assign(&list)
        } else {
            self.consumer.assign(&list)
        }
    }

    fn stop_fetching(&self, partitions: &[i32]) -> KafkaResult<()> {
        if self.is_cooperative() {
            let mut list = TopicPartitionList::with_capacity(partitions.len());
            for &partition in partitions {
                list.add_partition(&self.topic, partition);
            }
            self.consumer.incremental_unassign(&list)?;
        } else {
            self.consumer.unassign()?;
        }
        // Where a partition stops, its messages are no longer forwarded to our queue, a moment
        // later. Whoever forwards them before that moment for the next assignment would never see
        // them. The answer to this question comes behind it.
        self.consumer.assignment().map(|_| ())
    }

    fn is_cooperative(&self) -> bool {
        let protocol = self.consumer.rebalance_protocol();
        matches!(protocol, RebalanceProtocol::Cooperative)
    }

    /// Decoded rows that belong to no batch yet cannot survive a change of partitions.
    fn drop_pending(&mut self) {
        if self.decoder.rows() > 0
            && let Err(error) = self.decoder.finish()
        {
            tracing::warn!(%error, "could not clear the decoder");
        }
        self.decoder.take_rejects();
    }
}
