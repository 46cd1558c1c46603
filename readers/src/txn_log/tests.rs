//! Transactions are read from commits, checkpoints and both, and never from a log with a hole.

use std::sync::Arc;

use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use schemas::table::Table;
use serde_json::json;

use crate::error::ReaderError;
use crate::test_lake::TestLake;
use crate::txn_log::TxnLog;

async fn put(store: &Arc<dyn ObjectStore>, name: &str, text: &str) {
    let path = Path::from(format!("events/_delta_log/{name}"));
    store
        .put(&path, PutPayload::from(text.to_owned()))
        .await
        .unwrap();
}

async fn put_commit(store: &Arc<dyn ObjectStore>, version: u64, txns: &[(&str, i64)]) {
    let mut text = "{\"commitInfo\":{\"note\":\"a \\\"txn\\\" in a text\"}}\n".to_owned();
    for (app_id, version) in txns {
        text.push_str(&json!({"txn": {"appId": app_id, "version": version}}).to_string());
        text.push('\n');
    }
    put(store, &format!("{version:020}.json"), &text).await;
}

fn log(store: &Arc<dyn ObjectStore>) -> TxnLog {
    TxnLog::new(Arc::clone(store), Table::Events)
}

async fn version_of(log: &TxnLog, at: Option<u64>, app_id: &str) -> (u64, Option<i64>) {
    let txns = log.read(at).await.unwrap().unwrap();
    (txns.table_version, txns.by_app_id.get(app_id).copied())
}

#[tokio::test]
async fn no_log_is_no_table() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    assert_eq!(log(&store).read(None).await.unwrap(), None);
}

#[tokio::test]
async fn later_commits_win_and_new_ones_are_seen() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    put_commit(&store, 0, &[("a", 1), ("b", 1)]).await;
    put_commit(&store, 1, &[("a", 2)]).await;
    let log = log(&store);
    assert_eq!(version_of(&log, None, "a").await, (1, Some(2)));
    assert_eq!(version_of(&log, None, "b").await, (1, Some(1)));
    put_commit(&store, 2, &[("a", 1)]).await;
    assert_eq!(version_of(&log, None, "a").await, (2, Some(1)));
    // An older version can still be asked for, and does not spoil what is remembered.
    assert_eq!(version_of(&log, Some(1), "a").await, (1, Some(2)));
    assert_eq!(version_of(&log, Some(2), "a").await, (2, Some(1)));
    assert_eq!(version_of(&log, None, "a").await, (2, Some(1)));
}

#[tokio::test]
async fn a_hole_in_the_log_is_an_error() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    put_commit(&store, 0, &[("a", 1)]).await;
    put_commit(&store, 2, &[("a", 3)]).await;
    let error = log(&store).read(None).await.unwrap_err();
    assert!(
        matches!(error, ReaderError::DamagedLog { version: 1, .. }),
        "{error}"
    );
    let error = log(&store).read(Some(3)).await.unwrap_err();
    assert!(
        matches!(error, ReaderError::DamagedLog { version: 1, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_line_that_is_no_json_is_an_error_that_names_the_version() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    put_commit(&store, 0, &[]).await;
    put(&store, &format!("{:020}.json", 1), "{\"txn\":{\"appId\":").await;
    let error = log(&store).read(None).await.unwrap_err();
    assert!(
        matches!(error, ReaderError::DamagedLog { version: 1, .. }),
        "{error}"
    );
}

async fn lake_with_checkpoint() -> TestLake {
    let lake = TestLake::new();
    lake.append(
        Table::Events,
        &[json!({})],
        &[("main/usage@T1/0", 1), ("seed/usage@T1/0", 0)],
    )
    .await;
    lake.append(Table::Events, &[json!({})], &[("main/usage@T1/0", 2)])
        .await;
    let table = lake.open_or_create(Table::Events).await;
    deltalake::checkpoints::create_checkpoint(&table, None)
        .await
        .unwrap();
    lake
}

async fn remove_commits(lake: &TestLake, versions: std::ops::Range<u64>) {
    for version in versions {
        let path = Path::from(format!("events/_delta_log/{version:020}.json"));
        lake.store.delete(&path).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_stands_for_the_commits_before_it() {
    let lake = lake_with_checkpoint().await;
    remove_commits(&lake, 0..2).await;
    let log = log(&lake.store);
    assert_eq!(
        version_of(&log, None, "main/usage@T1/0").await,
        (2, Some(2))
    );
    assert_eq!(
        version_of(&log, None, "seed/usage@T1/0").await,
        (2, Some(0))
    );
    lake.append(Table::Events, &[json!({})], &[("main/usage@T1/0", 5)])
        .await;
    assert_eq!(
        version_of(&log, None, "main/usage@T1/0").await,
        (3, Some(5))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cleaned_up_since_the_last_read_is_read_from_the_checkpoint() {
    let lake = TestLake::new();
    lake.append(Table::Events, &[json!({})], &[("a", 1)]).await;
    let log = log(&lake.store);
    assert_eq!(version_of(&log, None, "a").await, (1, Some(1)));
    lake.append(Table::Events, &[json!({})], &[("a", 2)]).await;
    lake.append(Table::Events, &[json!({})], &[("a", 3)]).await;
    let table = lake.open_or_create(Table::Events).await;
    deltalake::checkpoints::create_checkpoint(&table, None)
        .await
        .unwrap();
    remove_commits(&lake, 0..3).await;
    assert_eq!(version_of(&log, None, "a").await, (3, Some(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_hint_the_checkpoint_is_found_by_listing() {
    let lake = lake_with_checkpoint().await;
    remove_commits(&lake, 0..2).await;
    let hint = Path::from("events/_delta_log/_last_checkpoint");
    lake.store.delete(&hint).await.unwrap();
    assert_eq!(
        version_of(&log(&lake.store), None, "main/usage@T1/0").await,
        (2, Some(2))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incomplete_checkpoint_is_passed_over() {
    let lake = lake_with_checkpoint().await;
    // A newer one of which one part of two was written when its writer died.
    put(
        &lake.store,
        "00000000000000000003.checkpoint.0000000001.0000000002.parquet",
        "half",
    )
    .await;
    lake.append(Table::Events, &[json!({})], &[("main/usage@T1/0", 9)])
        .await;
    assert_eq!(
        version_of(&log(&lake.store), None, "main/usage@T1/0").await,
        (3, Some(9))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_a_folder_is_read_in_order_whatever_the_listing() {
    let lake = TestLake::new();
    for offset in 1..=12 {
        lake.append(Table::Events, &[json!({})], &[("main/usage@T1/0", offset)])
            .await;
    }
    assert_eq!(
        version_of(&log(&lake.store), None, "main/usage@T1/0").await,
        (12, Some(12))
    );
}
