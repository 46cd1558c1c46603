//! The second half of a reprice, for whoever comes next after it stopped between its tables.

use schemas::table::Table;
use serde_json::json;
use uuid::Uuid;

use super::decision::{Standing, standing};
use super::manifest::Manifest;
use crate::app_ids;
use crate::error::SinkError;
use crate::hook::Job;
use crate::lake::Lake;
use crate::log_entry::CommitInfo;
use crate::table_log::{Claim, TableCommit, TableOutcome};

/// How the tables stand, with what finishing needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) standing: Standing,
    /// The last reprice of `events`, and its manifest.
    events: Option<i64>,
    windows: Option<i64>,
    manifest: Option<i64>,
}

impl Lake {
    /// Commits the corrections of a reprice that stopped between its two tables; whether there
    /// was one.
    ///
    /// [`Lake::open`] and [`Lake::maintain`] do this first. Any number may do it at once: one of
    /// them commits, the others find that it is done.
    ///
    /// # Errors
    /// [`SinkError::Store`] and others as they come; [`SinkError::TableDiffers`] if the tables
    /// contradict each other, which only somebody else can have brought about.
    pub async fn finish_reprice(&self) -> Result<bool, SinkError> {
        let seen = self.reprice_standing().await?;
        match seen.standing {
            Standing::Settled => Ok(false),
            Standing::HalfDone { number } => {
                let id = seen.manifest.ok_or_else(|| self.contradiction(&seen))?;
                let manifest = Manifest::get(&self.context, number, id).await?;
                tracing::info!(
                    number,
                    price_book = manifest.price_book,
                    "committing the corrections of a reprice that stopped half-way"
                );
                self.commit_corrections(&manifest).await?;
                Ok(true)
            }
            Standing::Contradiction => Err(self.contradiction(&seen)),
        }
    }

    /// How the two tables stand at their newest versions.
    pub(super) async fn reprice_standing(&self) -> Result<Seen, SinkError> {
        let (events, manifest) = self
            .events
            .newest(|events| {
                let manifest = events.value(&app_ids::reprice_manifest());
                (events.value(&app_ids::reprice(Table::Events)), manifest)
            })
            .await?;
        let app_id = app_ids::reprice(Table::CostWindows);
        let windows = self.cost_windows.newest(|windows| windows.value(&app_id));
        let windows = windows.await?;
        Ok(Seen {
            standing: standing(events, windows),
            events,
            windows,
            manifest,
        })
    }

    /// Whether `cost_windows` will still need files that it does not name yet.
    pub(crate) async fn awaits_corrections(&self) -> Result<bool, SinkError> {
        let seen = self.reprice_standing().await?;
        Ok(seen.standing != Standing::Settled)
    }

    /// Commits what a manifest names; that somebody else did so is as good.
    pub(super) async fn commit_corrections(&self, manifest: &Manifest) -> Result<(), SinkError> {
        let before = manifest.number - 1;
        let commit = TableCommit {
            job: Job::Reprice,
            claims: vec![Claim {
                app_id: app_ids::reprice(Table::CostWindows),
                source: None,
                expected: (before > 0).then_some(before),
                next: manifest.number,
            }],
            constants: Vec::new(),
            additions: Vec::new(),
            floors: Vec::new(),
            lines: manifest.adds.clone(),
            inputs: Vec::new(),
            info: CommitInfo {
                batch_id: Uuid::new_v4(),
                worker: self.context.settings.worker.clone(),
                operation: "WRITE",
                parameters: json!({
                    "mode": "Append",
                    "reprice": manifest.number.to_string(),
                    "priceBook": manifest.price_book,
                }),
                is_blind_append: true,
                accounting: Vec::new(),
            },
            // `events` has its half already, so this one is never too old.
            expires_at_us: None,
        };
        match self.cost_windows.commit(&commit).await? {
            TableOutcome::Landed { .. } => Ok(()),
            TableOutcome::Fenced { stored, .. } if stored >= Some(manifest.number) => Ok(()),
            TableOutcome::Fenced { stored, .. } => Err(self.contradiction(&Seen {
                standing: Standing::Contradiction,
                events: Some(manifest.number),
                windows: stored,
                manifest: Some(manifest.id),
            })),
            TableOutcome::InputsGone | TableOutcome::Expired => Err(SinkError::CommitGivenUp {
                table: Table::CostWindows,
                attempts: 0,
                source: None,
            }),
        }
    }

    pub(super) fn contradiction(&self, seen: &Seen) -> SinkError {
        SinkError::TableDiffers {
            table: Table::CostWindows,
            url: self.context.url.clone(),
            detail: format!(
                "it has reprice {}, events has reprice {} with manifest {:?}; restore both tables \
                 from one backup",
                seen.windows.unwrap_or(0),
                seen.events.unwrap_or(0),
                seen.manifest
            ),
        }
    }
}
