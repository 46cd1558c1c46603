//! Lines of plain and packed files, told by their content.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::replay::source::{LineFormat, Source};

const TEXT: &[u8] = b"one\r\n\ntwo\nthree";

fn check(name: &str, bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let mut lines = Source::of_path(&path).open().unwrap();
    assert_eq!(lines.format(), LineFormat::Ndjson);
    let mut found = Vec::new();
    while let Some(line) = lines.next().unwrap() {
        found.push(String::from_utf8(line).unwrap());
    }
    assert_eq!(found, ["one", "two", "three"], "{name}");
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn packed_or_plain_the_lines_are_the_same() {
    check("a.ndjson", TEXT);
    check("a.ndjson.gz", &gzipped(TEXT));
    check("a.ndjson.zst", &zstd::encode_all(TEXT, 3).unwrap());
    check("wrong-ending.ndjson", &gzipped(TEXT));
}

#[test]
fn packed_files_may_be_joined() {
    let (first, second) = TEXT.split_at(4);
    check("a.gz", &[gzipped(first), gzipped(second)].concat());
    let frame = |bytes: &[u8]| zstd::encode_all(bytes, 3).unwrap();
    check("a.zst", &[frame(first), frame(second)].concat());
}

#[test]
fn a_packed_file_that_is_cut_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.gz");
    let whole = gzipped(&TEXT.repeat(1000));
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let read_all = || -> anyhow::Result<()> {
        let mut lines = Source::of_path(&path).open()?;
        while lines.next()?.is_some() {}
        Ok(())
    };
    assert!(read_all().unwrap_err().to_string().contains("cut.gz"));
}

#[test]
fn empty_files_have_no_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.csv");
    std::fs::write(&path, b"").unwrap();
    assert_eq!(Source::of_path(&path).open().unwrap().next().unwrap(), None);
}

#[test]
fn names() {
    assert_eq!(Source::of_path(Path::new("x/conv.csv.zst")).stem(), "conv");
    assert!(Source::of_path(Path::new("-")).is_stdin());
    let stems: Vec<String> = Source::embedded()
        .iter()
        .map(|s| s.stem().to_owned())
        .collect();
    assert_eq!(stems, ["code", "chat"]);
    let missing = Source::of_path(Path::new("/no/such/file"))
        .open()
        .unwrap_err();
    assert_eq!(missing.to_string(), "cannot open /no/such/file");
}
