//! `tokenmeter backfill`: files of events straight into the lake, exactly once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aggregate::pricing::Pricer;
use aggregate::window_fold::{FoldOptions, WindowFold};
use anyhow::bail;
use ingest::file_source::{FileReader, FileSettings, file_source};
use schemas::clock::Clock;
use schemas::position::{PartitionSpan, SourcePartition};
use schemas::price_book::PriceBook;
use sinks::{CommitOutcome, LakeSettings};
use tokio::runtime::Handle;

use crate::cli::options::BackfillOptions;
use crate::config::Config;
use crate::console;
use crate::lake_store::open_store;
use crate::price_books;
use crate::system_clock::SystemClock;
use crate::worker::assignment::{rebuild_dedup, resume};
use crate::worker::committer::InFlight;
use crate::worker::epoch::{Epoch, EpochLimits};
use crate::worker::lake_access::{LakeAccess, lake_settings, open_lake};
use crate::worker::pool::{decode_options, dedup_limits, memory_budget};
use crate::worker::shutdown::Shutdown;

/// How long an epoch of a backfill stays open: nobody waits for freshness, and files are better
/// large.
const EPOCH_AGE_MAX: Duration = Duration::from_secs(60);

/// What was done with one file.
#[derive(Debug, Default, Clone, Copy)]
struct Done {
    events: i64,
    rejects: i64,
    duplicates: i64,
    skipped_bytes: i64,
}

/// Reads files into the lake; what the lake already has of them is skipped.
///
/// # Errors
/// A file that cannot be read, or a lake that cannot be written.
pub(crate) async fn run(config: Config, options: BackfillOptions) -> anyhow::Result<()> {
    let shutdown = Shutdown::default();
    shutdown.on_signals()?;
    let prices = Arc::new(price_books::load(&config.prices)?);
    let store = open_store(&config.lake.url, config.lake.options.as_map())?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let access = open_lake(&config, &store, Arc::clone(&clock)).await?;
    let backfill = Backfill {
        settings: lake_settings(&config),
        prices,
        runtime: Handle::current(),
        config,
        access,
        clock,
        shutdown,
    };
    backfill.access.keep_book(&backfill.prices).await?;
    tokio::task::spawn_blocking(move || backfill.files(&options.files)).await?
}

impl Done {
    fn add(&mut self, spans: &[PartitionSpan]) {
        for span in spans {
            self.events += span.events;
            self.rejects += span.rejects;
            self.duplicates += span.duplicates;
        }
    }
}

struct Backfill {
    config: Config,
    settings: LakeSettings,
    access: LakeAccess,
    prices: Arc<PriceBook>,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
    runtime: Handle,
}

impl Backfill {
    fn files(&self, files: &[PathBuf]) -> anyhow::Result<()> {
        for (index, path) in files.iter().enumerate() {
            if self.shutdown.is_requested() {
                bail!("stopped before {}; run again to go on", path.display());
            }
            let done = self.file(path)?;
            console::line(format!(
                "[{}/{}] {}: {} events, {} rejects, {} duplicates, {} bytes were in the lake already",
                index + 1,
                files.len(),
                path.display(),
                done.events,
                done.rejects,
                done.duplicates,
                done.skipped_bytes
            ))?;
        }
        Ok(())
    }

    fn file(&self, path: &Path) -> anyhow::Result<Done> {
        let source = file_source(path)?;
        let mut fold = WindowFold::new(self.config.rollups.clone(), FoldOptions::default())?;
        let resumptions = self.runtime.block_on(resume(
            &self.access,
            std::slice::from_ref(&source),
            |_| Ok(0),
            &mut fold,
        ))?;
        let Some(resumption) = resumptions.into_iter().next() else {
            bail!("the lake does not know {source}");
        };
        let start = resumption.start.offset;
        let dedup = dedup_limits(&self.config, memory_budget(&self.config, 1));
        let horizon_s = dedup.horizon_s;
        let settings = FileSettings {
            batch_rows_max: self.config.worker.poll_rows_max,
            decode: decode_options(&self.config),
            dedup,
        };
        let mut reader = FileReader::open(
            path,
            &source,
            start,
            resumption.start.rejected_before,
            settings,
        )?;
        // A line's own time is all that is known of when it was sent, so the whole file counts.
        self.runtime.block_on(rebuild_dedup(
            &self.access.reader,
            reader.dedup(),
            &BTreeMap::from([(source.clone(), start)]),
            horizon_s,
        ))?;
        let mut done = Done {
            skipped_bytes: start,
            ..Done::default()
        };
        self.lines(
            &mut reader,
            &source,
            resumption.rejects_next,
            &mut fold,
            &mut done,
        )?;
        Ok(done)
    }

    fn lines(
        &self,
        reader: &mut FileReader,
        source: &SourcePartition,
        rejects_next: i64,
        fold: &mut WindowFold,
        done: &mut Done,
    ) -> anyhow::Result<()> {
        let limits = EpochLimits {
            age_max: EPOCH_AGE_MAX,
            bytes_max: self.config.worker.epoch_encoded_bytes_max,
        };
        let mut pricer = Pricer::new(Arc::clone(&self.prices));
        let mut epoch = Epoch::new(&self.settings)?;
        let mut rejects_next = BTreeMap::from([(source.clone(), rejects_next)]);
        loop {
            let batch = if self.shutdown.is_requested() {
                None
            } else {
                reader.read()?
            };
            if let Some(batch) = &batch {
                epoch.absorb(batch, &mut pricer, fold, self.clock.now_us())?;
                done.add(&batch.spans);
            }
            if (batch.is_none() && !epoch.is_empty()) || epoch.is_due(limits, fold.memory_bytes()) {
                let full = std::mem::replace(&mut epoch, Epoch::new(&self.settings)?);
                self.commit(full, fold, &mut rejects_next)?;
            }
            if batch.is_none() {
                return Ok(());
            }
        }
    }

    fn commit(
        &self,
        epoch: Epoch,
        fold: &mut WindowFold,
        rejects_next: &mut BTreeMap<SourcePartition, i64>,
    ) -> anyhow::Result<()> {
        let sealed = epoch.seal(fold, Vec::new(), rejects_next, self.clock.now_us())?;
        let lake = self.access.lake.clone();
        let finished = InFlight::start(&self.runtime, lake, sealed, None, self.shutdown.clone())
            .wait(&self.runtime)?;
        match finished.outcome {
            CommitOutcome::Committed(report) => {
                rejects_next.extend(report.rejects_next);
                Ok(())
            }
            CommitOutcome::Expired { age_s, .. } => {
                bail!("an epoch waited {age_s} s for its commit; run this again")
            }
            CommitOutcome::Fenced { .. } => bail!(
                "another backfill is reading the same file; nothing was doubled, and running this \
                 again goes on from where the other one is"
            ),
        }
    }
}
