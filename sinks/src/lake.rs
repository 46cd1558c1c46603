//! The lake as a worker sees it: open it, ask how far it is, commit to it.
//!
//! # The order of commits
//! `rejects` (if the epoch has any), then `events`, then `cost_windows`. `events` decides: a worker
//! resumes at its offsets. A worker that dies before it leaves rejects of offsets that `events`
//! does not have yet ([`crate::PartitionProgress::rejects_next`]); the next one does not write them
//! again. A worker that dies after it leaves windows missing
//! ([`crate::PartitionProgress::windows_next`]); the next one sums them up from `events` itself, so
//! that no price can have changed between, and hands them to [`Lake::commit_windows`].

mod alert_commits;
mod commits;

use std::sync::Arc;
use std::time::Instant;

use object_store::ObjectStore;
use schemas::clock::Clock;
use schemas::position::{PartitionSpan, SourcePartition};
use schemas::table::Table;
use schemas::time::US_PER_S;
use schemas::window_rows::WindowRows;
use tokio::sync::OnceCell;
use url::Url;
use uuid::Uuid;

pub(crate) use self::commits::add_lines;

use crate::app_ids::{self, Count};
use crate::encode::file_writer::FileFormat;
use crate::encode::windows::encode_windows;
use crate::epoch::{SealedEpoch, check_spans};
use crate::error::SinkError;
use crate::hook::{CommitHook, CommitPoint, Job, NoHook};
use crate::lake_context::LakeContext;
use crate::log_state::LogState;
use crate::preflight::check_conditional_put;
use crate::progress::{CommitOutcome, CommitReport, PartitionProgress, SeedOutcome};
use crate::settings::LakeSettings;
use crate::table_log::{TableCommit, TableLog, TableOutcome};
use crate::upload::upload;

/// The lake's tables; clones share what they know of the logs.
#[derive(Debug, Clone)]
pub struct Lake {
    pub(crate) context: LakeContext,
    pub(crate) events: Arc<TableLog>,
    pub(crate) cost_windows: Arc<TableLog>,
    pub(crate) rejects: Arc<TableLog>,
    /// Only there where rules are, or were.
    pub(crate) alerts: Arc<OnceCell<TableLog>>,
}

