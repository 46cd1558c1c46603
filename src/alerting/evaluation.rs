//! The evaluator at the edge: follows the lake, commits what its rules say, tells of it afterwards.
//!
//! A change is in the lake before anybody hears of it. Of several evaluators on one lake one commits
//! a change; the others are fenced, and take from the lake what stands.

use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use anyhow::Context;
use readers::LakeReader;
use readers::alerts::evaluator::{DueQuery, Evaluator, Instant};
use readers::alerts::query_rows::query_rows;
use readers::alerts::window_tail::{TailLook, WindowTail};
use schemas::alerts::alert::{AlertChange, AlertState};
use schemas::alerts::rule::RuleGroup;
use schemas::clock::Clock;
use schemas::rollup::Rollup;
use schemas::time::{S_PER_DAY, US_PER_S};
use sinks::{AlertsOutcome, Lake};

use crate::alerting::outbox::Outbox;
use crate::alerting::template::fill::RuleTexts;
use crate::metrics::alerts::AlertMetrics;
use crate::worker::shutdown::Shutdown;

/// How often the lake is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);
/// How often it is added up what the evaluator holds.
const WEIGH_INTERVAL: Duration = Duration::from_secs(30);
/// Pause after a failure.
const FAILURE_PAUSE: Duration = Duration::from_secs(5);
/// How long a rule's query may take.
const QUERY_TIME_MAX: Duration = Duration::from_secs(5);
/// How long the alerts of one round wait for their causes.
const CAUSES_TIME_MAX: Duration = Duration::from_secs(2);
/// Alerts of one round whose causes are looked for; of a flood, the first.
const CAUSES_MAX: usize = 20;
/// Alerts that were resolved so long ago are not restored.
const RESTORED_US: i64 = S_PER_DAY * US_PER_S;
/// The history is learned in steps of so long.
const LEARN_STEP_US: i64 = 60 * US_PER_S;

/// An evaluator's rules, and what it works with.
#[derive(Debug)]
pub(crate) struct Evaluation {
    /// Where changes are committed.
    pub(crate) lake: Lake,
    /// Where windows are read.
    pub(crate) reader: LakeReader,
    /// What time it is.
    pub(crate) clock: Arc<dyn Clock>,
    /// The rules.
    pub(crate) groups: Vec<RuleGroup>,
    /// What windows there are.
    pub(crate) rollups: Vec<Rollup>,
    /// Keys that rules of one kind look at, at most.
    pub(crate) keys_max: usize,
    /// When the facts were gathered that calls are priced by.
    pub(crate) price_facts_at_us: Option<i64>,
    /// What the evaluator shows of itself.
    pub(crate) metrics: AlertMetrics,
    /// Who tells receivers of what was committed; `None` if there are no receivers.
    pub(crate) outbox: Option<Outbox>,
}

/// Rules at work on a lake.
struct Round {
    evaluator: Evaluator,
    tail: WindowTail,
    texts: RuleTexts,
    /// The number of the next change.
    next: i64,
    complete_until_us: Option<i64>,
    /// When it was last told what the evaluator holds.
    weighed_at: Option<Stopwatch>,
}

impl Evaluation {
    /// Evaluates until it is asked to stop. What fails is begun anew from what the lake has.
    pub(crate) async fn run(self, shutdown: Shutdown) {
        while !shutdown.is_requested() {
            let ended = tokio::select! {
                () = shutdown.requested() => return,
                ended = self.follow() => ended,
            };
            if let Err(error) = ended {
                self.metrics.failed();
                tracing::warn!(
                    error = format!("{error:#}"),
                    "the evaluation of rules failed; it begins anew from what the lake has"
                );
                tokio::select! {
                    () = shutdown.requested() => return,
                    () = tokio::time::sleep(FAILURE_PAUSE) => {}
                }
            }
        }
    }

    /// Learns what the lake has, and follows it until something fails or it has gone on without us.
    async fn follow(&self) -> anyhow::Result<()> {
        let mut round = self.begin().await?;
        loop {
            let begun = Stopwatch::now();
            if self.look(&mut round).await? == Followed::Lost {
                tracing::info!("the log of the windows was cleared behind us: reading anew");
                return Ok(());
            }
            tokio::time::sleep(LOOK_INTERVAL.saturating_sub(begun.elapsed())).await;
        }
    }

    async fn begin(&self) -> anyhow::Result<Round> {
        let begun = Stopwatch::now();
        let now_us = self.clock.now_us();
        // The number first: what is committed between the two reads is met again as a fence.
        let next = self.lake.alert_log().await?.next_number().await?;
        let standing = self.standing(now_us).await?;
        let restored = standing.len();
        let groups = self.groups.clone();
        let mut evaluator = Evaluator::new(groups, &self.rollups, &standing, self.keys_max)?;
        let needs = evaluator.needs().to_vec();
        let end_us = now_us + 2 * S_PER_DAY * US_PER_S;
        let history = self.reader.window_history(&needs, now_us, end_us);
        let mut history = history.await.context("cannot read the windows")?;
        let mut at_us = history.first_us().unwrap_or(now_us);
        while at_us < now_us {
            at_us = (at_us + LEARN_STEP_US).min(now_us);
            let mut absorb = |rows: &_, rollup: &str| evaluator.absorb(rows, rollup);
            history.until(at_us, &mut absorb).await?;
            evaluator.learn(Instant {
                now_us: at_us,
                complete_until_us: Some(at_us),
                price_facts_at_us: None,
            });
        }
        let mut absorb = |rows: &_, rollup: &str| evaluator.absorb(rows, rollup);
        history.until(i64::MAX, &mut absorb).await?;
        tracing::info!(
            rules = self
                .groups
                .iter()
                .map(|group| group.rules.len())
                .sum::<usize>(),
            restored,
            keys = evaluator.report().keys,
            seconds = begun.elapsed().as_secs_f64(),
            "evaluating rules"
        );
        Ok(Round {
            tail: self.reader.window_tail(&needs, history.version()),
            evaluator,
            texts: RuleTexts::new(&self.groups),
            next,
            complete_until_us: None,
            weighed_at: None,
        })
    }

