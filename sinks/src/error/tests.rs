//! Tests of the hints that errors give.

use std::io;

use super::{RetryHint, SinkError, advice};

fn store_error(kind: io::ErrorKind) -> SinkError {
    let source = object_store::Error::Generic {
        store: "test",
        source: Box::new(io::Error::from(kind)),
    };
    SinkError::store("write", "events/part.parquet", source)
}

#[test]
fn a_full_disk_needs_an_operator_and_a_timeout_does_not() {
    assert_eq!(
        store_error(io::ErrorKind::StorageFull).retry(),
        RetryHint::Operator
    );
    assert_eq!(
        store_error(io::ErrorKind::PermissionDenied).retry(),
        RetryHint::Operator
    );
    assert_eq!(
        store_error(io::ErrorKind::TimedOut).retry(),
        RetryHint::Backoff
    );
}

#[test]
fn advice_is_found_below_what_was_said_around_it() {
    let told = |kind| advice(&store_error(kind));
    assert!(
        told(io::ErrorKind::StorageFull)
            .unwrap()
            .contains("free space")
    );
    assert!(
        told(io::ErrorKind::ReadOnlyFilesystem)
            .unwrap()
            .contains("writable")
    );
    assert_eq!(told(io::ErrorKind::TimedOut), None);
    let given_up = SinkError::CommitGivenUp {
        table: schemas::table::Table::Events,
        attempts: 1,
        source: Some(Box::new(store_error(io::ErrorKind::StorageFull))),
    };
    assert_eq!(advice(&given_up), told(io::ErrorKind::StorageFull));
    assert_eq!(given_up.retry(), RetryHint::Operator);
}
