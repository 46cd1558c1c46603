//! The rows of `cost_windows` that commits add, as they come: of each new version only its files.
//!
//! A merge moves rows from file to file and says so (`dataChange` is false); nothing of it is read.

use std::sync::Arc;

use arrow::array::RecordBatch;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use schemas::table::Table;
use serde::Deserialize;

use super::evaluator::RollupNeed;
use super::window_columns::{COST_MEASURES, COUNT_MEASURES};
use crate::error::ReaderError;
use crate::lake::LakeReader;

/// Files that are fetched at the same time.
const FILES_IN_FLIGHT_MAX: usize = 8;
/// Looks that find nothing before it is asked whether the log went on without us.
const IDLE_LOOKS_MAX: u32 = 600;

/// A place in the log of `cost_windows`, behind which everything is new.
#[derive(Debug)]
pub struct WindowTail {
    store: Arc<dyn ObjectStore>,
    needs: Vec<RollupNeed>,
    /// The last version that was read; `None` while there is no table.
    version: Option<u64>,
    idle_looks: u32,
}

/// What a look at the log found.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TailLook {
    /// So many versions were read, or none.
    Read {
        /// Versions.
        versions: u64,
        /// Rows that were handed out.
        rows: usize,
    },
    /// Versions behind the last one that was read were cleared away: begin anew.
    Lost,
}

#[derive(Deserialize)]
struct Line {
    add: Option<AddedFile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AddedFile {
    path: String,
    partition_values: PartitionValues,
    data_change: bool,
}

#[derive(Deserialize)]
struct PartitionValues {
    rollup: Option<String>,
}

impl LakeReader {
    /// Stands behind a version of `cost_windows`, or before its first one.
    #[must_use]
    pub fn window_tail(&self, needs: &[RollupNeed], version: Option<u64>) -> WindowTail {
        WindowTail {
            store: Arc::clone(&self.inner.store),
            needs: needs.to_vec(),
            version,
            idle_looks: 0,
        }
    }
}

impl WindowTail {
    /// The last version that was read; `None` while there is no table.
    #[must_use]
    pub const fn version(&self) -> Option<u64> {
        self.version
    }

    /// Reads what was committed since the last look, and hands out the rows of the rollups that are
    /// needed, each batch with the name of its rollup. Batches of one version come together.
    ///
    /// # Errors
    /// [`ReaderError::ReadLog`] and [`ReaderError::DamagedLog`]; versions that were handed out whole
    /// stay handed out, and the next look goes on behind them.
    pub async fn look(
        &mut self,
        each: &mut (dyn FnMut(&RecordBatch, &str) -> Result<(), ReaderError> + Send),
    ) -> Result<TailLook, ReaderError> {
        let (mut versions, mut rows) = (0, 0);
        loop {
            let next = self.version.map_or(0, |version| version + 1);
            let Some(files) = self.added_files(next).await? else {
                break;
            };
            let reads = files.iter().map(|file| self.read_file(next, file));
            let reads = stream::iter(reads.collect::<Vec<_>>()).buffered(FILES_IN_FLIGHT_MAX);
            // All of a version or nothing, so that no row is handed out twice.
            let batches: Vec<(String, Vec<RecordBatch>)> = reads.try_collect().await?;
            self.version = Some(next);
            versions += 1;
            for (rollup, batch) in batches
                .iter()
                .flat_map(|(rollup, batches)| batches.iter().map(move |batch| (rollup, batch)))
            {
                rows += batch.num_rows();
                each(batch, rollup)?;
            }
        }
        if versions > 0 {
            self.idle_looks = 0;
        } else if self.is_lost().await? {
            return Ok(TailLook::Lost);
        }
        Ok(TailLook::Read { versions, rows })
    }

    /// Whether there are versions though the next one is missing. It is asked seldom: a log is kept
    /// for hours.
    async fn is_lost(&mut self) -> Result<bool, ReaderError> {
        self.idle_looks += 1;
        if self.idle_looks < IDLE_LOOKS_MAX {
            return Ok(false);
        }
        self.idle_looks = 0;
        let folder = log_path("");
        let after = self.version.map_or_else(
            || folder.clone(),
            |version| log_path(&format!("{:020}.z", version + 1)),
        );
        let mut later = self.store.list_with_offset(Some(&folder), &after);
        while let Some(file) = later.try_next().await.map_err(unreadable)? {
            let name = file.location.filename().unwrap_or_default();
            if name.ends_with(".json") || name.ends_with(".parquet") {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The files with new rows that a version added; `None` if there is no such version.
    async fn added_files(&self, version: u64) -> Result<Option<Vec<AddedFile>>, ReaderError> {
        let path = log_path(&format!("{version:020}.json"));
        let bytes = match self.store.get(&path).await {
            Ok(found) => found.bytes().await.map_err(unreadable)?,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        let damaged = |detail: String| ReaderError::DamagedLog {
            table: Table::CostWindows.name(),
            version,
            detail,
        };
        let text = std::str::from_utf8(&bytes).map_err(|error| damaged(error.to_string()))?;
        let mut files = Vec::new();
        for line in text.lines().filter(|line| line.contains("\"add\"")) {
            let line: Line =
                serde_json::from_str(line).map_err(|error| damaged(error.to_string()))?;
            files.extend(
                line.add
                    .filter(|file| file.data_change && self.is_needed(file)),
            );
        }
        Ok(Some(files))
    }

    fn is_needed(&self, file: &AddedFile) -> bool {
        let rollup = file.partition_values.rollup.as_deref();
        self.needs
            .iter()
            .any(|need| Some(need.rollup.as_str()) == rollup)
    }

    async fn read_file(
        &self,
        version: u64,
        file: &AddedFile,
    ) -> Result<(String, Vec<RecordBatch>), ReaderError> {
        let path = Path::from(format!("{}/{}", Table::CostWindows.name(), file.path));
        let bytes = async { self.store.get(&path).await?.bytes().await };
        let bytes = bytes.await.map_err(unreadable)?;
        let rollup = file.partition_values.rollup.clone().unwrap_or_default();
        let needed = self.needs.iter().find(|need| need.rollup == rollup);
        let dimensions = needed.map_or(&[][..], |need| &need.dimensions);
        let mut columns = vec!["window_start"];
        columns.extend(COST_MEASURES);
        columns.extend(COUNT_MEASURES);
        columns.extend(dimensions.iter().map(|dimension| dimension.column()));
        let damaged = |detail: String| ReaderError::DamagedLog {
            table: Table::CostWindows.name(),
            version,
            detail: format!("its file {} cannot be read: {detail}", file.path),
        };
        let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)
            .map_err(|error| damaged(error.to_string()))?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns);
        let batches = builder
            .with_projection(mask)
            .build()
            .map_err(|error| damaged(error.to_string()))?;
        let batches: Result<Vec<RecordBatch>, _> = batches.collect();
        let batches = batches.map_err(|error| damaged(error.to_string()))?;
        Ok((rollup, batches))
    }
}

fn log_path(name: &str) -> Path {
    Path::from(format!("{}/_delta_log/{name}", Table::CostWindows.name()))
}

fn unreadable(source: object_store::Error) -> ReaderError {
    ReaderError::ReadLog {
        table: Table::CostWindows.name(),
        source,
    }
}

#[cfg(test)]
mod tests;
