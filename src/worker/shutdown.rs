//! The first signal ends the work cleanly, the second at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

/// The exit code of a program that a second signal ended at once: 128 + SIGINT.
const EXIT_INTERRUPTED: i32 = 130;

/// A flag that says "finish and stop", for threads and tasks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shutdown(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    requested: AtomicBool,
    notify: Notify,
}

impl Shutdown {
    /// Asks everybody to finish and stop.
    pub(crate) fn request(&self) {
        self.0.requested.store(true, Ordering::SeqCst);
        self.0.notify.notify_waiters();
    }

    /// Whether to finish and stop.
    #[must_use]
    pub(crate) fn is_requested(&self) -> bool {
        self.0.requested.load(Ordering::SeqCst)
    }

    /// Waits until it is time to finish and stop.
    pub(crate) async fn requested(&self) {
        loop {
            let notified = self.0.notify.notified();
            if self.is_requested() {
                return;
            }
            notified.await;
        }
    }

    /// Listens for SIGTERM and SIGINT.
    ///
    /// # Errors
    /// The system's error if the signals cannot be listened for.
    pub(crate) fn on_signals(&self) -> std::io::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let shutdown = self.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                shutdown.on_signal();
            }
        });
        Ok(())
    }

    fn on_signal(&self) {
        if self.is_requested() {
            tracing::warn!(
                "second signal: stopping at once; the next start goes on from the last commit"
            );
            std::process::exit(EXIT_INTERRUPTED);
        }
        tracing::info!(
            "stopping: finishing the epoch and committing it; a second signal stops at once"
        );
        self.request();
    }
}
