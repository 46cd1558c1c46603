//! Several sources as one, and what happens when one of them breaks.

use crate::replay::merge::Merge;
use crate::replay::source::Source;

#[test]
fn lines_without_a_time_stay_behind_the_line_before_them() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Source::of_path(&path)
    };
    let sources = [
        write("a", "{\"event_time\":2}\nnone\n{\"event_time\":9}\n"),
        write("b", "{\"event_time\":1}\n{\"event_time\":5}\n"),
        write("empty", ""),
    ];
    let order: Vec<(usize, u64)> = Merge::open(&sources)
        .unwrap()
        .map(|record| record.map(|record| (record.source, record.line)).unwrap())
        .collect();
    assert_eq!(order, [(1, 0), (0, 0), (0, 1), (1, 1), (0, 2)]);
}

#[test]
fn after_an_error_nothing_more_comes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    let text = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03,1,2\nx,1,2\n\
                2023-11-16 18:17:04,1,2\n";
    std::fs::write(&path, text).unwrap();
    let outcomes: Vec<bool> = Merge::open(&[Source::of_path(&path)])
        .unwrap()
        .map(|record| record.is_ok())
        .collect();
    assert_eq!(outcomes, [false]);
}
