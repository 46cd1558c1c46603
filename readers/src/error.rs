//! What can go wrong when the lake is read, and what to do about it.

use std::error::Error;
use std::fmt;

use datafusion::error::DataFusionError;
use deltalake::DeltaTableError;
use parquet::errors::ParquetError;

/// Where in the text of a statement an error lies.
///
/// # Units
/// Both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryPosition {
    /// The line.
    pub line: u64,
    /// The character within the line.
    pub column: u64,
}

impl fmt::Display for QueryPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Why the lake could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    /// There is no table at the lake's place.
    #[error(
        "no lake at {url}: run `tokenmeter run` first, or check the lake's URL in the configuration"
    )]
    NoLake {
        /// Where a lake was looked for.
        url: String,
    },
    /// A table's newest version could not be opened.
    #[error(
        "cannot open the table `{table}` at {url}: check that the storage answers and that the credentials may read it"
    )]
    OpenTable {
        /// The table's name.
        table: &'static str,
        /// The lake's place.
        url: String,
        /// What the Delta log or the storage said.
        source: Box<DeltaTableError>,
    },
    /// A file of a table's log could not be read from storage.
    #[error(
        "cannot read the log of the table `{table}`: check that the storage answers and that the credentials may read it"
    )]
    ReadLog {
        /// The table's name.
        table: &'static str,
        /// What the storage said.
        source: object_store::Error,
    },
    /// A table's log is not what the Delta protocol says it is.
    #[error(
        "the log of the table `{table}` is damaged at version {version}: {detail}; restore the file from a backup of the storage"
    )]
    DamagedLog {
        /// The table's name.
        table: &'static str,
        /// The version at fault.
        version: u64,
        /// What is wrong with it.
        detail: String,
    },
    /// A statement that would change something.
    #[error(
        "{statement} is refused: the lake is only read here; allowed are SELECT, EXPLAIN, SHOW and DESCRIBE"
    )]
    Refused {
        /// What the statement wanted to do.
        statement: String,
    },
    /// A query that cannot be parsed, planned or run.
    #[error("{}{message}", PositionPrefix(*position))]
    Query {
        /// Where in the query, if that is known.
        position: Option<QueryPosition>,
        /// What is wrong, in one line or a few.
        message: String,
        /// The same as it came.
        source: Box<DataFusionError>,
    },
    /// A price book that the lake keeps could not be found or read.
    #[error("cannot read the lake's price book {id:?}: {detail}")]
    PriceBook {
        /// Its id, or the first digits of it.
        id: String,
        /// What was met.
        detail: String,
    },
    /// A dead letter of an alert could not be read.
    #[error("cannot read the dead letter {path:?}: {detail}")]
    DeadLetter {
        /// Where it lies in the lake, or the folder of all.
        path: String,
        /// What was met.
        detail: String,
    },
    /// A table's files and the program disagree on a column.
    #[error(
        "the column `{column}` of the table `{table}` is not as this version of tokenmeter writes it ({detail}): read the lake with the version that wrote it, or newer"
    )]
    Column {
        /// The table's name.
        table: &'static str,
        /// The column's name.
        column: String,
        /// What was met.
        detail: String,
    },
}

impl ReaderError {
    /// Whether a file vanished that the snapshot named: vacuumed or cleaned up in between.
    ///
    /// A fresh snapshot names other files, so trying once more is right.
    #[must_use]
    pub fn is_vanished_file(&self) -> bool {
        let source: Option<&(dyn Error + 'static)> = match self {
            Self::OpenTable { source, .. } => Some(source.as_ref()),
            Self::ReadLog { source, .. } => Some(source),
            Self::Query { source, .. } => Some(source.as_ref()),
            _ => None,
        };
        std::iter::successors(source, |&error| inner_error(error)).any(is_not_found)
    }
}

/// The error within one; smart pointers hide what they point to from [`Error::source`].
fn inner_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<DataFusionError>() {
        Some(DataFusionError::ObjectStore(inner)) => Some(inner.as_ref()),
        Some(DataFusionError::ParquetError(inner)) => Some(inner.as_ref()),
        Some(DataFusionError::ArrowError(inner, _)) => Some(inner.as_ref()),
        Some(DataFusionError::Shared(inner)) => Some(inner.as_ref()),
        Some(DataFusionError::Context(_, inner)) => Some(inner.as_ref()),
        _ => error.source(),
    }
}

fn is_not_found(error: &(dyn Error + 'static)) -> bool {
    if let Some(DeltaTableError::KernelError(error)) = error.downcast_ref() {
        // The kernel keeps what the storage said as text only.
        return error.to_string().contains("File not found");
    }
    if let Some(ParquetError::General(text)) = error.downcast_ref() {
        // So does a scan that fetches a file's footer.
        return text.contains("Object at location") && text.contains("not found");
    }
    matches!(
        error.downcast_ref(),
        Some(object_store::Error::NotFound { .. })
    )
}

struct PositionPrefix(Option<QueryPosition>);

impl fmt::Display for PositionPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(position) => write!(f, "{position}: "),
            None => Ok(()),
        }
    }
}
