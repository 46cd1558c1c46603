//! What may fail in the lake, and who must act.

use std::error::Error as StdError;
use std::io;

use arrow::error::ArrowError;
use object_store::path::Path;
use parquet::errors::ParquetError;
use schemas::table::Table;

/// What the caller does about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryHint {
    /// Try again, a little later each time.
    Backoff,
    /// Tell an operator; trying again helps only once they have acted (storage full, access
    /// refused, a table changed by others).
    Operator,
    /// Never: the same call fails again.
    Never,
}

/// An error of the lake.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// The object store failed.
    #[error("{act} at {path}")]
    Store {
        /// What was tried.
        act: &'static str,
        /// Where.
        path: String,
        /// Why it failed.
        #[source]
        source: object_store::Error,
    },
    /// Parquet could not be written or read.
    #[error("{act}")]
    Parquet {
        /// What was tried.
        act: &'static str,
        /// Why it failed.
        #[source]
        source: ParquetError,
    },
    /// Rows could not be converted.
    #[error("{act}")]
    Arrow {
        /// What was tried.
        act: &'static str,
        /// Why it failed.
        #[source]
        source: ArrowError,
    },
    /// The Delta library failed.
    #[error("{act} of table {}", table.name())]
    Delta {
        /// What was tried.
        act: &'static str,
        /// On which table.
        table: Table,
        /// Why it failed.
        #[source]
        source: Box<deltalake::DeltaTableError>,
    },
    /// A log entry or checkpoint of a table cannot be understood.
    #[error("unreadable log of table {} at {path}: {detail}", table.name())]
    UnreadableLog {
        /// Whose log.
        table: Table,
        /// Which object.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The store does not refuse to create an object twice, so commits could overwrite each other.
    #[error(
        "the store at {url} does not refuse to create an object that exists ({detail}); \
         the lake needs conditional put (for S3: conditional_put = etag)"
    )]
    NoConditionalPut {
        /// The lake.
        url: String,
        /// What was seen.
        detail: String,
    },
    /// A table is not one that we can write to.
    #[error("table {} at {url} does not fit: {detail}", table.name())]
    TableDiffers {
        /// Which table.
        table: Table,
        /// The lake.
        url: String,
        /// What is different.
        detail: String,
    },
    /// The settings contradict each other or cannot be used.
    #[error("bad lake settings: {detail}")]
    Settings {
        /// What is wrong.
        detail: String,
    },
    /// A commit was tried as often as allowed, and did not land.
    #[error("commit to table {} was tried {attempts} times", table.name())]
    CommitGivenUp {
        /// Which table.
        table: Table,
        /// How often.
        attempts: u32,
        /// The last failure; `None` if other writers were faster each time.
        #[source]
        source: Option<Box<SinkError>>,
    },
    /// The rows handed in and the spans that account for them disagree.
    #[error("rows and spans disagree: {detail}")]
    Accounting {
        /// How.
        detail: String,
    },
    /// Window rows were to be committed for offsets that `events` does not have.
    #[error("windows of {partition} up to offset {next}, but events end at {events_next:?}")]
    WindowsAhead {
        /// The partition.
        partition: String,
        /// How far the windows would go.
        next: i64,
        /// How far `events` is.
        events_next: Option<i64>,
    },
    /// Pricing stored events again failed.
    #[error("pricing stored events again")]
    Reprice(#[source] Box<dyn StdError + Send + Sync>),
    /// A file has columns that are not ours, so it cannot be written anew.
    #[error(
        "file {path} of table {} has columns that tokenmeter did not write; rewriting it would \
         lose them, so take them out of the table first",
        table.name()
    )]
    ForeignColumns {
        /// Which table.
        table: Table,
        /// Which file, relative to the table.
        path: String,
    },
    /// The rollups that corrections go to are not those that the windows of a day have.
    #[error(
        "the rollups of {date} are not those of the configuration (not configured: [{unknown}]; \
         not in the lake: [{absent}]): reprice with the rollups with which these windows were \
         written, and days on which rollups changed apart from others"
    )]
    RollupsDiffer {
        /// The UTC day.
        date: String,
        /// Rollups of the lake that would get no corrections.
        unknown: String,
        /// Rollups that would get corrections and have no windows.
        absent: String,
    },
    /// The manifest of a reprice cannot be understood.
    #[error("unreadable manifest at {path}: {detail}")]
    UnreadableManifest {
        /// Which object.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// Zstandard failed.
    #[error("packing a price book")]
    Compress(#[source] io::Error),
    /// Merging the parts of windows failed.
    #[error("merging window parts")]
    MergeWindows(#[source] Box<dyn StdError + Send + Sync>),
    /// A background task ended without a result.
    #[error("background task of the lake ended")]
    Task(#[source] tokio::task::JoinError),
}

impl SinkError {
    pub(crate) fn store(
        act: &'static str,
        path: impl ToString,
        source: object_store::Error,
    ) -> Self {
        Self::Store {
            act,
            path: path.to_string(),
            source,
        }
    }

    pub(crate) fn unreadable_log(table: Table, path: &Path, detail: impl ToString) -> Self {
        Self::UnreadableLog {
            table,
            path: path.to_string(),
            detail: detail.to_string(),
        }
    }

    pub(crate) fn parquet(act: &'static str) -> impl Fn(ParquetError) -> Self {
        move |source| Self::Parquet { act, source }
    }

    pub(crate) fn arrow(act: &'static str) -> impl Fn(ArrowError) -> Self {
        move |source| Self::Arrow { act, source }
    }

    /// Whether trying again may help, and who must act.
    #[must_use]
    pub fn retry(&self) -> RetryHint {
        match self {
            Self::Store { source, .. } => store_hint(source),
            Self::Delta { source, .. } => delta_hint(source),
            Self::CommitGivenUp { source, .. } => source
                .as_ref()
                .map_or(RetryHint::Backoff, |source| source.retry()),
            Self::NoConditionalPut { .. }
            | Self::TableDiffers { .. }
            | Self::UnreadableLog { .. }
            | Self::UnreadableManifest { .. }
            | Self::RollupsDiffer { .. }
            | Self::ForeignColumns { .. } => RetryHint::Operator,
            Self::Task(_) => RetryHint::Backoff,
            Self::Parquet { .. }
            | Self::Arrow { .. }
            | Self::Settings { .. }
            | Self::Accounting { .. }
            | Self::WindowsAhead { .. }
            | Self::Reprice(_)
            | Self::Compress(_)
            | Self::MergeWindows(_) => RetryHint::Never,
        }
    }
}

fn delta_hint(error: &deltalake::DeltaTableError) -> RetryHint {
    match error {
        deltalake::DeltaTableError::ObjectStore { source } => store_hint(source),
        other => io_hint(other),
    }
}

fn store_hint(error: &object_store::Error) -> RetryHint {
    match error {
        object_store::Error::PermissionDenied { .. }
        | object_store::Error::Unauthenticated { .. }
        | object_store::Error::NotSupported { .. }
        | object_store::Error::NotImplemented { .. }
        | object_store::Error::UnknownConfigurationKey { .. } => RetryHint::Operator,
        object_store::Error::InvalidPath { .. } => RetryHint::Never,
        other => io_hint(other),
    }
}

/// Whether the chain of sources has an operating system's error that only an operator ends.
fn io_hint(error: &(dyn StdError + 'static)) -> RetryHint {
    if advice(error).is_some() {
        RetryHint::Operator
    } else {
        RetryHint::Backoff
    }
}

/// What an operator does about an error of storage, where that is known: looks through the chain
/// of its sources.
#[must_use]
pub fn advice(error: &(dyn StdError + 'static)) -> Option<&'static str> {
    let mut cause = Some(error);
    while let Some(current) = cause {
        let advice = match current.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => Some(
                "free space on the lake's disk or make it larger, and start again: nothing is lost",
            ),
            Some(io::ErrorKind::ReadOnlyFilesystem) => {
                Some("make the lake's disk writable, and start again: nothing is lost")
            }
            Some(io::ErrorKind::PermissionDenied) => Some(ACCESS_ADVICE),
            _ => current
                .downcast_ref::<object_store::Error>()
                .and_then(access_advice),
        };
        if advice.is_some() {
            return advice;
        }
        cause = current.source();
    }
    None
}

const ACCESS_ADVICE: &str = "give this user the right to list, read, create and delete in the lake, and start again: \
     nothing is lost";

fn access_advice(error: &object_store::Error) -> Option<&'static str> {
    let is_refused = matches!(
        error,
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. }
    );
    is_refused.then_some(ACCESS_ADVICE)
}

#[cfg(test)]
mod tests;
