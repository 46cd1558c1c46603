//! The way of replayed events to a Kafka topic.

use ingest::kafka::producer::TopicProducer;

use crate::replay::EventSink;

/// Produces to a topic; waits while the client's queue is full.
#[derive(Debug)]
pub(crate) struct TopicSink {
    producer: TopicProducer,
}

impl TopicSink {
    /// A sink over a producer.
    pub(crate) fn new(producer: TopicProducer) -> Self {
        Self { producer }
    }
}

impl EventSink for TopicSink {
    fn send(&mut self, key: &str, payload: &[u8], time_ms: i64) -> anyhow::Result<()> {
        Ok(self.producer.send(key.as_bytes(), payload, time_ms)?)
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        Ok(self.producer.flush()?)
    }
}
