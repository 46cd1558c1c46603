//! What `/metrics`, `/healthz` and `/readyz` say of a worker.

use std::sync::Arc;

use anyhow::Context;
use readers::status_server::{Health, StatusPages, serve};

use super::lane::Shared;
use super::shutdown::Shutdown;

#[derive(Debug)]
struct WorkerPages(Shared);

impl StatusPages for WorkerPages {
    fn metrics(&self) -> String {
        self.0.metrics.render()
    }

    fn health(&self) -> Health {
        Health::Good
    }

    fn readiness(&self) -> Health {
        if self.0.shutdown.is_requested() {
            return Health::Bad("stopping".to_owned());
        }
        if self.0.metrics.is_ready() {
            Health::Good
        } else {
            Health::Bad("no partition is being read yet".to_owned())
        }
    }
}

/// Serves the pages of a worker until it stops; an empty address switches them off.
///
/// # Errors
/// The address cannot be listened on.
pub(crate) async fn start(address: &str, shared: Shared) -> anyhow::Result<()> {
    let shutdown = shared.shutdown.clone();
    serve_until_stopped(address, Arc::new(WorkerPages(shared)), shutdown).await
}

/// Serves pages until the program stops; an empty address switches them off.
///
/// # Errors
/// The address cannot be listened on.
pub(crate) async fn serve_until_stopped(
    address: &str,
    pages: Arc<dyn StatusPages>,
    shutdown: Shutdown,
) -> anyhow::Result<()> {
    if address.is_empty() {
        return Ok(());
    }
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .with_context(|| {
            format!(
                "could not listen on {address}: set status.listen_address to a free one, or to \"\""
            )
        })?;
    tracing::info!(address = %listener.local_addr()?, "serving /metrics, /healthz and /readyz");
    tokio::spawn(async move {
        let stopped = async move { shutdown.requested().await };
        if let Err(error) = serve(listener, pages, stopped).await {
            tracing::warn!(%error, "the status pages broke off");
        }
    });
    Ok(())
}
