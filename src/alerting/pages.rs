//! What `/metrics`, `/healthz` and `/readyz` say of an evaluator that runs by itself.

use std::sync::Arc;

use anyhow::Context;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use readers::status_server::{Health, StatusPages, serve};

use crate::metrics::alerts::AlertMetrics;
use crate::worker::shutdown::Shutdown;

struct EvaluatorPages {
    registry: Registry,
    shutdown: Shutdown,
}

impl std::fmt::Debug for EvaluatorPages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EvaluatorPages").finish_non_exhaustive()
    }
}

impl StatusPages for EvaluatorPages {
    fn metrics(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(error) => format!("# could not encode the metrics: {error}\n"),
        }
    }

    fn health(&self) -> Health {
        Health::Good
    }

    fn readiness(&self) -> Health {
        if self.shutdown.is_requested() {
            Health::Bad("stopping".to_owned())
        } else {
            Health::Good
        }
    }
}

/// Serves the pages until the evaluator stops; an empty address switches them off.
///
/// # Errors
/// The address cannot be listened on.
pub(crate) async fn start(
    address: &str,
    metrics: &AlertMetrics,
    shutdown: &Shutdown,
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
    let mut registry = Registry::with_prefix("tokenmeter");
    metrics.register(&mut registry);
    let pages = EvaluatorPages {
        registry,
        shutdown: shutdown.clone(),
    };
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        let stopped = async move { shutdown.requested().await };
        if let Err(error) = serve(listener, Arc::new(pages), stopped).await {
            tracing::warn!(%error, "the status pages broke off");
        }
    });
    Ok(())
}
