//! Deleting what a process that was killed left on its way and no table will ever name.
//!
//! Two things are in no table's folder, or in no listing of it: the object by which a start tries
//! the store (`preflight`), and on a local disk what was to become an object. The local store writes
//! to `NAME#1`, then links it to its name, and lists no such file.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use schemas::table::Table;
use url::Url;

use super::MaintenanceReport;
use super::clearing::{cutoff_ms, delete_older};
use crate::error::SinkError;
use crate::lake::Lake;
use crate::paths;

/// Deletes leftovers that are older than deleted files are kept.
pub(super) async fn clear_leftovers(
    lake: &Lake,
    report: &mut MaintenanceReport,
) -> Result<(), SinkError> {
    let cutoff_ms = cutoff_ms(&lake.context);
    let preflights = delete_older(&lake.context, &paths::preflights(), cutoff_ms).await?;
    report.leftovers_deleted += preflights;
    let Some(root) = local_root(&lake.context.url) else {
        return Ok(());
    };
    let Ok(cutoff_ms) = u64::try_from(cutoff_ms) else {
        return Ok(());
    };
    let cutoff = UNIX_EPOCH + Duration::from_millis(cutoff_ms);
    let task = tokio::task::spawn_blocking(move || {
        let folders = Table::ALL.map(paths::table_folder).into_iter();
        folders
            .chain([
                paths::preflights(),
                paths::price_books(),
                paths::manifests(),
            ])
            .try_fold(0, |deleted, folder| {
                Ok(deleted + clear_staged(&root.join(folder.as_ref()), cutoff)?)
            })
            .map_err(|error: io::Error| local_error(&root, error))
    });
    report.leftovers_deleted += task.await.map_err(SinkError::Task)??;
    Ok(())
}

/// The lake's folder, if it lies on a disk of this machine.
fn local_root(url: &str) -> Option<PathBuf> {
    let url = Url::parse(url).ok()?;
    let path = url.to_file_path().ok();
    path.filter(|_| url.scheme() == "file")
}

/// Deletes files that never got their name and were written to last before an instant; returns how
/// many.
fn clear_staged(folder: &Path, cutoff: SystemTime) -> io::Result<usize> {
    let mut deleted = 0;
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            deleted += clear_staged(&entry.path(), cutoff)?;
        } else if kind.is_file() && entry.file_name().to_str().is_some_and(paths::is_staged) {
            deleted += usize::from(remove_older(&entry.path(), cutoff)?);
        }
    }
    Ok(deleted)
}

/// Whether it was old enough, and still there.
fn remove_older(path: &Path, cutoff: SystemTime) -> io::Result<bool> {
    let removed = std::fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .and_then(|modified| {
            let is_due = modified < cutoff;
            if is_due {
                std::fs::remove_file(path)?;
            }
            Ok(is_due)
        });
    match removed {
        // It got its name meanwhile, or another maintainer was faster.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        other => other,
    }
}

fn local_error(root: &Path, error: io::Error) -> SinkError {
    let source = object_store::Error::Generic {
        store: "local disk",
        source: Box::new(error),
    };
    SinkError::store("delete what killed processes left", root.display(), source)
}
