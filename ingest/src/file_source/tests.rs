//! Lines of plain and compressed files, and where they stand.

use std::collections::HashSet;
use std::io::{BufReader, Cursor, Write};

use super::{FileReader, FileSettings, file_source, read_line};
use crate::decode::DecodeOptions;
use crate::dedup::DedupLimits;

fn event(id: &str) -> String {
    format!(
        r#"{{"event_id":"{id}","event_time":"2026-01-01T00:00:00Z","provider":"openai","model":"gpt-4o","input_tokens":1,"output_tokens":2}}"#
    )
}

fn settings() -> FileSettings {
    FileSettings {
        batch_rows_max: 2,
        decode: DecodeOptions::default(),
        dedup: DedupLimits::default(),
    }
}

fn write(name: &str, bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::File::create(&path)
        .unwrap()
        .write_all(bytes)
        .unwrap();
    (folder, path)
}

#[test]
fn a_long_line_is_cut_but_counted_whole() {
    let mut lines = Cursor::new(b"abcdefgh\r\nxy".to_vec());
    let mut line = Vec::new();
    assert_eq!(read_line(&mut lines, &mut line, 4).unwrap(), 10);
    assert_eq!(line, b"abcde");
    assert_eq!(read_line(&mut lines, &mut line, 4).unwrap(), 2);
    assert_eq!(line, b"xy");
    assert_eq!(read_line(&mut lines, &mut line, 4).unwrap(), 0);
}

#[test]
fn a_carriage_return_is_cut_from_the_end_of_a_line_alone() {
    for (text, expected) in [
        ("abcd\r\n", "abcd"),
        ("abcd\r", "abcd"),
        ("abc\rd\n", "abc\rd"),
        ("abcd\r\r\n", "abcd\r"),
        ("abcd\refgh\n", "abcd\r"),
        ("abcde\rfgh\n", "abcde"),
        ("abc\rdefgh\n", "abc\rd"),
    ] {
        for capacity in 1..=text.len() {
            let mut lines = BufReader::with_capacity(capacity, text.as_bytes());
            let mut line = Vec::new();
            let width = read_line(&mut lines, &mut line, 4).unwrap();
            assert_eq!(width, i64::try_from(text.len()).unwrap(), "{text:?}");
            assert_eq!(line, expected.as_bytes(), "{text:?}");
        }
    }
}

#[test]
fn compressed_files_read_like_plain_ones() {
    let text = format!("{}\n\n{}\nnonsense\n{}", event("a"), event("b"), event("a"));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let zstd = zstd::encode_all(text.as_bytes(), 1).unwrap();
    for bytes in [text.clone().into_bytes(), gzip.finish().unwrap(), zstd] {
        let (_folder, path) = write("events", &bytes);
        let source = file_source(&path).unwrap();
        let mut reader = FileReader::open(&path, &source, 0, HashSet::new(), settings()).unwrap();
        let (mut events, mut rejects, mut duplicates, mut next) = (0, 0, 0, 0);
        while let Some(batch) = reader.read().unwrap() {
            for span in &batch.spans {
                assert_eq!(span.start, next);
                next = span.next;
                events += span.events;
                rejects += span.rejects;
                duplicates += span.duplicates;
            }
        }
        assert_eq!((events, rejects, duplicates), (2, 1, 1));
        assert_eq!(next, i64::try_from(text.len()).unwrap());
        assert_eq!(reader.position(), next);
    }
}

#[test]
fn a_file_that_grew_is_read_on_from_where_it_ended() {
    let first = format!("{}\n", event("a"));
    let (_folder, path) = write(
        "events.ndjson",
        format!("{first}{}\n", event("b")).as_bytes(),
    );
    let source = file_source(&path).unwrap();
    let start = i64::try_from(first.len()).unwrap();
    let mut reader = FileReader::open(&path, &source, start, HashSet::new(), settings()).unwrap();
    let batch = reader.read().unwrap().unwrap();
    assert_eq!(batch.events.num_rows(), 1);
    assert!(reader.read().unwrap().is_none());
}

#[test]
fn a_batch_ends_where_it_holds_enough_bytes() {
    let lines: Vec<_> = (0..9).map(|number| event(&number.to_string())).collect();
    let (_folder, path) = write("events.ndjson", lines.join("\n").as_bytes());
    let source = file_source(&path).unwrap();
    let settings = FileSettings {
        batch_rows_max: 100,
        decode: DecodeOptions {
            batch_bytes_max: 2 * lines[0].len(),
            ..DecodeOptions::default()
        },
        dedup: DedupLimits::default(),
    };
    let mut reader = FileReader::open(&path, &source, 0, HashSet::new(), settings).unwrap();
    let mut rows = Vec::new();
    while let Some(batch) = reader.read().unwrap() {
        rows.push(batch.events.num_rows());
    }
    assert_eq!(rows, [2, 2, 2, 2, 1]);
}
