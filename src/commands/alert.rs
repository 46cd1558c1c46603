//! `tokenmeter alert`: evaluates rules over the lake's windows as they come.

use std::sync::Arc;

use anyhow::bail;
use schemas::clock::Clock;

use crate::alerting::{pages, setup};
use crate::cli::alerts_options::AlertOptions;
use crate::config::Config;
use crate::lake_store::open_store;
use crate::metrics::alerts::AlertMetrics;
use crate::price_books;
use crate::system_clock::SystemClock;
use crate::worker::lake_access::open_lake;
use crate::worker::shutdown::Shutdown;

/// Evaluates until a signal.
///
/// # Errors
/// Rules that are refused or that no rollup feeds, and a lake that cannot be opened.
pub(crate) async fn run(config: Config, _options: AlertOptions) -> anyhow::Result<()> {
    let groups = setup::rules(&config)?;
    if groups.is_empty() {
        bail!("there are no rules: name a file with --rules or alerts.rules");
    }
    let book = price_books::load(&config.prices)?;
    let shutdown = Shutdown::default();
    shutdown.on_signals()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = open_store(&config.lake.url, config.lake.options.as_map())?;
    let access = open_lake(&config, &store, Arc::clone(&clock)).await?;
    let metrics = AlertMetrics::default();
    pages::start(&config.status.listen_address, &metrics, &shutdown).await?;
    let delivery = setup::delivery(&config, &access, &clock, &metrics, &shutdown).await?;
    let (outbox, keeper) = delivery.unzip();
    let facts_at_us = book.as_of_us();
    let evaluation = setup::evaluation(
        &config,
        groups,
        &access,
        clock,
        facts_at_us,
        metrics,
        outbox,
    );
    evaluation.run(shutdown).await;
    if let Some(keeper) = keeper {
        keeper.await?;
    }
    Ok(())
}
