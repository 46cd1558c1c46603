//! One table's log at the edge: reads what the decision needs, and does what it says.
//!
//! An append costs one put, however many files and log entries the table has: the transactions of
//! the newest version are held in memory, and a put that is refused says that there are newer
//! ones to read. All clones of a lake share one [`TableLog`] per table, so the threads of one
//! process do not race each other.

use std::time::Duration;

use object_store::{PutMode, PutOptions, PutPayload};
use rand::Rng;
use schemas::table::Table;
use schemas::time::US_PER_MS;
use tokio::sync::Mutex;

use crate::commit_decision::{ClaimFact, CommitDecision, CommitFacts, decide};
use crate::error::{RetryHint, SinkError};
use crate::hook::CommitPoint;
use crate::lake_context::LakeContext;
use crate::log_entry::{LogEntry, commit_info_line, txn_line};
use crate::log_state::LogState;
use crate::paths;
use crate::planted_bug::{PlantedBug, is_planted};
use crate::raw_log::{self, RawLog};

mod load;
mod table_commit;

pub(crate) use table_commit::{Claim, TableCommit, TableOutcome};

/// A table's log, and what is known of it.
#[derive(Debug)]
pub(crate) struct TableLog {
    pub(crate) table: Table,
    pub(crate) context: LakeContext,
    // A tokio mutex: it is held over the put, so that the threads of a process take turns.
    state: Mutex<LogState>,
}

/// What happened so far to the commit in hand.
#[derive(Debug, Default)]
struct Attempts {
    puts: u32,
    reads_failed: u32,
    is_fresh: bool,
    put_unresolved: bool,
    /// The version as which the store took the commit.
    landed: Option<u64>,
    last_error: Option<SinkError>,
}

impl Attempts {
    /// Whether trying on is in vain until somebody acts, so that the error must be told soon.
    fn needs_operator(&self) -> bool {
        let hint = self.last_error.as_ref().map(SinkError::retry);
        hint == Some(RetryHint::Operator)
    }
}

impl TableLog {
    /// Loads the table's log, and creates the table if it is missing.
    pub(crate) async fn open(table: Table, context: LakeContext) -> Result<Self, SinkError> {
        let state = match load::load(table, &context).await? {
            Some(state) => state,
            None => {
                load::create(table, &context).await?;
                load::load(table, &context).await?.ok_or_else(|| {
                    SinkError::unreadable_log(
                        table,
                        &paths::commit(table, 0),
                        "the new table is not there",
                    )
                })?
            }
        };
        Ok(Self {
            table,
            context,
            state: Mutex::new(state),
        })
    }

    /// Loads the table's log; `None` if there is no such table.
    pub(crate) async fn open_existing(
        table: Table,
        context: LakeContext,
    ) -> Result<Option<Self>, SinkError> {
        let state = load::load(table, &context).await?;
        Ok(state.map(|state| Self {
            table,
            context,
            state: Mutex::new(state),
        }))
    }

    /// Reads the whole log, with the files it names, and what it adds up to.
    pub(crate) async fn read_whole(&self) -> Result<(RawLog, LogState), SinkError> {
        let raw = raw_log::read(self.table, &self.context, load::ALL_COLUMNS).await?;
        let raw = raw.ok_or_else(|| {
            let path = paths::commit(self.table, 0);
            SinkError::unreadable_log(self.table, &path, "the table is gone")
        })?;
        let state = load::state(self.table, &self.context, &raw)?;
        Ok((raw, state))
    }

    /// Reads the log to its end, and looks at what it adds up to.
    pub(crate) async fn newest<T>(
        &self,
        look: impl FnOnce(&LogState) -> T,
    ) -> Result<T, SinkError> {
        let mut state = self.state.lock().await;
        if self.head_is_stale(&state) {
            self.reload(&mut state).await?;
        } else {
            load::refresh(self.table, &self.context, &mut state, false).await?;
        }
        Ok(look(&state))
    }

    /// Commits, through every failure that can be waited out.
    pub(crate) async fn commit(&self, commit: &TableCommit) -> Result<TableOutcome, SinkError> {
        let mut state = self.state.lock().await;
        self.commit_on(&mut state, commit).await
    }

