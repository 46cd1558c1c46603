//! `tokenmeter run`: the worker, from Kafka into the lake.

use std::sync::Arc;

use crate::cli::options::RunOptions;
use crate::config::Config;
use crate::lake_store::open_store;
use crate::system_clock::SystemClock;
use crate::worker::pool::{Pool, RunKind};
use crate::worker::shutdown::Shutdown;
use crate::worker::{status_line, status_pages};

/// Works until a signal, or until the ends are reached.
///
/// # Errors
/// What an operator must act on.
pub(crate) async fn run(config: Config, options: RunOptions) -> anyhow::Result<()> {
    let shutdown = Shutdown::default();
    shutdown.on_signals()?;
    let store = open_store(&config.lake.url, config.lake.options.as_map())?;
    let pool = Pool::start(
        &config,
        &store,
        Arc::new(SystemClock),
        shutdown.clone(),
        if options.until_end {
            RunKind::UntilEnd
        } else {
            RunKind::Forever
        },
    )
    .await?;
    let shared = pool.shared.clone();
    if let Err(error) = status_pages::start(&config.status.listen_address, shared.clone()).await {
        shutdown.request();
        pool.wait().await?;
        return Err(error);
    }
    if status_line::is_wanted(config.worker.status_line) {
        tokio::spawn(status_line::draw(shared.clone()));
    }
    pool.wait().await?;
    let totals = shared.metrics.totals();
    tracing::info!(
        events = totals.events,
        rejects = totals.rejects,
        duplicates = totals.duplicates,
        commits = totals.commits,
        cost_usd = %totals.cost,
        "stopped; everything read is committed"
    );
    Ok(())
}
