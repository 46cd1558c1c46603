//! What a start tries again, and what ends it at once.

use std::cell::Cell;

use anyhow::Context;
use ingest::IngestError;
use schemas::table::Table;
use sinks::SinkError;

use super::tried_at_start;

fn passing() -> SinkError {
    SinkError::CommitGivenUp {
        table: Table::Events,
        attempts: 1,
        source: None,
    }
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    let tries = Cell::new(0);
    let act = async || {
        tries.set(tries.get() + 1);
        if tries.get() < 3 {
            return Err(passing()).context("could not open the lake");
        }
        Ok(tries.get())
    };
    assert_eq!(tried_at_start(act).await.unwrap(), 3);
}

#[tokio::test]
async fn what_does_not_pass_ends_the_start_at_once() {
    let tries = Cell::new(0);
    let act = async || {
        tries.set(tries.get() + 1);
        let topic = "usage".to_owned();
        Err::<(), _>(IngestError::NoTopic { topic }).context("could not begin")
    };
    let error = tried_at_start(act).await.unwrap_err();
    assert_eq!(tries.get(), 1);
    assert!(format!("{error:#}").contains("could not begin"));
}
