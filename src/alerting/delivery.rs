//! Delivery: each receiver has a queue and a courier of its own, so that none waits for another.
//!
//! - [`queue`]: what waits, in order; [`courier`]: takes it to the receiver, again and again
//! - [`answer`]: what an answer means, as a pure decision
//! - [`transport`]: the kinds of receivers, one file each: [`alertmanager`], [`webhook`] (with its
//!   [`signature`]), [`slack`], [`email`], [`kafka_topic`]; [`http`]: one post
//! - [`payload`], [`text`]: a change as JSON, and in words
//! - [`routing`]: who is told of what; [`dead_letter`]: what was given up
//! - [`secret`]: values that stand in files and variables

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use ingest::kafka::client_config::KafkaSettings;
use schemas::alerts::alert::AlertChange;
use schemas::clock::Clock;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::config::receivers::ReceiverConfig;
use crate::metrics::delivery::DeliveryMetrics;

mod alertmanager;
mod answer;
mod courier;
pub(crate) mod dead_letter;
mod email;
mod http;
mod kafka_topic;
mod payload;
mod queue;
mod routing;
mod secret;
mod signature;
mod slack;
mod text;
mod transport;
mod webhook;

use courier::Courier;
use dead_letter::{DeadLetter, DeadLetters};
use queue::{QUEUE_CHANGES_MAX, Queue};
pub(crate) use transport::test_once;

/// How often a stop looks whether everything is delivered.
const STOP_LOOKS_EVERY: Duration = Duration::from_millis(20);

/// A change with its place in the table `alerts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NumberedChange {
    /// Its number: it counts all changes of the lake from 0 on.
    pub(crate) number: i64,
    /// The change.
    pub(crate) change: Arc<AlertChange>,
}

impl NumberedChange {
    /// The change with this number.
    pub(crate) fn new(number: i64, change: AlertChange) -> Self {
        Self {
            number,
            change: Arc::new(change),
        }
    }

    /// What a receiver knows a repetition by: the alert, and the count of its changes.
    pub(crate) fn delivery_id(&self) -> String {
        format!("{}.{}", self.change.alert_id, self.change.change_number)
    }
}

/// What delivery starts with, as the lake has it.
#[derive(Debug)]
pub(crate) struct Start {
    /// By receiver, the number of the first change that it has not acknowledged. A receiver that is
    /// not there is new: it is told of nothing before `next`.
    pub(crate) acknowledged: BTreeMap<String, i64>,
    /// The number of the next change.
    pub(crate) next: i64,
    /// The last change of each alert that is not resolved.
    pub(crate) standing: Vec<AlertChange>,
}

/// A queue that is shared by those who offer changes and its courier.
#[derive(Debug)]
struct Inbox {
    // A std mutex: held for a few steps of memory, never across a wait.
    queue: Mutex<Queue>,
    filled: Notify,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Whoever panicked while it held the lock left a queue that is whole.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All receivers.
#[derive(Debug)]
pub(crate) struct Deliveries {
    lines: Vec<Line>,
    dead_letters: DeadLetters,
}

/// One receiver: what it wants, what waits for it, and who takes it there.
#[derive(Debug)]
struct Line {
    config: ReceiverConfig,
    inbox: Arc<Inbox>,
    courier: JoinHandle<()>,
}

impl Line {
    fn offer(&self, changes: &[NumberedChange]) {
        let now = Instant::now();
        let mut queue = self.inbox.lock();
        for numbered in changes {
            queue.offer(
                numbered,
                routing::wants(&self.config, &numbered.change),
                now,
            );
        }
        drop(queue);
        self.inbox.filled.notify_one();
    }
}

impl Deliveries {
    /// Starts a courier a receiver.
    ///
    /// # Errors
    /// If a secret cannot be read, or an address or a property cannot be used: each names the
    /// receiver. A receiver that does not answer is no error.
    pub(crate) fn start(
        receivers: &[ReceiverConfig],
        kafka: &KafkaSettings,
        start: Start,
        clock: &Arc<dyn Clock>,
        metrics: &DeliveryMetrics,
    ) -> anyhow::Result<Self> {
        let dead_letters = DeadLetters::default();
        let standing: Vec<Arc<AlertChange>> = start.standing.into_iter().map(Arc::new).collect();
        let mut lines = Vec::with_capacity(receivers.len());
        for config in receivers {
            let told = standing
                .iter()
                .filter(|change| routing::wants(config, change));
            let transport = transport::open(config, kafka, told.map(Arc::clone))
                .with_context(|| format!("cannot set up the receiver {:?}", config.name))?;
            let acknowledged = start.acknowledged.get(&config.name).copied();
            let next = acknowledged.unwrap_or(start.next);
            let inbox = Arc::new(Inbox {
                queue: Mutex::new(Queue::from(next, start.next, QUEUE_CHANGES_MAX)),
                filled: Notify::new(),
            });
            let courier = Courier::new(
                config,
                Arc::clone(&inbox),
                transport,
                Arc::clone(clock),
                metrics.of_receiver(&config.name),
                dead_letters.clone(),
            );
            lines.push(Line {
                config: config.clone(),
                inbox,
                courier: tokio::spawn(courier.run()),
            });
        }
        Ok(Self {
            lines,
            dead_letters,
        })
    }

