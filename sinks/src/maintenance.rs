//! Keeping the tables small: merging files, checkpoints, clearing what nobody reads.
//!
//! A merge is a commit of ours like any other: it carries the transaction `maintenance/{table}`
//! with the next number, so of two maintainers one is fenced; it removes and adds with
//! `dataChange = false`, so no reader of changes sees it; and before each put it knows every file
//! that was removed since its inputs were listed, so an input that somebody else replaced is never
//! replaced twice. Workers append meanwhile and notice nothing: a merge claims no partition.

use std::error::Error;
use std::sync::Arc;

use arrow::array::RecordBatch;
use schemas::table::Table;

use crate::error::SinkError;
use crate::lake::Lake;

mod clearing;
mod merge;
mod merge_plan;

/// Merges the parts of windows: rows of `cost_windows` in, as many or fewer rows with the same
/// sums out.
///
/// # Shape
/// In and out: rows of [`schemas::window_rows::window_schema`], all of one rollup.
pub type MergeWindows =
    dyn Fn(&[RecordBatch]) -> Result<RecordBatch, Box<dyn Error + Send + Sync>> + Send + Sync;

/// What maintenance does, and how much of it at a time.
#[derive(Debug, Clone)]
pub struct MaintenancePolicy {
    /// Files smaller than this are merged, bytes.
    pub file_bytes_target: u64,
    /// So many files of one partition and about one size are merged, no fewer; at least 2.
    pub merge_files_min: usize,
    /// Files of days that lie so far back are merged as soon as there are two, days.
    pub settled_days: i32,
    /// Files read for one merge of any table but `cost_windows`, bytes in the store. They stream, so
    /// memory holds them encoded, once as read and once as written.
    pub merge_bytes_max: u64,
    /// Files read for one merge of `cost_windows`, bytes in the store. Their rows are all in
    /// memory at once, about twenty times as large.
    pub window_merge_bytes_max: u64,
    /// Merges of one table in one run.
    pub merges_max: usize,
    /// A checkpoint is written when so many entries lie behind the last one.
    pub checkpoint_commits_min: u64,
    /// Whether data files that no version within the retention names are deleted: this lists the
    /// tables' folders.
    pub clear_files: bool,
}

impl MaintenancePolicy {
    /// The policy that is used unless the config says otherwise.
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            file_bytes_target: 64 << 20,
            merge_files_min: 8,
            settled_days: 2,
            merge_bytes_max: 128 << 20,
            window_merge_bytes_max: 16 << 20,
            merges_max: 64,
            checkpoint_commits_min: 50,
            clear_files: true,
        }
    }
}

/// What one run of maintenance did.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MaintenanceReport {
    /// Merges committed.
    pub merges: usize,
    /// Merges dropped, because somebody else changed the table meanwhile.
    pub merges_dropped: usize,
    /// Files that merges replaced.
    pub files_in: usize,
    /// Files that merges wrote.
    pub files_out: usize,
    /// Rows of the files that merges replaced.
    pub rows_in: usize,
    /// Rows of the files that merges wrote: fewer for windows, else as many.
    pub rows_out: usize,
    /// Checkpoints written.
    pub checkpoints: usize,
    /// Log entries and old checkpoints deleted.
    pub log_objects_deleted: usize,
    /// Data files deleted.
    pub data_files_deleted: usize,
    /// Manifests of reprices deleted.
    pub manifests_deleted: usize,
}

impl Lake {
    /// Finishes a reprice that stopped half-way, merges files, writes checkpoints, clears away what
    /// nobody reads.
    ///
    /// Any number of maintainers may run at once: the work is not done twice, and at worst some
    /// of it is dropped.
    ///
    /// # Errors
    /// [`SinkError::MergeWindows`] if merged windows would not sum up to what they were made of;
    /// [`SinkError::Store`] and others as they come. What was done before stays done.
    pub async fn maintain(
        &self,
        merge: &Arc<MergeWindows>,
        policy: &MaintenancePolicy,
    ) -> Result<MaintenanceReport, SinkError> {
        let mut report = MaintenanceReport::default();
        // First, so that clearing meets no file that a manifest still needs: a reprice that commits
        // later has put its files less than half of the retention ago.
        self.finish_reprice().await?;
        self.find_alerts().await?;
        for log in Table::ALL.into_iter().filter_map(|table| self.log(table)) {
            merge::merge_files(log, merge, policy, &mut report).await?;
            clearing::checkpoint(log, policy, &mut report).await?;
            clearing::clear_log(log, &mut report).await?;
            if policy.clear_files {
                clearing::clear_files(log, &mut report).await?;
            }
        }
        clearing::clear_manifests(self, &mut report).await?;
        Ok(report)
    }
}
