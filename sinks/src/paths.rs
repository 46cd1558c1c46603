//! Where every object of the lake lies: all paths are built and parsed here.
//!
//! ```text
//! {table}/_delta_log/00000000000000000007.json
//! {table}/_delta_log/00000000000000000007.checkpoint.parquet
//! {table}/_delta_log/_last_checkpoint
//! {table}/date=2026-11-23/part-{uuid}.zstd.parquet
//! cost_windows/rollup=user/date=2026-11-23/part-{uuid}.zstd.parquet
//! price_books/{id}.json.zst
//! alert_dead_letters/{receiver}-{number}.json
//! reprices/{number}-{manifest id}.json
//! _preflight/{uuid}
//! ```

use object_store::path::Path;
use schemas::table::Table;
use uuid::Uuid;

const LOG_FOLDER: &str = "_delta_log";
const DATA_SUFFIX: &str = ".zstd.parquet";

/// An object of a table's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogObject {
    /// One commit.
    Commit {
        /// Its version.
        version: u64,
    },
    /// A checkpoint, or one part of it.
    Checkpoint {
        /// The version that it holds the state of.
        version: u64,
        /// Which part of how many.
        part: (u32, u32),
    },
}

/// The folder of a table, relative to the lake.
#[must_use]
pub fn table_folder(table: Table) -> Path {
    Path::from(table.name())
}

/// The folder of a table's log.
#[must_use]
pub fn log_folder(table: Table) -> Path {
    table_folder(table).join(LOG_FOLDER)
}

/// The log entry of one version.
#[must_use]
pub fn commit(table: Table, version: u64) -> Path {
    log_folder(table).join(format!("{version:020}.json"))
}

/// A checkpoint, or one part of it.
#[must_use]
pub fn checkpoint(table: Table, version: u64, (part, parts): (u32, u32)) -> Path {
    log_folder(table).join(if parts == 1 {
        format!("{version:020}.checkpoint.parquet")
    } else {
        format!("{version:020}.checkpoint.{part:010}.{parts:010}.parquet")
    })
}

/// The object that names the last checkpoint.
#[must_use]
pub fn last_checkpoint(table: Table) -> Path {
    log_folder(table).join("_last_checkpoint")
}

/// A path that sorts before all log objects of `version` and behind those of the versions below.
#[must_use]
pub fn log_offset(table: Table, version: u64) -> Path {
    log_folder(table).join(format!("{version:020}"))
}

/// What an object of the log folder is; `None` if it is neither commit nor checkpoint.
#[must_use]
pub fn parse_log_object(path: &Path) -> Option<LogObject> {
    let name = path.filename()?;
    let (version, kind) = name.split_once('.')?;
    if version.len() != 20 || !version.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let version = version.parse().ok()?;
    if kind == "json" {
        return Some(LogObject::Commit { version });
    }
    let middle = kind.strip_prefix("checkpoint")?.strip_suffix("parquet")?;
    let part = match middle.split('.').collect::<Vec<_>>().as_slice() {
        ["", ""] => (1, 1),
        ["", part, parts, ""] => (part.parse().ok()?, parts.parse().ok()?),
        _ => return None,
    };
    Some(LogObject::Checkpoint { version, part })
}

/// Where a data file lies, relative to its table: the form in which the log names it.
///
/// The folders repeat the partition values for people who look at the store; readers take the
/// values from the log. So a character that a path would have to escape becomes `_`.
#[must_use]
pub fn data_file(partition_values: &[(&'static str, String)], id: Uuid) -> String {
    let mut path = String::new();
    for (column, value) in partition_values {
        path.push_str(column);
        path.push('=');
        path.extend(value.chars().map(|character| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => character,
            _ => '_',
        }));
        path.push('/');
    }
    path.push_str("part-");
    path.push_str(&id.hyphenated().to_string());
    path.push_str(DATA_SUFFIX);
    path
}

/// Whether a path, relative to its table, is one of our data files.
#[must_use]
pub fn is_data_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_prefix("part-")
        .and_then(|rest| rest.strip_suffix(DATA_SUFFIX))
        .is_some_and(|id| Uuid::try_parse(id).is_ok())
}

/// The object of a data file.
#[must_use]
pub fn data_object(table: Table, relative: &str) -> Path {
    Path::from(format!("{}/{relative}", table.name()))
}

/// The path of an object relative to its table; `None` if it lies elsewhere.
#[must_use]
pub fn relative_to_table(table: Table, path: &Path) -> Option<String> {
    let rest = path.as_ref().strip_prefix(table.name())?;
    rest.strip_prefix('/').map(str::to_owned)
}

/// Where a price book is kept, by its whole id.
#[must_use]
pub fn price_book(id: &str) -> Path {
    Path::from("price_books").join(format!("{id}.json.zst"))
}

/// Where a change of an alert is kept that a receiver will not get.
#[must_use]
pub fn dead_letter(receiver: &str, number: i64) -> Path {
    Path::from("alert_dead_letters").join(format!("{receiver}-{number:020}.json"))
}

/// The folder of the manifests of reprices.
#[must_use]
pub fn manifests() -> Path {
    Path::from("reprices")
}

/// The manifest of a reprice: two that strive for one number have two ids.
#[must_use]
pub fn manifest(number: i64, id: i64) -> Path {
    manifests().join(format!("{number:020}-{id:016x}.json"))
}

/// Where the check of the store's conditional put writes.
#[must_use]
pub fn preflight(id: Uuid) -> Path {
    Path::from("_preflight").join(id.hyphenated().to_string())
}

#[cfg(test)]
mod tests;
