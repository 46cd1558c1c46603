//! Whether the topic is still the one whose offsets the lake knows.
//!
//! librdkafka follows a topic's name: where the topic is deleted and made again, it reads on in the
//! new one from the old one's offsets. What was read before the cluster names the same id once more
//! is certainly the old one's, so that is asked behind the reading and before the commit.

use std::sync::Arc;

use anyhow::ensure;
use ingest::kafka::topic_info::TopicInfo;

/// The topic that a worker reads.
#[derive(Debug, Clone)]
pub(crate) struct TopicIdentity {
    info: Arc<TopicInfo>,
    topic: String,
    /// `None` where ids are of our own making.
    topic_id: Option<String>,
}

impl TopicIdentity {
    /// The topic of an id; `None` where the broker gave none.
    #[must_use]
    pub(crate) fn new(info: Arc<TopicInfo>, topic: &str, topic_id: Option<&str>) -> Self {
        Self {
            info,
            topic: topic.to_owned(),
            topic_id: topic_id.map(str::to_owned),
        }
    }

    /// Who is asked about the topic.
    #[must_use]
    pub(crate) fn info(&self) -> &TopicInfo {
        &self.info
    }

    /// Asks the cluster whether its topic is the same; one that does not answer within seconds is taken not to have changed.
    ///
    /// # Errors
    /// The topic was deleted and made again: what was read last may be the new one's.
    pub(crate) fn ensure_same(&self) -> anyhow::Result<()> {
        let Some(topic_id) = &self.topic_id else {
            return Ok(());
        };
        ensure!(
            !self.info.is_replaced(topic_id),
            "the topic {:?} was deleted and made again while it was read; what was not committed \
             was dropped, because it may be the new topic's: start the worker again, and it reads \
             the new topic from its own start",
            self.topic
        );
        Ok(())
    }

    /// As [`TopicIdentity::ensure_same`], from a task.
    ///
    /// # Errors
    /// The same.
    pub(crate) async fn ensure_same_soon(&self) -> anyhow::Result<()> {
        let asked = self.clone();
        tokio::task::spawn_blocking(move || asked.ensure_same()).await?
    }
}
