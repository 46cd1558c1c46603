//! Tests of how files are cut into pieces.

use std::collections::BTreeMap;

use super::cut;
use crate::file_set::ActiveFile;

fn file(date: &str, name: &str, size: u64) -> ActiveFile {
    ActiveFile {
        path: format!("date={date}/{name}"),
        partition_values: BTreeMap::from([("date".to_owned(), Some(date.to_owned()))]),
        size,
    }
}

#[test]
fn a_piece_is_of_one_day_and_not_too_large() {
    let files = vec![
        file("2026-11-01", "a", 40),
        file("2026-11-01", "b", 60),
        file("2026-11-01", "c", 1),
        file("2026-11-02", "d", 1),
        file("2026-11-02", "e", 500),
        file("2026-11-02", "f", 1),
    ];
    let pieces = cut(files, 100);
    let names: Vec<Vec<&str>> = pieces
        .iter()
        .map(|piece| {
            let names = piece.iter();
            names
                .map(|file| &file.path[file.path.len() - 1..])
                .collect()
        })
        .collect();
    let expected: [&[&str]; 5] = [&["a", "b"], &["c"], &["d"], &["e"], &["f"]];
    assert_eq!(names, expected);
    assert!(cut(Vec::new(), 100).is_empty());
}
