//! One live line on a terminal: rate, cost, lag, commits.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use super::lane::Shared;
use crate::config::StatusLine;
use crate::metrics::Totals;

const INTERVAL: Duration = Duration::from_millis(500);

/// Whether the line is shown.
#[must_use]
pub(crate) fn is_wanted(setting: StatusLine) -> bool {
    match setting {
        StatusLine::Always => true,
        StatusLine::Never => false,
        StatusLine::Auto => std::io::stderr().is_terminal(),
    }
}

/// Draws the line until the work stops.
pub(crate) async fn draw(shared: Shared) {
    let started = Instant::now();
    let mut last = (Instant::now(), 0);
    let mut smoothed_per_s = 0;
    while !shared.shutdown.is_requested() {
        tokio::time::sleep(INTERVAL).await;
        let totals = shared.metrics.totals();
        let now = Instant::now();
        let millis = u64::try_from((now - last.0).as_millis())
            .unwrap_or(1)
            .max(1);
        let per_s = (totals.events - last.1) * 1_000 / millis;
        smoothed_per_s = (smoothed_per_s + per_s) / 2;
        last = (now, totals.events);
        let line = text(
            &totals,
            smoothed_per_s,
            shared.progress.lag(),
            started.elapsed(),
        );
        write_line(&line);
    }
    write_line("");
}

fn write_line(line: &str) {
    let mut stderr = std::io::stderr().lock();
    // A status line that cannot be drawn is no reason to stop working.
    if write!(stderr, "\r\x1b[2K{line}")
        .and_then(|()| stderr.flush())
        .is_err()
    {
        tracing::debug!("the status line could not be drawn");
    }
}

/// The line's text.
#[must_use]
pub(crate) fn text(totals: &Totals, events_per_s: u64, lag: i64, up: Duration) -> String {
    let cost = totals.cost.to_string();
    // Four places are enough to see it move; the tables keep twelve.
    let shown = &cost[..cost.len() - 8];
    format!(
        "{}:{:02} | {} events | {events_per_s}/s | ${shown} | {} rejects | {} duplicates | lag {lag} | {} commits",
        up.as_secs() / 60,
        up.as_secs() % 60,
        totals.events,
        totals.rejects,
        totals.duplicates,
        totals.commits,
    )
}

#[cfg(test)]
mod tests;