    /// Commits on a state of the caller's own, which remembers what was removed meanwhile.
    pub(crate) async fn commit_on(
        &self,
        state: &mut LogState,
        commit: &TableCommit,
    ) -> Result<TableOutcome, SinkError> {
        let mut attempts = Attempts::default();
        loop {
            match decide(&self.facts(state, commit, &attempts)) {
                CommitDecision::Put => self.put(state, commit, &mut attempts).await?,
                CommitDecision::Refresh => {
                    let watch = !commit.inputs.is_empty();
                    let read = load::refresh(self.table, &self.context, state, watch).await;
                    self.note_read(read, &mut attempts).await?;
                }
                CommitDecision::Reload if !commit.inputs.is_empty() => {
                    // What was removed meanwhile can no longer be told.
                    return Ok(TableOutcome::InputsGone);
                }
                CommitDecision::Reload => {
                    let read = self.reload(state).await;
                    self.note_read(read, &mut attempts).await?;
                }
                CommitDecision::Landed => {
                    return Ok(TableOutcome::Landed {
                        version: state.version,
                        puts: attempts.puts,
                    });
                }
                CommitDecision::Fenced { claim } => {
                    let stored = commit.claims.get(claim);
                    let stored = stored.and_then(|claim| state.value(&claim.app_id));
                    return Ok(TableOutcome::Fenced { claim, stored });
                }
                CommitDecision::InputsGone => return Ok(TableOutcome::InputsGone),
                CommitDecision::Expired => return Ok(TableOutcome::Expired),
                CommitDecision::GiveUp => return Err(self.given_up(attempts)),
            }
            if let Some(version) = attempts.landed {
                let puts = attempts.puts;
                return Ok(TableOutcome::Landed { version, puts });
            }
        }
    }

    fn facts(&self, state: &LogState, commit: &TableCommit, attempts: &Attempts) -> CommitFacts {
        let batch_id = Some(commit.info.batch_id);
        let fact = |claim: &Claim| {
            let stored = state.txn(&claim.app_id);
            let stored_is_ours = stored.is_some_and(|stored| stored.batch_id == batch_id);
            let mut stored = stored.map(|stored| stored.version);
            if is_planted(PlantedBug::CommitWithoutCompare) && !stored_is_ours {
                stored = claim.expected;
            }
            ClaimFact {
                expected: claim.expected,
                next: claim.next,
                stored,
                stored_is_ours,
            }
        };
        let now_us = self.context.clock.now_us();
        CommitFacts {
            claims: commit.claims.iter().map(fact).collect(),
            is_fresh: attempts.is_fresh,
            put_unresolved: attempts.put_unresolved,
            head_is_stale: self.head_is_stale(state),
            inputs_are_gone: commit.inputs.iter().any(|path| state.is_removed(path)),
            is_expired: commit.expires_at_us.is_some_and(|at_us| now_us > at_us),
            puts_left: if attempts.needs_operator() {
                0
            } else {
                self.attempts_max().saturating_sub(attempts.puts)
            },
        }
    }

    async fn put(
        &self,
        state: &mut LogState,
        commit: &TableCommit,
        attempts: &mut Attempts,
    ) -> Result<(), SinkError> {
        let version = state.version + 1;
        let (entry, body) = self.render(state, commit);
        let path = paths::commit(self.table, version);
        let put_at_us = self.context.clock.now_us();
        attempts.puts += 1;
        let hook = &self.context.hook;
        hook.at(commit.job, CommitPoint::BeforeCommit(self.table));
        let options = PutOptions::from(PutMode::Create);
        let payload = PutPayload::from(body);
        let put = self.context.store.put_opts(&path, payload, options).await;
        match put {
            Ok(_) => {
                hook.at(commit.job, CommitPoint::AfterCommit(self.table));
                // A put that took so long may have landed where the log was cleared meanwhile.
                attempts.put_unresolved = self.head_is_stale(state);
                if !attempts.put_unresolved {
                    state.apply(version, &entry, put_at_us);
                    attempts.landed = Some(version);
                }
            }
            Err(object_store::Error::AlreadyExists { .. })
                if is_planted(PlantedBug::ExistsTakenForOurs) =>
            {
                state.apply(version, &entry, put_at_us);
                attempts.landed = Some(version);
            }
            Err(object_store::Error::AlreadyExists { .. }) => {
                attempts.put_unresolved = true;
                self.pause(attempts.puts, RACE_PAUSE).await;
            }
            Err(source) => {
                attempts.put_unresolved = true;
                let error = SinkError::store("put a log entry", &path, source);
                tracing::warn!(
                    table = self.table.name(),
                    version,
                    error = &error as &dyn std::error::Error,
                    "commit not confirmed"
                );
                attempts.last_error = Some(error);
                self.pause(attempts.puts, FAILURE_PAUSE).await;
            }
        }
        Ok(())
    }

