//! The HTTP pages of a worker: metrics for Prometheus, health and readiness for an orchestrator.

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tokio::net::TcpListener;

/// The media type of metrics in the OpenMetrics text format.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const NOT_STORED: (axum::http::HeaderName, &str) = (CACHE_CONTROL, "no-store");

/// Whether something is as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It is.
    Good,
    /// It is not, for this reason, told in one line.
    Bad(String),
}

/// What the pages show; asked anew for every request, so answers must come at once.
pub trait StatusPages: Debug + Send + Sync + 'static {
    /// All metrics in the OpenMetrics text format, with its `# EOF`.
    fn metrics(&self) -> String;

    /// Whether the process works at all. If not, an orchestrator restarts it: a storage that
    /// does not answer is no reason.
    fn health(&self) -> Health;

    /// Whether it does its work now: it has started up, and is not shutting down or cut off from
    /// what it needs.
    fn readiness(&self) -> Health;
}

#[derive(Serialize)]
struct HealthBody<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// Serves the pages until `shutdown` ends; requests under way are then still answered.
///
/// `GET /metrics`, `GET /healthz` and `GET /readyz` (200, or 503 with a reason in JSON), and `/`
/// with links to them.
///
/// # Errors
/// What accepting connections gives.
pub async fn serve(
    listener: TcpListener,
    pages: Arc<dyn StatusPages>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, router(pages))
        .with_graceful_shutdown(shutdown)
        .await
}

/// The pages as a router, to be served along with others.
pub fn router(pages: Arc<dyn StatusPages>) -> Router {
    Router::new()
        .route("/", get(start_page))
        .route("/metrics", get(metrics))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .with_state(pages)
}

async fn start_page() -> impl IntoResponse {
    let page = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
                <title>tokenmeter</title></head><body><h1>tokenmeter</h1><ul>\
                <li><a href=\"/metrics\">metrics</a></li>\
                <li><a href=\"/healthz\">health</a></li>\
                <li><a href=\"/readyz\">readiness</a></li>\
                </ul></body></html>\n";
    ([(CONTENT_TYPE, HTML)], page)
}

async fn metrics(State(pages): State<Arc<dyn StatusPages>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, OPEN_METRICS), NOT_STORED], pages.metrics())
}

async fn healthz(State(pages): State<Arc<dyn StatusPages>>) -> Response {
    answer(&pages.health())
}

async fn readyz(State(pages): State<Arc<dyn StatusPages>>) -> Response {
    answer(&pages.readiness())
}

fn answer(health: &Health) -> Response {
    let (code, status, reason) = match health {
        Health::Good => (StatusCode::OK, "ok", None),
        Health::Bad(reason) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            Some(reason.as_str()),
        ),
    };
    (code, [NOT_STORED], Json(HealthBody { status, reason })).into_response()
}

#[cfg(test)]
mod tests;
