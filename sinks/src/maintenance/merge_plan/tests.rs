//! Tests of which files are merged with which.

use std::collections::BTreeMap;

use schemas::table::Table;

use super::{ActiveFile, MaintenancePolicy, plan};

const TODAY: &str = "2026-11-23";

fn policy() -> MaintenancePolicy {
    MaintenancePolicy {
        file_bytes_target: 1_000,
        merge_files_min: 3,
        merge_bytes_max: 2_000,
        window_merge_bytes_max: 200,
        ..MaintenancePolicy::standard()
    }
}

fn file(name: &str, date: &str, size: u64) -> ActiveFile {
    ActiveFile {
        path: name.to_owned(),
        partition_values: BTreeMap::from([("date".to_owned(), Some(date.to_owned()))]),
        size,
    }
}

fn planned(table: Table, files: &[ActiveFile]) -> Vec<Vec<String>> {
    let groups = plan(table, files, &policy(), TODAY);
    let names = groups.into_iter().map(|group| {
        let files = group.files.into_iter();
        files.map(|file| file.path).collect()
    });
    names.collect()
}

#[test]
fn few_files_of_today_wait_for_more() {
    let two = [file("b", TODAY, 10), file("a", TODAY, 10)];
    assert!(planned(Table::Events, &two).is_empty());
    let three = [two.as_slice(), &[file("c", TODAY, 12)]].concat();
    assert_eq!(planned(Table::Events, &three), [["a", "b", "c"]]);
}

#[test]
fn a_large_file_is_not_rewritten_for_a_few_small_ones() {
    let files = [
        file("a", TODAY, 900),
        file("b", TODAY, 10),
        file("c", TODAY, 10),
        file("d", TODAY, 10),
        file("e", TODAY, 5_000),
    ];
    assert_eq!(planned(Table::Events, &files), [["b", "c", "d"]]);
}

#[test]
fn a_settled_day_keeps_no_rest() {
    let files = [file("a", "2026-11-20", 900), file("b", "2026-11-20", 10)];
    assert_eq!(planned(Table::Events, &files), [["a", "b"]]);
    assert!(planned(Table::Events, &files[..1]).is_empty());
}

#[test]
fn groups_stay_within_memory_and_within_a_partition() {
    let mut files: Vec<ActiveFile> = (0..6)
        .map(|at| file(&format!("a{at}"), TODAY, 60))
        .collect();
    files.push(file("b", "2026-11-24", 60));
    let expected = [["a0", "a1", "a2"], ["a3", "a4", "a5"]];
    assert_eq!(planned(Table::CostWindows, &files), expected);
    assert_eq!(planned(Table::Events, &files).len(), 1);
}