    /// The entry as the state will see it, and the bytes that say it.
    fn render(&self, state: &LogState, commit: &TableCommit) -> (LogEntry, String) {
        let advancing = commit
            .claims
            .iter()
            .filter(|claim| claim.expected != Some(claim.next));
        let mut txns: Vec<(String, i64)> = advancing
            .map(|claim| (claim.app_id.clone(), claim.next))
            .collect();
        txns.extend(commit.constants.iter().cloned());
        for (app_id, addition) in &commit.additions {
            let so_far = state.value(app_id);
            if *addition != 0 || so_far.is_none() {
                txns.push((app_id.clone(), so_far.unwrap_or(0) + addition));
            }
        }
        for (app_id, floor) in &commit.floors {
            if state.value(app_id).is_none_or(|so_far| so_far < *floor) {
                txns.push((app_id.clone(), *floor));
            }
        }
        let now_ms = self.context.clock.now_us().div_euclid(US_PER_MS);
        let mut lines = vec![commit_info_line(&commit.info, now_ms)];
        lines.extend(
            txns.iter()
                .map(|(app_id, version)| txn_line(app_id, *version)),
        );
        lines.extend(commit.lines.iter().cloned());
        let entry = LogEntry {
            txns,
            batch_id: Some(commit.info.batch_id),
            ..LogEntry::default()
        };
        (entry, lines.join("\n"))
    }

    async fn reload(&self, state: &mut LogState) -> Result<(), SinkError> {
        match load::load(self.table, &self.context).await? {
            Some(loaded) => {
                *state = loaded;
                Ok(())
            }
            None => Err(SinkError::unreadable_log(
                self.table,
                &paths::commit(self.table, 0),
                "the table is gone",
            )),
        }
    }

    /// Takes in what a read said: a failure that may pass is waited out.
    async fn note_read(
        &self,
        read: Result<(), SinkError>,
        attempts: &mut Attempts,
    ) -> Result<(), SinkError> {
        match read {
            Ok(()) => {
                attempts.is_fresh = true;
                attempts.put_unresolved = false;
                Ok(())
            }
            Err(error @ SinkError::Store { .. }) => {
                attempts.reads_failed += 1;
                attempts.last_error = Some(error);
                if attempts.needs_operator() || attempts.reads_failed >= self.attempts_max() {
                    return Err(self.given_up(std::mem::take(attempts)));
                }
                self.pause(attempts.reads_failed, FAILURE_PAUSE).await;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn given_up(&self, attempts: Attempts) -> SinkError {
        SinkError::CommitGivenUp {
            table: self.table,
            attempts: attempts.puts + attempts.reads_failed,
            source: attempts.last_error.map(Box::new),
        }
    }

    fn head_is_stale(&self, state: &LogState) -> bool {
        self.context.is_stale(state.head_seen_at_us)
    }

    fn attempts_max(&self) -> u32 {
        self.context.settings.commit_attempts_max
    }

    /// Waits a random time, twice as long each time, so that writers do not meet again.
    async fn pause(&self, attempt: u32, (first, longest): (Duration, Duration)) {
        let doubled = first.saturating_mul(1 << attempt.min(16)).min(longest);
        let share = rand::rng().random_range(1..=1_000_u32);
        tokio::time::sleep(doubled * share / 1_000).await;
    }
}

/// First and longest pause after another writer was faster.
const RACE_PAUSE: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(500));
/// First and longest pause after the store failed.
const FAILURE_PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(5));
