//! Tests of what is read of a log's listing.

use super::{LogListing, arrange};
use crate::paths::LogObject;

fn commit(version: u64) -> LogObject {
    LogObject::Commit { version }
}

fn checkpoint(version: u64, part: u32, parts: u32) -> LogObject {
    LogObject::Checkpoint {
        version,
        part: (part, parts),
    }
}

#[test]
fn entries_up_to_the_checkpoint_are_not_read() {
    let objects = vec![commit(3), commit(1), checkpoint(2, 1, 1), commit(2)];
    let expected = LogListing {
        checkpoint: Some((2, 1)),
        commits: vec![3],
    };
    assert_eq!(arrange(objects), expected);
}

#[test]
fn a_checkpoint_without_all_its_parts_does_not_count() {
    let objects = vec![
        commit(5),
        checkpoint(4, 1, 1),
        checkpoint(5, 1, 2),
        checkpoint(3, 2, 2),
        checkpoint(3, 1, 2),
    ];
    let expected = LogListing {
        checkpoint: Some((4, 1)),
        commits: vec![5],
    };
    assert_eq!(arrange(objects), expected);
}

#[test]
fn an_empty_folder_is_no_table() {
    assert_eq!(arrange(Vec::new()), LogListing::default());
}
