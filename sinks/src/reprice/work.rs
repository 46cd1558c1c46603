//! A reprice under way: reads the facts that the decision needs, and does what it says.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use schemas::table::Table;
use schemas::time::US_PER_S;
use serde_json::json;
use uuid::Uuid;

use super::behind::{PartitionBehind, partitions_behind};
use super::decision::{EventsCommit, RepriceFacts, Standing, standing};
use super::manifest::Manifest;
use super::piece::{Piece, cut, make};
use super::rollups::check_rollups;
use super::{RepriceReport, RepriceRequest, Repricer};
use crate::app_ids;
use crate::error::SinkError;
use crate::file_set::{ActiveFile, FileSet};
use crate::hook::{CommitPoint, Job};
use crate::lake::Lake;
use crate::log_entry::CommitInfo;
use crate::log_state::LogState;
use crate::table_log::{Claim, TableCommit, TableOutcome};

/// Files whose corrections are in memory at the same time, bytes in the store.
const PIECE_BYTES_MAX: u64 = 64 << 20;
/// How often a reprice is worked out again because its files were merged meanwhile.
const PLANS_MAX: u32 = 20;
/// How often it is looked whether windows have caught up.
const BEHIND_POLL: Duration = Duration::from_millis(100);

/// `events` as it was read.
#[derive(Debug)]
struct Looked {
    state: LogState,
    files: FileSet,
    since: Instant,
}

