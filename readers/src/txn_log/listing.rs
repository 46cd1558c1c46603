//! What a listing of a Delta log folder says: which commits and checkpoints there are.

use std::collections::BTreeMap;

use object_store::ObjectMeta;

/// The files of a log folder, from some version on.
#[derive(Debug, Default)]
pub(super) struct Listing {
    commits: Vec<u64>,
    /// By version and name without its part: the declared number of parts, and those listed.
    checkpoints: BTreeMap<(u64, String), (usize, Vec<ObjectMeta>)>,
}

/// A checkpoint all of whose parts are there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Checkpoint {
    pub(super) version: u64,
    pub(super) parts: Vec<ObjectMeta>,
}

/// A run of commits.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tail {
    /// The commits, ascending without a gap.
    pub(super) versions: Vec<u64>,
    /// The first version that should be there and is not.
    pub(super) missing: Option<u64>,
}

impl Tail {
    pub(super) const fn is_whole(&self) -> bool {
        self.missing.is_none()
    }
}

enum LogFile {
    Commit(u64),
    Checkpoint {
        version: u64,
        name: String,
        parts: usize,
    },
}

impl Listing {
    /// Sorts out a listing, in whatever order it comes.
    pub(super) fn of(files: Vec<ObjectMeta>) -> Self {
        let mut listing = Self::default();
        for file in files {
            match file.location.filename().and_then(parse_name) {
                Some(LogFile::Commit(version)) => listing.commits.push(version),
                Some(LogFile::Checkpoint {
                    version,
                    name,
                    parts,
                }) => {
                    let entry = listing.checkpoints.entry((version, name));
                    entry.or_insert((parts, Vec::new())).1.push(file);
                }
                None => {}
            }
        }
        listing.commits.sort_unstable();
        listing
    }

    pub(super) fn has_commit(&self, version: u64) -> bool {
        self.commits.binary_search(&version).is_ok()
    }

    /// The newest whole checkpoint, not newer than `version`.
    pub(super) fn newest_checkpoint(&self, version: Option<u64>) -> Option<Checkpoint> {
        let whole = self
            .checkpoints
            .iter()
            .rev()
            .find(|((at, _), (parts, files))| {
                version.is_none_or(|version| *at <= version) && *parts == files.len()
            });
        whole.map(|((version, _), (_, files))| Checkpoint {
            version: *version,
            parts: files.clone(),
        })
    }

    /// The commits behind `after`, up to `version` or to the newest.
    pub(super) fn commits_after(&self, after: u64, version: Option<u64>) -> Tail {
        self.tail(after + 1, version)
    }

    /// The commits from version 0, up to `version` or to the newest.
    pub(super) fn all_commits(&self, version: Option<u64>) -> Tail {
        self.tail(0, version)
    }

    fn tail(&self, from: u64, version: Option<u64>) -> Tail {
        let wanted =
            |&commit: &u64| commit >= from && version.is_none_or(|version| commit <= version);
        let mut next = from;
        let mut versions = Vec::new();
        for commit in self.commits.iter().copied().filter(wanted) {
            if commit != next {
                return Tail {
                    versions,
                    missing: Some(next),
                };
            }
            versions.push(commit);
            next += 1;
        }
        let missing = version.filter(|&version| version >= next).map(|_| next);
        Tail { versions, missing }
    }
}

/// Reads a file's name: `{version}.json`, `{version}.checkpoint.parquet`,
/// `{version}.checkpoint.{part}.{parts}.parquet` or `{version}.checkpoint.{uuid}.parquet`.
fn parse_name(name: &str) -> Option<LogFile> {
    let (version, rest) = name.split_once('.')?;
    if version.len() != 20 || !version.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let version = version.parse().ok()?;
    if rest == "json" {
        return Some(LogFile::Commit(version));
    }
    let middle = rest.strip_prefix("checkpoint.")?;
    let (name, parts) = match middle.split('.').collect::<Vec<_>>()[..] {
        ["parquet"] => (String::new(), 1),
        [uuid, "parquet"] => (uuid.to_owned(), 1),
        [_, parts, "parquet"] => (format!("of {parts}"), parts.parse().ok()?),
        _ => return None,
    };
    Some(LogFile::Checkpoint {
        version,
        name,
        parts,
    })
}
