//! One commit in flight, tried until it is done, fenced or hopeless.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use schemas::position::PartitionSpan;
use sinks::{CommitOutcome, Lake, SealedEpoch};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::patience::Patience;
use super::shutdown::Shutdown;
use super::topic_identity::TopicIdentity;

/// How long storage may take to answer once a stop was asked for.
const STOP_WAIT_MAX: Duration = Duration::from_secs(60);

/// A sealed epoch on its way into the lake, while the lane reads on.
#[derive(Debug)]
pub(crate) struct InFlight {
    epoch: Arc<SealedEpoch>,
    task: JoinHandle<anyhow::Result<CommitOutcome>>,
}

/// How a commit ended.
#[derive(Debug)]
pub(crate) struct Finished {
    /// What the commit covered.
    pub(crate) epoch: Arc<SealedEpoch>,
    /// Committed, or somebody else was faster.
    pub(crate) outcome: CommitOutcome,
}

impl InFlight {
    /// Starts to commit an epoch, of a topic or of a file.
    #[must_use]
    pub(crate) fn start(
        runtime: &Handle,
        lake: Lake,
        epoch: SealedEpoch,
        topic: Option<TopicIdentity>,
        shutdown: Shutdown,
    ) -> Self {
        let epoch = Arc::new(epoch);
        let task = runtime.spawn(commit(lake, Arc::clone(&epoch), topic, shutdown));
        Self { epoch, task }
    }

    /// Whether [`InFlight::wait`] returns at once.
    #[must_use]
    pub(crate) fn is_finished(&self) -> bool {
        self.task.is_finished()
    }

    /// The spans that the commit covers.
    #[must_use]
    pub(crate) fn spans(&self) -> &[PartitionSpan] {
        self.epoch.spans()
    }

    /// Waits for the end of the commit.
    ///
    /// # Errors
    /// The storage's error if an operator must act, a topic that is another one by now, or a defect.
    pub(crate) fn wait(self, runtime: &Handle) -> anyhow::Result<Finished> {
        let outcome = runtime.block_on(self.task)??;
        Ok(Finished {
            epoch: self.epoch,
            outcome,
        })
    }
}

async fn commit(
    lake: Lake,
    epoch: Arc<SealedEpoch>,
    topic: Option<TopicIdentity>,
    shutdown: Shutdown,
) -> anyhow::Result<CommitOutcome> {
    if let Some(topic) = topic {
        topic.ensure_same_soon().await?;
    }
    let mut patience = Patience::default();
    let mut out_of_time = pin!(stopping_for(&shutdown, STOP_WAIT_MAX));
    loop {
        let tried = tokio::select! {
            tried = lake.commit_epoch(&epoch) => tried,
            () = &mut out_of_time => bail!(
                "the lake did not take the last epoch within {} s of being asked to stop; nothing \
                 is lost, the next start goes on from the last commit",
                STOP_WAIT_MAX.as_secs()
            ),
        };
        let error = match tried {
            Ok(outcome) => return Ok(outcome),
            Err(error) => error,
        };
        let Some(wait) = patience.after(error.retry(), shutdown.is_requested()) else {
            return Err(error).context("could not commit to the lake");
        };
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            wait_ms = wait.as_millis(),
            "the lake did not take a commit; trying again, nothing is lost"
        );
        tokio::time::sleep(wait).await;
    }
}

async fn stopping_for(shutdown: &Shutdown, long: Duration) {
    shutdown.requested().await;
    tokio::time::sleep(long).await;
}