impl Lake {
    /// Opens the lake, creates the tables that are missing, and finishes a reprice that stopped
    /// between its two tables.
    ///
    /// `store` is rooted at the lake's folder, `url` names it in messages.
    ///
    /// # Errors
    /// [`SinkError::NoConditionalPut`], [`SinkError::TableDiffers`], [`SinkError::Settings`],
    /// [`SinkError::UnreadableLog`]: an operator must act. [`SinkError::Store`] otherwise.
    pub async fn open(
        store: Arc<dyn ObjectStore>,
        url: Url,
        settings: LakeSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SinkError> {
        Self::open_with_hook(store, url, settings, clock, Arc::new(NoHook)).await
    }

    /// As [`Lake::open`], with a hook that is called at named points of each commit.
    ///
    /// # Errors
    /// As [`Lake::open`].
    pub async fn open_with_hook(
        store: Arc<dyn ObjectStore>,
        url: Url,
        settings: LakeSettings,
        clock: Arc<dyn Clock>,
        hook: Arc<dyn CommitHook>,
    ) -> Result<Self, SinkError> {
        settings.check()?;
        let url = url.to_string();
        check_conditional_put(&store, &url).await?;
        let context = LakeContext {
            store,
            url,
            settings: Arc::new(settings),
            clock,
            hook,
        };
        let open = |table| TableLog::open(table, context.clone());
        let (events, cost_windows, rejects) = tokio::try_join!(
            open(Table::Events),
            open(Table::CostWindows),
            open(Table::Rejects)
        )?;
        let lake = Self {
            context,
            events: Arc::new(events),
            cost_windows: Arc::new(cost_windows),
            rejects: Arc::new(rejects),
            alerts: Arc::new(OnceCell::new()),
        };
        lake.finish_reprice().await?;
        Ok(lake)
    }

    /// How far partitions are at the newest version of each table, in the order asked for.
    ///
    /// # Errors
    /// [`SinkError::Store`] if a log cannot be read, [`SinkError::TableDiffers`] if somebody
    /// changed a table meanwhile.
    pub async fn progress(
        &self,
        partitions: &[SourcePartition],
    ) -> Result<Vec<PartitionProgress>, SinkError> {
        let offsets = |state: &LogState| -> Vec<Option<i64>> {
            let app_ids = partitions.iter().map(|source| self.offset_app_id(source));
            app_ids.map(|app_id| state.value(&app_id)).collect()
        };
        let (windows, rejects) = tokio::try_join!(
            self.cost_windows.newest(offsets),
            self.rejects.newest(offsets)
        )?;
        // Last, so that `events` is never behind the windows that were derived from it.
        self.events
            .newest(|events| {
                let found = partitions.iter().zip(windows.iter().zip(&rejects));
                found
                    .map(|(source, (windows_next, rejects_next))| {
                        let progress = self.events_progress(events, source);
                        PartitionProgress {
                            windows_next: *windows_next,
                            rejects_next: *rejects_next,
                            ..progress
                        }
                    })
                    .collect()
            })
            .await
    }

    /// Begins partitions at their offsets; one that was begun before keeps what it has.
    ///
    /// # Units
    /// Offsets: the first to read.
    /// # Errors
    /// As [`Lake::commit_epoch`].
    pub async fn seed(&self, starts: &[(SourcePartition, i64)]) -> Result<SeedOutcome, SinkError> {
        let seeded = self.seed_table(&self.events, starts).await?;
        let sources: Vec<SourcePartition> =
            starts.iter().map(|(source, _)| source.clone()).collect();
        // `events` has the word: whoever was first there decides where the others begin.
        let progress = self.progress(&sources).await?;
        let decided: Vec<(SourcePartition, i64)> = progress
            .into_iter()
            .filter_map(|progress| {
                let start = progress.seed.or(progress.events_next)?;
                Some((progress.source, start))
            })
            .collect();
        tokio::try_join!(
            self.seed_table(&self.rejects, &decided),
            self.seed_table(&self.cost_windows, &decided)
        )?;
        Ok(SeedOutcome {
            seeded,
            progress: self.progress(&sources).await?,
        })
    }

    /// Commits an epoch to all tables.
    ///
    /// It may be called again with the same epoch after an error: what has landed is found.
    ///
    /// # Errors
    /// [`SinkError::Store`] if a file could not be put, [`SinkError::CommitGivenUp`] if it is not
    /// known whether a commit landed, [`SinkError::TableDiffers`] if somebody changed a table.
    pub async fn commit_epoch(&self, epoch: &SealedEpoch) -> Result<CommitOutcome, SinkError> {
        let begun = Instant::now();
        let has_news = epoch.spans.iter().any(|span| span.next > span.start);
        if !has_news && epoch.watermarks.is_empty() {
            return Ok(CommitOutcome::Committed(CommitReport::default()));
        }
        let hook = &self.context.hook;
        hook.at(Job::Epoch, CommitPoint::BeforeUpload);
        upload(&self.context, Job::Epoch, &epoch.files).await?;
        hook.at(Job::Epoch, CommitPoint::AfterUpload);
        let mut report = CommitReport {
            bytes: epoch.bytes(),
            files: epoch.files.len(),
            ..CommitReport::default()
        };
        for commit in self.epoch_commits(epoch, has_news) {
            if let Some(stopped) = self.commit_table(commit, &mut report).await? {
                return Ok(stopped);
            }
        }
        let claims = epoch.rejects_claims.iter();
        report.rejects_next = claims
            .map(|claim| (claim.source.clone(), claim.next))
            .collect();
        report.seconds = begun.elapsed().as_secs_f64();
        Ok(CommitOutcome::Committed(report))
    }

    /// Commits window rows of spans that `events` has and `cost_windows` lacks.
    ///
    /// # Errors
    /// As [`Lake::commit_epoch`]; [`SinkError::WindowsAhead`] if `events` does not have the spans.
    /// After an error, read the progress before trying again.
    pub async fn commit_windows(
        &self,
        spans: &[PartitionSpan],
        windows: &[WindowRows],
    ) -> Result<CommitOutcome, SinkError> {
        let begun = Instant::now();
        check_spans(spans)?;
        self.check_windows_not_ahead(spans).await?;
        let now_us = self.context.clock.now_us();
        let format = FileFormat::new(Table::CostWindows, &self.context.settings)?;
        let files = encode_windows(&format, windows, now_us)?;
        let mut report = CommitReport {
            bytes: files.iter().map(|file| file.bytes.len() as u64).sum(),
            files: files.len(),
            ..CommitReport::default()
        };
        if spans.iter().all(|span| span.next == span.start) {
            return Ok(CommitOutcome::Committed(CommitReport::default()));
        }
        let hook = &self.context.hook;
        hook.at(Job::CatchUp, CommitPoint::BeforeUpload);
        upload(&self.context, Job::CatchUp, &files).await?;
        hook.at(Job::CatchUp, CommitPoint::AfterUpload);
        let commit = TableCommit {
            lines: add_lines(&files, Table::CostWindows, now_us),
            ..self.append(
                Job::CatchUp,
                self.span_claims(spans),
                Uuid::new_v4(),
                now_us,
            )
        };
        let stopped = self
            .commit_table((Table::CostWindows, commit), &mut report)
            .await?;
        report.seconds = begun.elapsed().as_secs_f64();
        Ok(stopped.unwrap_or(CommitOutcome::Committed(report)))
    }

    /// The log of a table; `None` for a table of alerts that nobody has opened yet.
    pub(crate) fn log(&self, table: Table) -> Option<&TableLog> {
        match table {
            Table::Events => Some(&self.events),
            Table::CostWindows => Some(&self.cost_windows),
            Table::Rejects => Some(&self.rejects),
            Table::Alerts => self.alerts.get(),
        }
    }

    fn offset_app_id(&self, source: &SourcePartition) -> String {
        app_ids::offset(&self.context.settings.pipeline, source)
    }

    fn events_progress(&self, events: &LogState, source: &SourcePartition) -> PartitionProgress {
        let count = |what| events.value(&app_ids::count(what, source)).unwrap_or(0);
        PartitionProgress {
            source: source.clone(),
            seed: events.value(&app_ids::seed(source)),
            events_next: events.value(&self.offset_app_id(source)),
            windows_next: None,
            rejects_next: None,
            events: count(Count::Events),
            rejects: count(Count::Rejects),
            duplicates: count(Count::Duplicates),
            tombstones: count(Count::Tombstones),
            gaps: count(Count::Gaps),
            expired: count(Count::Expired),
            watermark_ms: events.value(&app_ids::watermark(source)),
        }
    }

    /// Seeds one table; returns the partitions that it did not know.
    async fn seed_table(
        &self,
        log: &TableLog,
        starts: &[(SourcePartition, i64)],
    ) -> Result<Vec<SourcePartition>, SinkError> {
        // Each round somebody else has begun at least one partition more.
        for _ in 0..=starts.len() {
            let missing: Vec<&(SourcePartition, i64)> = log
                .newest(|state| {
                    let known = |source| state.value(&self.offset_app_id(source)).is_some();
                    starts.iter().filter(|(source, _)| !known(source)).collect()
                })
                .await?;
            if missing.is_empty() {
                return Ok(Vec::new());
            }
            let commit = self.seed_commit(log.table, &missing);
            if let TableOutcome::Landed { .. } = log.commit(&commit).await? {
                return Ok(missing.iter().map(|(source, _)| source.clone()).collect());
            }
        }
        Err(SinkError::CommitGivenUp {
            table: log.table,
            attempts: u32::try_from(starts.len()).unwrap_or(u32::MAX),
            source: None,
        })
    }

    /// Commits to one table; says why the commit stops there, if it does.
    async fn commit_table(
        &self,
        (table, commit): (Table, TableCommit),
        report: &mut CommitReport,
    ) -> Result<Option<CommitOutcome>, SinkError> {
        let log = self.log(table).ok_or_else(|| SinkError::Accounting {
            detail: format!("an epoch has a commit to {}", table.name()),
        })?;
        match log.commit(&commit).await? {
            TableOutcome::Landed { version, puts } => {
                report.versions.push((table, version));
                report.attempts += puts;
                Ok(None)
            }
            TableOutcome::Fenced { claim, stored } => {
                let claim = commit.claims.get(claim);
                let partition = claim.and_then(|claim| claim.source.clone());
                let expected = claim.and_then(|claim| claim.expected);
                match (partition, expected) {
                    (Some(partition), Some(expected)) => Ok(Some(CommitOutcome::Fenced {
                        table,
                        partition,
                        expected,
                        stored,
                    })),
                    _ => Err(SinkError::Accounting {
                        detail: "a commit of an epoch claims no offset".to_owned(),
                    }),
                }
            }
            TableOutcome::Expired | TableOutcome::InputsGone => {
                let age_s_max = self.context.settings.batch_age_s_max;
                let overdue_us = commit
                    .expires_at_us
                    .map_or(0, |at_us| self.context.clock.now_us() - at_us);
                Ok(Some(CommitOutcome::Expired {
                    table,
                    age_s: age_s_max + overdue_us.div_euclid(US_PER_S),
                }))
            }
        }
    }

    async fn check_windows_not_ahead(&self, spans: &[PartitionSpan]) -> Result<(), SinkError> {
        self.events
            .newest(|events| {
                let mut spans = spans.iter();
                let ahead = spans.find_map(|span| {
                    let events_next = events.value(&self.offset_app_id(&span.source));
                    let is_ahead = events_next.is_none_or(|events_next| events_next < span.next);
                    is_ahead.then(|| SinkError::WindowsAhead {
                        partition: span.source.to_string(),
                        next: span.next,
                        events_next,
                    })
                });
                ahead.map_or(Ok(()), Err)
            })
            .await?
    }
}