/// A reprice under way.
#[derive(Debug)]
pub(super) struct Work<'a> {
    lake: &'a Lake,
    request: Arc<RepriceRequest>,
    /// `None` only while it works on a piece.
    repricer: Option<Box<dyn Repricer>>,
    begun_at_us: i64,
    looked: Option<Looked>,
    standing: Option<Standing>,
    pub(super) behind: Vec<PartitionBehind>,
    pieces: Vec<Piece>,
    is_planned: bool,
    plans_left: u32,
    commit: Option<EventsCommit>,
    manifest: Option<Manifest>,
    events_version: Option<u64>,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        lake: &'a Lake,
        request: RepriceRequest,
        repricer: Box<dyn Repricer>,
    ) -> Self {
        Self {
            lake,
            request: Arc::new(request),
            repricer: Some(repricer),
            begun_at_us: lake.context.clock.now_us(),
            looked: None,
            standing: None,
            behind: Vec::new(),
            pieces: Vec::new(),
            is_planned: false,
            plans_left: PLANS_MAX,
            commit: None,
            manifest: None,
            events_version: None,
        }
    }

    pub(super) fn facts(&self) -> RepriceFacts {
        let since = self.looked.as_ref().map(|looked| looked.since);
        RepriceFacts {
            is_dry_run: self.request.is_dry_run,
            standing: self.standing,
            is_behind: !self.behind.is_empty(),
            may_wait: since.is_none_or(|since| since.elapsed() < self.request.behind_wait_max),
            rows: self.is_planned.then(|| self.rows_rewritten()),
            commit: self.commit,
            plans_left: self.plans_left,
        }
    }

    fn rows_rewritten(&self) -> u64 {
        let pieces = self.pieces.iter();
        pieces.map(|piece| piece.difference.rows_rewritten).sum()
    }

    pub(super) fn report(&self) -> RepriceReport {
        let mut report = RepriceReport {
            events_version: self.events_version,
            ..RepriceReport::default()
        };
        for piece in &self.pieces {
            report.difference.add(&piece.difference);
            report.files_read += piece.files.len();
            report.files_replaced += piece.files.iter().filter(|read| read.changes).count();
        }
        report
    }

    /// Reads `events`, then how far `cost_windows` is.
    pub(super) async fn look(&mut self) -> Result<(), SinkError> {
        let (raw, state) = self.lake.events.read_whole().await?;
        let files = FileSet::of_table(Table::Events, &raw)?;
        self.looked = Some(Looked {
            state,
            files,
            since: Instant::now(),
        });
        self.compare_windows().await
    }

    /// Waits, and looks how far `cost_windows` is; `events` stays at the version read.
    pub(super) async fn wait(&mut self) -> Result<(), SinkError> {
        tokio::time::sleep(BEHIND_POLL).await;
        self.compare_windows().await
    }

    async fn compare_windows(&mut self) -> Result<(), SinkError> {
        let Some(looked) = &self.looked else {
            return Ok(());
        };
        let events = &looked.state;
        let reprices = events.value(&app_ids::reprice(Table::Events));
        let (standing, behind) = self
            .lake
            .cost_windows
            .newest(|windows| {
                let corrected = windows.value(&app_ids::reprice(Table::CostWindows));
                let behind = partitions_behind(events, windows);
                (standing(reprices, corrected), behind)
            })
            .await?;
        self.standing = Some(standing);
        self.behind = behind;
        Ok(())
    }

    pub(super) async fn finish(&mut self) -> Result<(), SinkError> {
        match &self.manifest {
            Some(manifest) if self.commit == Some(EventsCommit::Landed) => {
                self.lake.commit_corrections(manifest).await?;
                self.standing = Some(Standing::Settled);
            }
            _ => {
                self.lake.finish_reprice().await?;
                self.standing = None;
            }
        }
        Ok(())
    }

    fn at(&self, point: CommitPoint) {
        self.lake.context.hook.at(Job::Reprice, point);
    }

    /// Prices the files that no piece has yet.
    pub(super) async fn plan(&mut self) -> Result<(), SinkError> {
        self.at(CommitPoint::BeforeUpload);
        self.plans_left -= 1;
        let pieces = cut(self.files_left(), PIECE_BYTES_MAX);
        let files_total: usize = pieces.iter().map(Vec::len).sum();
        let mut files_done = 0;
        for files in pieces {
            files_done += files.len();
            let repricer = self.repricer.take().ok_or_else(repricer_lost)?;
            let made = make(self.lake, &self.request, repricer, files).await?;
            self.repricer = Some(made.0);
            self.pieces.push(made.1);
            let rows_rewritten = self.rows_rewritten();
            tracing::info!(
                files_done,
                files_total,
                rows_rewritten,
                "pricing stored events again"
            );
        }
        self.is_planned = true;
        Ok(())
    }

    /// Drops the pieces whose files are gone; returns the files that are in no piece.
    fn files_left(&mut self) -> Vec<ActiveFile> {
        let Some(looked) = &self.looked else {
            return Vec::new();
        };
        let active = &looked.files.active;
        self.pieces.retain(|piece| {
            let mut files = piece.files.iter();
            files.all(|read| active.contains_key(&read.file.path))
        });
        let known: HashSet<&str> = self
            .pieces
            .iter()
            .flat_map(|piece| &piece.files)
            .map(|read| read.file.path.as_str())
            .collect();
        let left = active.values().filter(|file| {
            self.request.selection.may_be_in(file) && !known.contains(file.path.as_str())
        });
        left.cloned().collect()
    }

    /// Forgets what is known of the tables; pieces whose files are there stay.
    pub(super) fn again(&mut self) {
        tracing::info!("files were merged or repriced meanwhile: working out the rest again");
        self.commit = None;
        self.standing = None;
        self.is_planned = false;
    }

    /// Writes the manifest, then commits to `events`.
    pub(super) async fn commit(&mut self) -> Result<(), SinkError> {
        let Some(mut looked) = self.looked.take() else {
            self.standing = None;
            return Ok(());
        };
        let app_id = app_ids::reprice(Table::Events);
        let stored = looked.state.value(&app_id);
        check_rollups(self.lake, &self.pieces).await?;
        let corrections = self.pieces.iter().flat_map(|piece| &piece.corrections);
        let manifest = Manifest::new(
            stored.unwrap_or(0) + 1,
            &self.request.price_book,
            corrections.map(|file| file.add.clone()).collect(),
        );
        self.at(CommitPoint::AfterUpload);
        manifest.put(&self.lake.context).await?;
        self.at(CommitPoint::AfterManifest);
        let claim = Claim {
            app_id,
            source: None,
            expected: stored,
            next: manifest.number,
        };
        let commit = self.events_commit(claim, &manifest);
        let outcome = self
            .lake
            .events
            .commit_on(&mut looked.state, &commit)
            .await?;
        self.commit = Some(match outcome {
            TableOutcome::Landed { version, .. } => {
                self.events_version = Some(version);
                let number = manifest.number;
                self.standing = Some(Standing::HalfDone { number });
                EventsCommit::Landed
            }
            TableOutcome::Fenced { .. } | TableOutcome::InputsGone => EventsCommit::Lost,
            TableOutcome::Expired => EventsCommit::Expired,
        });
        self.manifest = Some(manifest);
        Ok(())
    }

    fn events_commit(&self, claim: Claim, manifest: &Manifest) -> TableCommit {
        let now_us = self.lake.context.clock.now_us();
        let mut lines = Vec::new();
        let mut inputs = Vec::new();
        for read in self.pieces.iter().flat_map(|piece| &piece.files) {
            if let Some(replacement) = &read.replacement {
                lines.push(read.file.remove_line(now_us, true));
                lines.push(replacement.clone());
                inputs.push(read.file.path.clone());
            }
        }
        let settings = &self.lake.context.settings;
        TableCommit {
            job: Job::Reprice,
            claims: vec![claim],
            constants: vec![(app_ids::reprice_manifest(), manifest.id)],
            additions: Vec::new(),
            floors: Vec::new(),
            lines,
            inputs,
            info: self.commit_info(manifest),
            expires_at_us: Some(self.begun_at_us + settings.batch_age_s_max * US_PER_S),
        }
    }

    /// Who repriced what, with the totals before and after: the audit.
    fn commit_info(&self, manifest: &Manifest) -> CommitInfo {
        let difference = self.report().difference;
        let total = difference.total;
        CommitInfo {
            batch_id: Uuid::new_v4(),
            worker: self.lake.context.settings.worker.clone(),
            operation: "UPDATE",
            parameters: json!({
                "predicate": self.request.selection.predicate(),
                "reprice": manifest.number.to_string(),
                "priceBook": manifest.price_book,
                "rows": total.rows.to_string(),
                "rowsChanged": total.rows_changed.to_string(),
                "rowsRewritten": difference.rows_rewritten.to_string(),
                "oldCostUsd": total.old_cost.to_string(),
                "newCostUsd": total.new_cost.to_string(),
                "oldUnpriced": total.old_unpriced.to_string(),
                "newUnpriced": total.new_unpriced.to_string(),
            }),
            is_blind_append: false,
            accounting: Vec::new(),
        }
    }
}

/// A repricer is handed back with each piece.
fn repricer_lost() -> SinkError {
    SinkError::Reprice("a piece did not hand the repricer back".into())
}
