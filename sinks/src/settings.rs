//! What an operator may choose about the lake.

use crate::error::SinkError;

/// How the lake is written and kept.
///
/// # Units
/// Named in each field.
#[derive(Debug, Clone)]
pub struct LakeSettings {
    /// Prefix of the transactions by which tables remember offsets; two pipelines that read the
    /// same topic into the same lake need two names.
    pub pipeline: String,
    /// Who commits, for the log's reader.
    pub worker: String,
    /// Rows of a Parquet row group.
    pub row_group_rows_max: usize,
    /// Zstandard level of Parquet pages.
    pub zstd_level: i32,
    /// How long log entries are kept, seconds.
    pub log_retention_s: i64,
    /// How long files that a merge replaced are kept for running queries, seconds.
    pub deleted_file_retention_s: i64,
    /// A sealed epoch older than this is never committed, seconds: its files may already have
    /// been cleared away. At most half of `deleted_file_retention_s`.
    pub batch_age_s_max: i64,
    /// How often one commit to one table is tried.
    pub commit_attempts_max: u32,
    /// Files uploaded at a time.
    pub uploads_max: usize,
}

const DAY_S: i64 = 86_400;

impl LakeSettings {
    /// The settings that are used unless the config says otherwise.
    #[must_use]
    pub fn standard(pipeline: &str, worker: &str) -> Self {
        Self {
            pipeline: pipeline.to_owned(),
            worker: worker.to_owned(),
            row_group_rows_max: 1 << 20,
            zstd_level: 1,
            log_retention_s: DAY_S,
            deleted_file_retention_s: DAY_S,
            batch_age_s_max: DAY_S / 2,
            commit_attempts_max: 100,
            uploads_max: 8,
        }
    }

    /// Refuses settings under which the lake could lose or double rows, or could not work.
    ///
    /// # Errors
    /// [`SinkError::Settings`].
    pub fn check(&self) -> Result<(), SinkError> {
        let refuse = |detail: &str| {
            Err(SinkError::Settings {
                detail: detail.to_owned(),
            })
        };
        if self.pipeline.is_empty() || self.pipeline.contains('/') {
            return refuse("pipeline must be a name without slashes");
        }
        if crate::app_ids::is_reserved(&self.pipeline) {
            return refuse("pipeline is a name that the lake uses for its own transactions");
        }
        if self.row_group_rows_max == 0 || self.commit_attempts_max == 0 || self.uploads_max == 0 {
            return refuse("row_group_rows, commit_attempts and uploads must be at least 1");
        }
        if self.batch_age_s_max <= 0 || self.batch_age_s_max > self.deleted_file_retention_s / 2 {
            return refuse("batch_age must be at most half of deleted_file_retention");
        }
        if self.log_retention_s < 60 {
            return refuse("log_retention must be at least a minute");
        }
        Ok(())
    }
}
