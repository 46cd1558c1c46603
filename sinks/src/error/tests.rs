//! Tests of the hints that errors give.

use std::io;

use super::{RetryHint, SinkError};

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