    async fn standing(&self, now_us: i64) -> anyhow::Result<Vec<AlertChange>> {
        let standing = self.reader.standing_alerts(now_us - RESTORED_US);
        let standing = standing.await.context("cannot read the alerts")?;
        Ok(standing.into_iter().map(|stored| stored.change).collect())
    }

    /// Reads what is new, evaluates what is due, commits what has changed.
    async fn look(&self, round: &mut Round) -> anyhow::Result<Followed> {
        // What is complete is asked first, so that the rows are at least as new.
        let known_us = round.complete_until_us;
        round.complete_until_us = self.reader.complete_until_us(known_us).await?;
        let evaluator = &mut round.evaluator;
        let mut absorb = |rows: &_, rollup: &str| evaluator.absorb(rows, rollup);
        if round.tail.look(&mut absorb).await? == TailLook::Lost {
            return Ok(Followed::Lost);
        }
        for due in round.evaluator.due_queries(self.clock.now_us()) {
            self.ask(&mut round.evaluator, due).await;
        }
        let now_us = self.clock.now_us();
        if let Some(until_us) = round.complete_until_us {
            self.metrics
                .set_complete_age((now_us - until_us).div_euclid(US_PER_S));
        }
        if round.evaluator.is_due(now_us) {
            let changes = self.evaluate(round, now_us);
            if !changes.is_empty() {
                self.commit(round, changes).await?;
            }
        }
        Ok(Followed::On)
    }

    fn evaluate(&self, round: &mut Round, now_us: i64) -> Vec<AlertChange> {
        let begun = Stopwatch::now();
        let changes = round.evaluator.evaluate(Instant {
            now_us,
            complete_until_us: round.complete_until_us,
            price_facts_at_us: self.price_facts_at_us,
        });
        self.metrics
            .evaluated(begun.elapsed(), &round.evaluator.report());
        if round
            .weighed_at
            .is_none_or(|at| at.elapsed() >= WEIGH_INTERVAL)
        {
            round.weighed_at = Some(Stopwatch::now());
            self.metrics.set_memory(round.evaluator.memory_bytes());
        }
        changes
    }

    async fn ask(&self, evaluator: &mut Evaluator, due: DueQuery) {
        let asked = tokio::time::timeout(QUERY_TIME_MAX, self.reader.sql(&due.query));
        let rows = match asked.await {
            Ok(Ok(result)) => query_rows(&result),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("it takes longer than {QUERY_TIME_MAX:?}")),
        };
        match rows {
            Ok(rows) => evaluator.answer(&due.group, &due.rule, rows),
            Err(error) => tracing::warn!(
                group = due.group,
                rule = due.rule,
                error,
                "the rule's query failed: its alerts stand as they are"
            ),
        }
    }

    async fn commit(&self, round: &mut Round, mut changes: Vec<AlertChange>) -> anyhow::Result<()> {
        self.find_causes(&mut changes).await;
        for change in &mut changes {
            round.texts.fill(change);
        }
        let log = self.lake.alert_log().await?;
        match log.commit(round.next, &changes).await? {
            AlertsOutcome::Committed { next } => {
                self.metrics.committed(changes.len());
                changes.iter().for_each(note);
                if let Some(outbox) = &self.outbox {
                    outbox.committed(round.next, &changes);
                }
                round.next = next;
            }
            AlertsOutcome::Fenced => {
                self.metrics.fenced();
                tracing::debug!("another evaluator was faster: taking what it said");
                round.next = log.next_number().await?;
                let standing = self.standing(self.clock.now_us()).await?;
                round.evaluator.restore(&standing);
            }
        }
        Ok(())
    }

    /// Names who made most of alerts that begin to fire. An alert waits for it a moment, no longer.
    async fn find_causes(&self, changes: &mut [AlertChange]) {
        let firing = changes
            .iter_mut()
            .filter(|change| change.state == AlertState::Firing);
        let deadline = Stopwatch::now() + CAUSES_TIME_MAX;
        for change in firing.take(CAUSES_MAX) {
            let left = deadline.saturating_duration_since(Stopwatch::now());
            match tokio::time::timeout(left, self.reader.contributors(change)).await {
                Ok(Ok(contributors)) => change.contributors = contributors,
                Ok(Err(error)) => tracing::warn!(%error, "cannot find the causes of an alert"),
                Err(_) => {
                    tracing::debug!("the causes of alerts took too long to find");
                    return;
                }
            }
        }
    }
}

/// Whether the lake can be followed further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Followed {
    On,
    Lost,
}

/// Says a change in the log.
fn note(change: &AlertChange) {
    let over_usd = change.over_usd.map(|usd| usd.to_string());
    tracing::info!(
        rule = change.rule,
        state = change.state.as_str(),
        step = change.step,
        value = %change.value,
        over_usd,
        labels = ?change.labels,
        "alert"
    );
}
