//! What a seed, an epoch or a catch-up asks of each table.

use schemas::position::{PartitionSpan, SourcePartition};
use schemas::table::Table;
use schemas::time::US_PER_S;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app_ids::{self, Count};
use crate::encode::EncodedFile;
use crate::epoch::SealedEpoch;
use crate::log_entry::CommitInfo;
use crate::table_log::{Claim, TableCommit};

use super::Lake;

impl Lake {
    pub(super) fn seed_commit(
        &self,
        table: Table,
        starts: &[&(SourcePartition, i64)],
    ) -> TableCommit {
        let claims = starts.iter().map(|(source, start)| Claim {
            app_id: self.offset_app_id(source),
            source: Some(source.clone()),
            expected: None,
            next: *start,
        });
        let now_us = self.context.clock.now_us();
        let mut commit = self.append(claims.collect(), Uuid::new_v4(), now_us);
        if table == Table::Events {
            for (source, start) in starts {
                commit.constants.push((app_ids::seed(source), *start));
                let counts = Count::ALL
                    .into_iter()
                    .map(|what| app_ids::count(what, source));
                commit.additions.extend(counts.map(|app_id| (app_id, 0)));
            }
        }
        commit
    }

    /// The commits of an epoch in their order.
    pub(super) fn epoch_commits(
        &self,
        epoch: &SealedEpoch,
        has_news: bool,
    ) -> Vec<(Table, TableCommit)> {
        let commit = |table, claims| TableCommit {
            lines: add_lines(&epoch.files, table, epoch.sealed_at_us),
            ..self.append(claims, epoch.batch_id, epoch.sealed_at_us)
        };
        let mut commits = Vec::new();
        if !epoch.rejects_claims.is_empty() {
            let claims = epoch.rejects_claims.iter().map(|claim| Claim {
                app_id: self.offset_app_id(&claim.source),
                source: Some(claim.source.clone()),
                expected: Some(claim.expected),
                next: claim.next,
            });
            commits.push((Table::Rejects, commit(Table::Rejects, claims.collect())));
        }
        let mut events = commit(Table::Events, self.span_claims(&epoch.spans));
        for span in &epoch.spans {
            let added = Count::ALL.into_iter().map(|what| {
                let app_id = app_ids::count(what, &span.source);
                (app_id, what.of(span))
            });
            events.additions.extend(added);
        }
        let marks = epoch.watermarks.iter();
        events.floors = marks
            .map(|(source, mark_ms)| (app_ids::watermark(source), *mark_ms))
            .collect();
        events.info.accounting = epoch.spans.iter().map(accounting_json).collect();
        commits.push((Table::Events, events));
        if has_news {
            let claims = self.span_claims(&epoch.spans);
            commits.push((Table::CostWindows, commit(Table::CostWindows, claims)));
        }
        commits
    }

    pub(super) fn span_claims(&self, spans: &[PartitionSpan]) -> Vec<Claim> {
        let claims = spans.iter().map(|span| Claim {
            app_id: self.offset_app_id(&span.source),
            source: Some(span.source.clone()),
            expected: Some(span.start),
            next: span.next,
        });
        claims.collect()
    }

    /// A commit that appends, still without files.
    pub(crate) fn append(
        &self,
        claims: Vec<Claim>,
        batch_id: Uuid,
        begun_at_us: i64,
    ) -> TableCommit {
        let settings = &self.context.settings;
        TableCommit {
            claims,
            constants: Vec::new(),
            additions: Vec::new(),
            floors: Vec::new(),
            lines: Vec::new(),
            inputs: Vec::new(),
            info: CommitInfo {
                batch_id,
                worker: settings.worker.clone(),
                operation: "STREAMING UPDATE",
                parameters: json!({
                    "outputMode": "Append",
                    "queryId": settings.pipeline,
                    "epochId": batch_id.hyphenated().to_string(),
                }),
                is_blind_append: true,
                accounting: Vec::new(),
            },
            expires_at_us: Some(begun_at_us + settings.batch_age_s_max * US_PER_S),
        }
    }
}

pub(crate) fn add_lines(files: &[EncodedFile], table: Table, modified_at_us: i64) -> Vec<String> {
    let files = files.iter().filter(|file| file.table == table);
    files
        .map(|file| file.add_line(modified_at_us, true))
        .collect()
}

/// What became of a span's messages, for `commitInfo`.
fn accounting_json(span: &PartitionSpan) -> Value {
    json!({
        "source": span.source.to_string(),
        "start": span.start,
        "next": span.next,
        "events": span.events,
        "rejects": span.rejects,
        "duplicates": span.duplicates,
        "tombstones": span.tombstones,
        "gaps": span.gaps,
        "expired": span.expired,
    })
}
