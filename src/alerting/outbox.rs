//! Between the table `alerts` and its receivers: what is committed is sent, and what is
//! acknowledged is noted in the table.
//!
//! Of several evaluators of one lake, the one that committed a change sends it. As long as it has
//! changes for a receiver that does not acknowledge them, it says every few seconds that it is alive
//! and delivers to that receiver; if nobody says so, one of those that still run takes over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use ingest::kafka::client_config::KafkaSettings;
use readers::LakeReader;
use schemas::alerts::alert::AlertChange;
use schemas::clock::Clock;
use schemas::time::US_PER_S;
use sinks::Lake;

use crate::alerting::delivery::dead_letter::DeadLetter;
use crate::alerting::delivery::{Deliveries, NumberedChange, Start};
use crate::config::receivers::ReceiverConfig;
use crate::metrics::delivery::DeliveryMetrics;
use crate::worker::shutdown::Shutdown;

/// How often acknowledgements are noted, and the table is looked at.
const TURN_EVERY: Duration = Duration::from_millis(500);
/// Pause after a failure of the store: short, so that one failure does not look like our end.
const FAILURE_PAUSE: Duration = Duration::from_secs(1);
/// How often an evaluator says that it is alive while changes wait.
const ALIVE_EVERY_US: i64 = 2 * US_PER_S;
/// How long after the last such word, or the commit of a change, others send it.
const TAKEOVER_AFTER_US: i64 = 6 * US_PER_S;
/// How long the end of the program waits for receivers.
const STOP_WAIT_MAX: Duration = Duration::from_secs(5);

/// What is sent: the evaluator's side of it.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    deliveries: Arc<Deliveries>,
    // Changes that this process has committed: they are its to send. A std mutex, held for a few
    // steps of memory.
    own: Arc<Mutex<BTreeSet<i64>>>,
}

impl Outbox {
    /// Sends changes that this process has committed, of which the first has this number; it never
    /// waits.
    pub(crate) fn committed(&self, first: i64, changes: &[AlertChange]) {
        let numbered: Vec<NumberedChange> = (first..)
            .zip(changes)
            .map(|(number, change)| NumberedChange::new(number, change.clone()))
            .collect();
        self.own().extend(numbered.iter().map(|one| one.number));
        self.deliveries.send(&numbered);
    }

