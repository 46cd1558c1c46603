//! What `/metrics`, `/healthz` and `/readyz` say of an evaluator that runs by itself.

use std::sync::Arc;

use prometheus_client::registry::Registry;
use readers::status_server::{Health, StatusPages};

use crate::metrics::alerts::AlertMetrics;
use crate::metrics::rendered;
use crate::worker::shutdown::Shutdown;
use crate::worker::status_pages::serve_until_stopped;

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
        rendered(&self.registry)
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
    let mut registry = Registry::with_prefix("tokenmeter");
    metrics.register(&mut registry);
    let pages = EvaluatorPages {
        registry,
        shutdown: shutdown.clone(),
    };
    serve_until_stopped(address, Arc::new(pages), shutdown.clone()).await
}
