//! Tests of the paths.

use object_store::path::Path;
use schemas::table::Table;
use uuid::Uuid;

use super::{
    LogObject, commit, data_file, data_object, is_data_file, is_staged, log_offset, manifest,
    parse_log_object, price_book, relative_to_table,
};

fn parse(name: &str) -> Option<LogObject> {
    parse_log_object(&Path::from(format!("events/_delta_log/{name}")))
}

#[test]
fn commits_and_checkpoints_are_told_apart() {
    let path = commit(Table::Events, 7);
    assert_eq!(path.as_ref(), "events/_delta_log/00000000000000000007.json");
    assert_eq!(
        parse_log_object(&path),
        Some(LogObject::Commit { version: 7 })
    );
    assert_eq!(
        parse("00000000000000000012.checkpoint.parquet"),
        Some(LogObject::Checkpoint {
            version: 12,
            part: (1, 1)
        })
    );
    assert_eq!(
        parse("00000000000000000012.checkpoint.0000000002.0000000003.parquet"),
        Some(LogObject::Checkpoint {
            version: 12,
            part: (2, 3)
        })
    );
    for other in [
        "_last_checkpoint",
        "00000000000000000012.crc",
        "0012.json",
        "00000000000000000012.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.parquet",
    ] {
        assert_eq!(parse(other), None, "{other}");
    }
}

#[test]
fn a_log_offset_sorts_before_its_version() {
    let offset = log_offset(Table::Events, 7);
    assert!(offset < commit(Table::Events, 7));
    assert!(offset > commit(Table::Events, 6));
}

#[test]
fn data_files_need_no_escape() {
    let id = Uuid::from_u128(5);
    let values = [
        ("rollup", "per user/50%".to_owned()),
        ("date", "2026-11-23".to_owned()),
    ];
    let path = data_file(&values, id);
    assert_eq!(
        path,
        "rollup=per_user_50_/date=2026-11-23/part-00000000-0000-0000-0000-000000000005.zstd.parquet"
    );
    assert!(is_data_file(&path));
    assert!(!is_data_file("date=2026-11-23/notes.zstd.parquet"));
    let object = data_object(Table::CostWindows, &path);
    assert_eq!(relative_to_table(Table::CostWindows, &object), Some(path));
}

#[test]
fn a_staged_file_is_told_by_the_number_behind_its_name() {
    for name in ["part-5.zstd.parquet#1", "00000000000000000007.json#12"] {
        assert!(is_staged(name), "{name}");
    }
    for name in [
        "part-5.zstd.parquet",
        "notes#",
        "notes#draft",
        "notes#1.txt",
    ] {
        assert!(!is_staged(name), "{name}");
    }
}

#[test]
fn manifests_sort_by_their_number() {
    let path = manifest(7, 0x1f);
    assert_eq!(
        path.as_ref(),
        "reprices/00000000000000000007-000000000000001f.json"
    );
    assert!(manifest(9, i64::MAX) < manifest(10, 0));
    assert_eq!(price_book("ab12").as_ref(), "price_books/ab12.json.zst");
}
