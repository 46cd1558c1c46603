//! A broker in this process: librdkafka's mock cluster, the real protocol on a loopback port.
//!
//! It keeps 5 MiB a partition and forgets older messages, so whoever feeds it must wait for the
//! reader; it serves librdkafka clients only, and everything in it is gone when it is dropped.

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

use crate::IngestError;

/// Bytes that the broker keeps of each partition.
pub const PARTITION_BYTES_MAX: usize = 5 * 1024 * 1024;

/// A running broker.
pub struct EmbeddedBroker {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

impl std::fmt::Debug for EmbeddedBroker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddedBroker").finish_non_exhaustive()
    }
}

impl EmbeddedBroker {
    /// Starts a broker with one topic.
    ///
    /// # Errors
    /// [`IngestError::Kafka`] if no loopback port can be opened.
    pub fn start(topic: &str, partitions: i32) -> Result<Self, IngestError> {
        let cluster = MockCluster::new(1)
            .map_err(|source| IngestError::kafka("start the embedded broker", source))?;
        cluster
            .create_topic(topic, partitions, 1)
            .map_err(|source| IngestError::kafka("create a topic", source))?;
        Ok(Self { cluster })
    }

    /// `host:port` for any librdkafka client on this machine.
    #[must_use]
    pub fn bootstrap_servers(&self) -> String {
        self.cluster.bootstrap_servers()
    }
}