    /// Offers changes to all receivers, in the order of their numbers; it never waits.
    ///
    /// Only changes that are committed may be given here. One that was given before is passed over.
    pub(crate) fn send(&self, changes: &[NumberedChange]) {
        for line in &self.lines {
            line.offer(changes);
        }
    }

    /// By receiver, the number of the first change that is not delivered, given up, or not for it.
    ///
    /// It is written down at once after the start, so that a new receiver misses nothing of what
    /// comes after it. Whoever writes it down later takes the dead letters behind it, and writes
    /// those down first.
    pub(crate) fn acknowledged(&self) -> BTreeMap<String, i64> {
        let number = |line: &Line| (line.config.name.clone(), line.inbox.lock().acknowledged());
        self.lines.iter().map(number).collect()
    }

    /// Offers changes to one receiver, as [`Self::send`] does to all.
    pub(crate) fn send_to(&self, receiver: &str, changes: &[NumberedChange]) {
        let lines = self.lines.iter();
        for line in lines.filter(|line| line.config.name == receiver) {
            line.offer(changes);
        }
    }

    /// The receivers that were not told of all changes and have room in their queues, each with the
    /// number from which on all changes must be given to [`Self::send_to`].
    pub(crate) fn missing(&self) -> BTreeMap<String, i64> {
        let missing = self.lines.iter().filter_map(|line| {
            let from = line.inbox.lock().missing_from()?;
            Some((line.config.name.clone(), from))
        });
        missing.collect()
    }

    /// Passes over what another process has delivered, where there are `known` changes in the lake.
    pub(crate) fn skip(&self, delivered: &BTreeMap<String, i64>, known: i64) {
        for line in &self.lines {
            let next = delivered.get(&line.config.name).copied().unwrap_or(0);
            line.inbox.lock().skip(next, known);
        }
    }

    /// The receivers for which changes wait.
    pub(crate) fn waiting(&self) -> Vec<String> {
        let waits = |line: &&Line| line.inbox.lock().len() > 0;
        let waiting = self.lines.iter().filter(waits);
        waiting.map(|line| line.config.name.clone()).collect()
    }

    /// What was given up since the last call.
    pub(crate) fn take_dead_letters(&self) -> Vec<DeadLetter> {
        self.dead_letters.take()
    }

    /// Waits for a while until everything is delivered, then ends all couriers. What is not
    /// acknowledged then is delivered after the next start.
    pub(crate) async fn stop(&self, wait_max: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < wait_max && !self.waiting().is_empty() {
            tokio::time::sleep(STOP_LOOKS_EVERY).await;
        }
        for line in &self.lines {
            line.courier.abort();
        }
    }
}

#[cfg(test)]
pub(crate) mod test_changes;
#[cfg(test)]
pub(crate) mod test_receiver;
#[cfg(test)]
mod tests;
