//! Stores that fail: a commit that may have landed is never done twice, and never lost.

use std::sync::Arc;

use object_store::ObjectStore;
use schemas::clock::Clock;
use schemas::table::Table;
use sinks::{Lake, RetryHint, SinkError};

use crate::rig::{
    Fault, FaultyStore, TestClock, epoch, is_committed, memory, offsets, open, partition, seeded,
    settings, url, window_sums,
};

async fn commit_through(part: &str, fault: Fault, times: u32) {
    let faulty = FaultyStore::new(memory());
    let store = Arc::clone(&faulty) as Arc<dyn ObjectStore>;
    let lake = seeded(&store, 1).await;
    faulty.fail(part, fault, times);
    let outcome = lake.commit_epoch(&epoch(&[(0, 0, 6)])).await.unwrap();
    assert!(is_committed(&outcome), "{part} {fault:?}: {outcome:?}");
    assert!(is_committed(
        &lake.commit_epoch(&epoch(&[(0, 6, 9)])).await.unwrap()
    ));
    assert_eq!(
        offsets(&store, Table::Events).await.len(),
        9,
        "{part} {fault:?}"
    );
    assert_eq!(window_sums(&store).await.0, 9, "{part} {fault:?}");
}

#[tokio::test]
async fn a_commit_survives_every_answer_of_the_store() {
    for table in ["events/_delta_log", "cost_windows/_delta_log"] {
        for fault in [Fault::Before, Fault::After, Fault::AfterAsExisting] {
            for times in [1, 3] {
                commit_through(table, fault, times).await;
            }
        }
    }
}

#[tokio::test]
async fn a_commit_that_landed_unnoticed_is_found_by_the_next_call() {
    let faulty = FaultyStore::new(memory());
    let store = Arc::clone(&faulty) as Arc<dyn ObjectStore>;
    let lake = seeded(&store, 1).await;
    let sealed = epoch(&[(0, 0, 6)]);
    // Lands, then every retry fails before the store sees it.
    faulty.fail("cost_windows/_delta_log", Fault::Before, 1_000);
    let error = lake.commit_epoch(&sealed).await.unwrap_err();
    assert!(matches!(error, SinkError::CommitGivenUp { .. }));
    assert_eq!(error.retry(), RetryHint::Backoff);
    let progress = &lake.progress(&[partition(0)]).await.unwrap()[0];
    assert_eq!(
        (progress.events_next, progress.windows_next),
        (Some(6), Some(0))
    );
    faulty.heal();
    assert!(is_committed(&lake.commit_epoch(&sealed).await.unwrap()));
    assert!(is_committed(&lake.commit_epoch(&sealed).await.unwrap()));
    assert_eq!(offsets(&store, Table::Events).await.len(), 6);
    assert_eq!(window_sums(&store).await.0, 6);
}

#[tokio::test]
async fn an_upload_that_fails_commits_nothing() {
    let faulty = FaultyStore::new(memory());
    let store = Arc::clone(&faulty) as Arc<dyn ObjectStore>;
    let lake = seeded(&store, 1).await;
    faulty.fail("cost_windows/rollup", Fault::Before, 1);
    let sealed = epoch(&[(0, 0, 6)]);
    let error = lake.commit_epoch(&sealed).await.unwrap_err();
    assert!(error.to_string().contains("cost_windows/rollup=user"));
    assert_eq!(offsets(&store, Table::Events).await, []);
    assert!(is_committed(&lake.commit_epoch(&sealed).await.unwrap()));
    assert_eq!(offsets(&store, Table::Events).await.len(), 6);
}

#[tokio::test]
async fn a_store_without_conditional_put_is_refused() {
    let faulty = FaultyStore::new(memory());
    faulty.fail("_preflight", Fault::Overwrite, 2);
    let clock = TestClock::new() as Arc<dyn Clock>;
    let store = Arc::clone(&faulty) as Arc<dyn ObjectStore>;
    let error = Lake::open(store, url(), settings(), clock)
        .await
        .unwrap_err();
    assert!(matches!(error, SinkError::NoConditionalPut { .. }));
    assert_eq!(error.retry(), RetryHint::Operator);
    assert!(error.to_string().contains("conditional put"));
}

#[tokio::test]
async fn a_store_that_forgot_its_first_answer_is_not_refused() {
    let faulty = FaultyStore::new(memory());
    faulty.fail("_preflight", Fault::AfterAsExisting, 1);
    let store = Arc::clone(&faulty) as Arc<dyn ObjectStore>;
    open(&store, &TestClock::new()).await;
}

#[tokio::test]
async fn a_seed_that_fails_halfway_is_finished_by_the_next() {
    let faulty = FaultyStore::new(memory());
    let store = Arc::clone(&faulty) as Arc<dyn ObjectStore>;
    let lake = open(&store, &TestClock::new()).await;
    faulty.fail("cost_windows/_delta_log", Fault::Before, 1_000);
    lake.seed(&[(partition(0), 5)]).await.unwrap_err();
    faulty.heal();
    let second = open(&store, &TestClock::new()).await;
    let outcome = second.seed(&[(partition(0), 77)]).await.unwrap();
    assert_eq!(outcome.seeded, []);
    let progress = &outcome.progress[0];
    assert_eq!(progress.events_next, Some(5));
    assert_eq!(progress.windows_next, Some(5));
    assert_eq!(progress.rejects_next, Some(5));
}