    fn own(&self) -> MutexGuard<'_, BTreeSet<i64>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is noted: keeps the table and the receivers in step.
#[derive(Debug)]
pub(crate) struct OutboxKeeper {
    outbox: Outbox,
    lake: Lake,
    reader: LakeReader,
    clock: Arc<dyn Clock>,
    noted: BTreeMap<String, i64>,
    // By receiver, when we last said that we deliver to it, and when another evaluator did.
    alive_us: BTreeMap<String, i64>,
    others_alive_us: BTreeMap<String, i64>,
    // Dead letters that the lake does not have yet.
    letters: Vec<DeadLetter>,
}

/// Where an outbox finds what it needs.
#[derive(Debug, Clone)]
pub(crate) struct OutboxAccess {
    /// Where acknowledgements are noted.
    pub(crate) lake: Lake,
    /// Where changes are read.
    pub(crate) reader: LakeReader,
    /// What time it is.
    pub(crate) clock: Arc<dyn Clock>,
}

/// Opens the outbox of a lake and starts a courier a receiver.
///
/// # Errors
/// A receiver that cannot be set up, and what reading and committing give.
pub(crate) async fn open(
    receivers: &[ReceiverConfig],
    kafka: &KafkaSettings,
    access: OutboxAccess,
    metrics: &DeliveryMetrics,
) -> anyhow::Result<(Outbox, OutboxKeeper)> {
    let OutboxAccess {
        lake,
        reader,
        clock,
    } = access;
    let log = lake.alert_log().await?;
    let standing = reader.standing_alerts(i64::MAX).await?;
    let start = Start {
        acknowledged: log.delivered().await?,
        next: log.next_number().await?,
        standing: standing.into_iter().map(|stored| stored.change).collect(),
    };
    let known: BTreeSet<String> = start.acknowledged.keys().cloned().collect();
    let others_alive_us = log.alive_us().await?;
    let deliveries = Deliveries::start(receivers, kafka, start, &clock, metrics)?;
    let outbox = Outbox {
        deliveries: Arc::new(deliveries),
        own: Arc::default(),
    };
    let mut keeper = OutboxKeeper {
        outbox: outbox.clone(),
        lake,
        reader,
        clock,
        noted: BTreeMap::new(),
        alive_us: BTreeMap::new(),
        others_alive_us,
        letters: Vec::new(),
    };
    let acknowledged = outbox.deliveries.acknowledged();
    if acknowledged.keys().all(|name| known.contains(name)) {
        keeper.noted = acknowledged;
    } else {
        // A receiver that is new misses nothing of what comes after this.
        keeper.note(acknowledged, BTreeMap::new()).await?;
    }
    Ok((outbox, keeper))
}

impl OutboxKeeper {
    /// Keeps table and receivers in step until it is asked to stop; then it waits for a moment
    /// until everything is delivered, and notes that. What is not noted is sent again after the
    /// next start.
    pub(crate) async fn run(mut self, shutdown: Shutdown) {
        while !shutdown.is_requested() {
            let pause = match self.turn().await {
                Ok(()) => TURN_EVERY,
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::warn!(
                        error,
                        "cannot note what receivers of alerts have; trying again"
                    );
                    FAILURE_PAUSE
                }
            };
            tokio::select! {
                () = shutdown.requested() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        self.outbox.deliveries.stop(STOP_WAIT_MAX).await;
        if let Err(error) = self.turn().await {
            let error = format!("{error:#}");
            tracing::warn!(
                error,
                "cannot note what receivers have: they get the last alerts again"
            );
        }
    }

    /// Sends what still has to be sent, keeps what was given up, notes what was acknowledged.
    async fn turn(&mut self) -> anyhow::Result<()> {
        let deliveries = Arc::clone(&self.outbox.deliveries);
        let known = self.lake.alert_log().await?.next_number().await?;
        deliveries.skip(&BTreeMap::new(), known);
        if !deliveries.missing().is_empty() {
            self.send_missing().await?;
        }
        let acknowledged = deliveries.acknowledged();
        self.keep_dead_letters().await?;
        let words = self.due_words();
        if acknowledged != self.noted || !words.is_empty() {
            self.note(acknowledged, words).await?;
        }
        Ok(())
    }

    /// The words that we are alive and deliver to a receiver, where it is time to say so.
    fn due_words(&self) -> BTreeMap<String, i64> {
        let now_us = self.clock.now_us();
        let is_due = |receiver: &String| {
            let said_us = self.alive_us.get(receiver).copied().unwrap_or(0);
            now_us.saturating_sub(said_us) >= ALIVE_EVERY_US
        };
        let waiting = self.outbox.deliveries.waiting().into_iter();
        let due = waiting.filter(is_due);
        due.map(|receiver| (receiver, now_us)).collect()
    }

    /// Sends what receivers were not told of: our own changes, and those of others once nobody says
    /// that it delivers to the receiver, and nobody else has taken over.
    async fn send_missing(&mut self) -> anyhow::Result<()> {
        let log = self.lake.alert_log().await?;
        let alive_us = log.alive_us().await?;
        for (receiver, said_us) in &alive_us {
            // Our own word says nothing of the others.
            if self.alive_us.get(receiver) != Some(said_us) {
                self.others_alive_us.insert(receiver.clone(), *said_us);
            }
        }
        let known = log.next_number().await?;
        let deliveries = Arc::clone(&self.outbox.deliveries);
        deliveries.skip(&log.delivered().await?, known);
        for (receiver, from) in deliveries.missing() {
            let said_us = alive_us.get(&receiver).copied();
            self.send_missing_to(receiver, from, said_us).await?;
        }
        Ok(())
    }

    /// The same for one receiver, of which the last word was said at `said_us`, whoever said it.
    async fn send_missing_to(
        &mut self,
        receiver: String,
        from: i64,
        said_us: Option<i64>,
    ) -> anyhow::Result<()> {
        let own = self.outbox.own().clone();
        let now_us = self.clock.now_us();
        let is_silent = |since_us: i64| now_us.saturating_sub(since_us) >= TAKEOVER_AFTER_US;
        let heard_us = self.others_alive_us.get(&receiver).copied().unwrap_or(0);
        if !own.contains(&from) && !is_silent(heard_us) {
            return Ok(());
        }
        let stored = self.reader.alert_changes_from(from).await?;
        let numbered: Vec<NumberedChange> = stored
            .into_iter()
            .take_while(|stored| {
                let heard_us = heard_us.max(stored.change.changed_at_us);
                own.contains(&stored.number) || is_silent(heard_us)
            })
            .map(|stored| NumberedChange::new(stored.number, stored.change))
            .collect();
        if numbered.iter().any(|one| !own.contains(&one.number)) {
            let log = self.lake.alert_log().await?;
            let Some(said_us) = log.take_over(&receiver, said_us).await? else {
                return Ok(());
            };
            self.alive_us.insert(receiver.clone(), said_us);
        }
        self.outbox.deliveries.send_to(&receiver, &numbered);
        Ok(())
    }

    async fn keep_dead_letters(&mut self) -> anyhow::Result<()> {
        self.letters
            .extend(self.outbox.deliveries.take_dead_letters());
        while let Some(letter) = self.letters.last() {
            let text = letter.to_json()?;
            self.lake
                .keep_dead_letter(&letter.receiver, letter.number, text)
                .await
                .context("cannot keep a dead letter")?;
            self.letters.pop();
        }
        Ok(())
    }

    async fn note(
        &mut self,
        acknowledged: BTreeMap<String, i64>,
        words: BTreeMap<String, i64>,
    ) -> anyhow::Result<()> {
        let Some(first) = acknowledged.values().min().copied() else {
            return Ok(());
        };
        let log = self.lake.alert_log().await?;
        log.mark_delivered(&acknowledged, &words).await?;
        self.outbox.own().retain(|number| *number >= first);
        self.noted = acknowledged;
        self.alive_us.extend(words);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
