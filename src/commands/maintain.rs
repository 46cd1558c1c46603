//! `tokenmeter maintain`: one round of merging, checkpoints and cleaning.

use std::sync::Arc;

use crate::cli::options::MaintainOptions;
use crate::config::Config;
use crate::console;
use crate::lake_store::open_store;
use crate::system_clock::SystemClock;
use crate::worker::lake_access::{maintenance_policy, open_lake};
use crate::worker::maintenance::maintain_once;
use crate::worker::memory_budget::MergeBudget;

/// Maintains the lake once and says what was done.
///
/// # Errors
/// Storage errors; the tables are as they were, or merged.
pub(crate) async fn run(config: Config, _options: MaintainOptions) -> anyhow::Result<()> {
    let store = open_store(&config.lake.url, config.lake.options.as_map())?;
    let access = open_lake(&config, &store, Arc::new(SystemClock)).await?;
    let merges = MergeBudget::alone(config.worker.memory_bytes_max);
    let report = maintain_once(&access.lake, &maintenance_policy(&config, merges)).await?;
    console::line(format!(
        "{} merges: {} files became {}, {} rows became {}; {} checkpoints; {} log objects, {} data \
         files and {} leftovers removed",
        report.merges,
        report.files_in,
        report.files_out,
        report.rows_in,
        report.rows_out,
        report.checkpoints,
        report.log_objects_deleted,
        report.data_files_deleted,
        report.leftovers_deleted
    ))?;
    Ok(())
}
