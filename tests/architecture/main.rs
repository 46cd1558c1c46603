//! The rules of the house that no lint knows: arrows between crates and between files, heavy
//! dependencies each in their place, a first sentence in every file.
#![allow(clippy::unwrap_used, reason = "helpers of tests are not seen as tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

mod circles;

/// Each crate of the workspace with the crates it may know.
const ARROWS: &[(&str, &[&str])] = &[
    ("schemas", &[]),
    ("ingest", &["schemas"]),
    ("aggregate", &["schemas"]),
    ("sinks", &["schemas"]),
    ("readers", &["schemas"]),
    (".", &["schemas", "ingest", "aggregate", "sinks", "readers"]),
];

/// Dependencies that are heavy, with the crates that may have them.
const HEAVY: &[(&str, &[&str])] = &[
    ("rdkafka", &["ingest"]),
    ("datafusion", &["aggregate", "readers"]),
    ("deltalake", &["sinks", "readers"]),
    ("parquet", &["sinks", "readers"]),
    ("axum", &["readers"]),
    ("clap", &["."]),
    ("reqwest", &["."]),
];

/// Files longer than this are split by meaning.
const FILE_LINES_MAX: usize = 450;

/// The checkout that cargo runs the tests of: one target folder may serve several.
fn root() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap())
}

fn dependencies(krate: &str, section: &str) -> BTreeSet<String> {
    let manifest = std::fs::read_to_string(root().join(krate).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    manifest
        .get(section)
        .and_then(toml::Value::as_table)
        .map(|table| table.keys().cloned().collect())
        .unwrap_or_default()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            rust_files(&path, found);
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}

fn all_rust_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    rust_files(&root(), &mut found);
    assert!(
        found.len() > 50,
        "the search for files looks in the wrong place"
    );
    found
}

#[test]
fn arrows_point_downwards() {
    let crates: BTreeSet<&str> = ARROWS.iter().map(|(krate, _)| *krate).collect();
    for (krate, allowed) in ARROWS {
        for dependency in dependencies(krate, "dependencies") {
            let is_ours = crates.contains(dependency.as_str());
            assert!(
                !is_ours || allowed.contains(&dependency.as_str()),
                "{krate} must not know {dependency}"
            );
        }
    }
}

#[test]
fn heavy_dependencies_stand_in_their_place() {
    for (dependency, allowed) in HEAVY {
        for (krate, _) in ARROWS {
            let has = dependencies(krate, "dependencies").contains(*dependency);
            assert!(
                !has || allowed.contains(krate),
                "{krate} must not depend on {dependency}"
            );
        }
    }
}

#[test]
fn every_file_says_what_it_is() {
    for path in all_rust_files() {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("//! "),
            "{} does not open with a sentence",
            path.display()
        );
    }
}

#[test]
fn no_file_is_too_long() {
    for path in all_rust_files() {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(
            lines <= FILE_LINES_MAX,
            "{}: {lines} lines, split it",
            path.display()
        );
    }
}
