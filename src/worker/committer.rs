//! One commit in flight, tried until it is done, fenced or hopeless.

use std::sync::Arc;
use std::time::Duration;

use schemas::position::PartitionSpan;
use sinks::{CommitOutcome, Lake, RetryHint, SealedEpoch, SinkError};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::shutdown::Shutdown;

const RETRY_WAIT_MIN: Duration = Duration::from_millis(250);
const RETRY_WAIT_MAX: Duration = Duration::from_secs(15);
/// Where an operator must act (a full disk, missing rights), so many tries pass before the worker
/// ends with an error that says so.
const OPERATOR_TRIES_MAX: u32 = 3;
/// After a stop was asked for, storage that does not answer is given up after so many tries.
const TRIES_WHILE_STOPPING_MAX: u32 = 5;

/// A sealed epoch on its way into the lake, while the lane reads on.
#[derive(Debug)]
pub(crate) struct InFlight {
    epoch: Arc<SealedEpoch>,
    task: JoinHandle<Result<CommitOutcome, SinkError>>,
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
    /// Starts to commit an epoch.
    #[must_use]
    pub(crate) fn start(
        runtime: &Handle,
        lake: Lake,
        epoch: SealedEpoch,
        shutdown: Shutdown,
    ) -> Self {
        let epoch = Arc::new(epoch);
        let task = runtime.spawn(commit(lake, Arc::clone(&epoch), shutdown));
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
    /// The storage's error if an operator must act, or a defect.
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
    shutdown: Shutdown,
) -> Result<CommitOutcome, SinkError> {
    let mut wait = RETRY_WAIT_MIN;
    let mut tries_while_stopping = 0;
    let mut operator_tries = 0;
    loop {
        let error = match lake.commit_epoch(&epoch).await {
            Ok(outcome) => return Ok(outcome),
            Err(error) => error,
        };
        tries_while_stopping += u32::from(shutdown.is_requested());
        if error.retry() == RetryHint::Never || tries_while_stopping >= TRIES_WHILE_STOPPING_MAX {
            return Err(error);
        }
        if error.retry() == RetryHint::Operator && operator_tries >= OPERATOR_TRIES_MAX {
            return Err(error);
        }
        operator_tries += u32::from(error.retry() == RetryHint::Operator);
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            wait_ms = wait.as_millis(),
            "the lake did not take a commit; trying again, nothing is lost"
        );
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(RETRY_WAIT_MAX);
    }
}
