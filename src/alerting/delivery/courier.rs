//! Takes changes from one queue to one receiver, in order, until each is delivered or given up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use schemas::clock::Clock;
use tokio::time::MissedTickBehavior;

use crate::alerting::delivery::answer::{Answer, Attempted, Next, decide};
use crate::alerting::delivery::dead_letter::DeadLetters;
use crate::alerting::delivery::queue::Waiting;
use crate::alerting::delivery::transport::Transport;
use crate::alerting::delivery::{Inbox, NumberedChange};
use crate::config::receivers::ReceiverConfig;
use crate::metrics::delivery::ReceiverMetrics;

/// How often a queue that nothing comes into is looked at, where a receiver needs no repetition.
const IDLE_LOOK_EVERY: Duration = Duration::from_secs(3600);

/// The courier of one receiver.
pub(crate) struct Courier {
    receiver: String,
    timeout: Duration,
    retry_for: Duration,
    inbox: Arc<Inbox>,
    transport: Transport,
    clock: Arc<dyn Clock>,
    metrics: ReceiverMetrics,
    dead_letters: DeadLetters,
    // Attempts at what stands first in the queue.
    attempts: u32,
    // How many of the next changes go one by one, since one of them is refused.
    singles: usize,
}

impl Courier {
    /// The courier between a queue and a receiver.
    pub(crate) fn new(
        config: &ReceiverConfig,
        inbox: Arc<Inbox>,
        transport: Transport,
        clock: Arc<dyn Clock>,
        metrics: ReceiverMetrics,
        dead_letters: DeadLetters,
    ) -> Self {
        Self {
            receiver: config.name.clone(),
            timeout: config.timeout,
            retry_for: config.retry_for,
            inbox,
            transport,
            clock,
            metrics,
            dead_letters,
            attempts: 0,
            singles: 0,
        }
    }

    /// Delivers until it is aborted.
    pub(crate) async fn run(mut self) {
        let every = self.transport.repeat_every().unwrap_or(IDLE_LOOK_EVERY);
        let mut repetition = tokio::time::interval(every);
        repetition.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let batch = self.next_batch();
            if batch.is_empty() {
                tokio::select! {
                    () = self.inbox.filled.notified() => {}
                    _ = repetition.tick() => self.repeat().await,
                }
                continue;
            }
            if let Some(pause) = self.deliver(&batch).await {
                tokio::time::sleep(pause).await;
            }
        }
    }

    fn next_batch(&self) -> Vec<Waiting> {
        let queue = self.inbox.lock();
        self.metrics.set_queued(queue.len());
        let count = if self.singles > 0 {
            1
        } else {
            self.transport.batch_changes_max()
        };
        queue.first(count)
    }

    /// One attempt at a batch, and what follows from it; returns the pause before the next one.
    async fn deliver(&mut self, batch: &[Waiting]) -> Option<Duration> {
        let changes: Vec<NumberedChange> = batch.iter().map(|one| one.change.clone()).collect();
        let sent = self.transport.send(&changes, self.clock.now_us());
        let answer = match tokio::time::timeout(self.timeout, sent).await {
            Ok(answer) => answer,
            Err(_) => Answer::failed(format!("no answer within {} s", self.timeout.as_secs())),
        };
        self.attempts = self.attempts.saturating_add(1);
        let oldest = batch.first().map(|one| one.since.elapsed());
        let attempted = Attempted {
            attempts: self.attempts,
            changes: changes.len(),
            waited: oldest.unwrap_or_default(),
            retry_for: self.retry_for,
            jitter_permille: rand::random_range(0..1000),
        };
        match decide(answer, attempted) {
            Next::Delivered => {
                for one in batch {
                    self.metrics.sent(one.since.elapsed());
                }
                self.done(changes.len());
            }
            Next::OneByOne => self.singles = changes.len(),
            Next::Refused(reason) => self.give_up(&changes, &reason),
            Next::GivenUp(reason) => {
                let overdue = self.inbox.lock().overdue(self.retry_for, Instant::now());
                self.give_up(&changes[..overdue.clamp(1, changes.len())], &reason);
            }
            Next::Again(pause, reason) => {
                self.metrics.retried();
                let pause_ms = pause.as_millis();
                let receiver = &self.receiver;
                let attempts = self.attempts;
                tracing::warn!(
                    receiver,
                    reason,
                    attempts,
                    pause_ms,
                    "alerts wait for a receiver"
                );
                return Some(pause);
            }
        }
        None
    }

    /// Removes the first changes, and begins to count anew.
    fn done(&mut self, count: usize) {
        let mut queue = self.inbox.lock();
        queue.remove(count);
        self.metrics.set_queued(queue.len());
        drop(queue);
        self.attempts = 0;
        self.singles = self.singles.saturating_sub(count);
    }

    fn give_up(&mut self, changes: &[NumberedChange], reason: &str) {
        let now_us = self.clock.now_us();
        for change in changes {
            self.dead_letters
                .add(&self.receiver, change, reason, now_us);
            self.metrics.dead();
        }
        // The dead letters are there before the number counts as acknowledged.
        self.done(changes.len());
    }

    async fn repeat(&self) {
        let repeated = self.transport.repeat(self.clock.now_us());
        match tokio::time::timeout(self.timeout, repeated).await {
            Ok(Answer::Accepted) => {}
            Ok(Answer::Failed { detail, .. } | Answer::Refused { detail }) => {
                let receiver = &self.receiver;
                tracing::warn!(receiver, detail, "what fires could not be repeated");
            }
            Err(_) => {
                let receiver = &self.receiver;
                tracing::warn!(
                    receiver,
                    "what fires could not be repeated: no answer in time"
                );
            }
        }
    }
}
