//! How often what is tried again, and how an error's kind is found below what was said around it.

use anyhow::Context;
use ingest::IngestError;
use schemas::table::Table;
use sinks::{RetryHint, SinkError};

use super::{Patience, hint};

fn tries(hint: RetryHint, is_stopping: bool, tries_max: u32) -> u32 {
    let mut patience = Patience::default();
    (0..tries_max)
        .take_while(|_| patience.after(hint, is_stopping).is_some())
        .count()
        .try_into()
        .unwrap()
}

#[test]
fn what_passes_is_waited_out_and_what_does_not_is_given_up() {
    assert_eq!(tries(RetryHint::Backoff, false, 1_000), 1_000);
    assert_eq!(tries(RetryHint::Backoff, true, 1_000), 4);
    assert_eq!(tries(RetryHint::Operator, false, 1_000), 3);
    assert_eq!(tries(RetryHint::Never, false, 1_000), 0);
}

#[test]
fn waits_grow_up_to_a_bound() {
    let mut patience = Patience::default();
    let waits_ms: Vec<u128> = (0..9)
        .map(|_| {
            patience
                .after(RetryHint::Backoff, false)
                .unwrap()
                .as_millis()
        })
        .collect();
    assert_eq!(
        waits_ms,
        [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]
    );
}

#[test]
fn the_kind_of_an_error_is_that_of_its_cause() {
    let no_topic = IngestError::NoTopic {
        topic: "usage".to_owned(),
    };
    let wrapped = Err::<(), _>(no_topic)
        .context("could not begin")
        .unwrap_err();
    assert_eq!(hint(&wrapped), RetryHint::Never);
    let given_up = SinkError::CommitGivenUp {
        table: Table::Events,
        attempts: 100,
        source: None,
    };
    let wrapped = Err::<(), _>(given_up)
        .context("could not begin")
        .unwrap_err();
    assert_eq!(hint(&wrapped), RetryHint::Backoff);
    let unknown = SinkError::Settings {
        detail: "bad".to_owned(),
    };
    let wrapped = Err::<(), _>(unknown)
        .context("could not begin")
        .unwrap_err();
    assert_eq!(hint(&wrapped), RetryHint::Never);
    assert_eq!(hint(&anyhow::anyhow!("a defect")), RetryHint::Never);
}
