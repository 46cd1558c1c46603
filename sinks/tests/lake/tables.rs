//! Tables as others see them: created once, checked on opening, read by deltalake.

use std::sync::Arc;

use object_store::{ObjectStore, ObjectStoreExt};
use schemas::clock::Clock;
use schemas::table::Table;
use sinks::{Lake, RetryHint, SinkError, paths};

use crate::rig::{
    TestClock, delta_table, epoch, is_committed, memory, open, seeded, settings, url,
};

#[tokio::test]
async fn deltalake_reads_the_tables_as_they_are_meant() {
    let store = memory();
    let lake = seeded(&store, 1).await;
    assert!(is_committed(
        &lake.commit_epoch(&epoch(&[(0, 0, 5)])).await.unwrap()
    ));
    let _made = lake.alert_log().await.unwrap();
    for table in Table::ALL {
        let delta = delta_table(&store, table).await;
        let snapshot = delta.snapshot().unwrap();
        assert_eq!(snapshot.protocol().min_reader_version(), 1);
        assert_eq!(snapshot.protocol().min_writer_version(), 2);
        let theirs = snapshot.snapshot().arrow_schema();
        for field in table.schema().fields() {
            let found = theirs.field_with_name(field.name()).unwrap();
            assert_eq!(found.is_nullable(), field.is_nullable(), "{field}");
            assert_eq!(
                found.metadata().get("comment"),
                field.metadata().get("comment")
            );
        }
        let partitions = snapshot.metadata().partition_columns();
        assert_eq!(partitions, table.partition_columns());
    }
}

#[tokio::test]
async fn many_workers_may_open_an_empty_lake_at_once() {
    let store = memory();
    let opens = (0..6).map(|_| async {
        let lake = open(&store, &TestClock::new()).await;
        let _made = lake.alert_log().await.unwrap();
    });
    futures::future::join_all(opens).await;
    for table in Table::ALL {
        assert_eq!(delta_table(&store, table).await.version(), Some(0));
    }
}

async fn open_error(store: &Arc<dyn ObjectStore>) -> SinkError {
    let clock = TestClock::new() as Arc<dyn Clock>;
    Lake::open(Arc::clone(store), url(), settings(), clock)
        .await
        .unwrap_err()
}

#[tokio::test]
async fn a_table_of_another_schema_is_refused() {
    let store = memory();
    drop(open(&store, &TestClock::new()).await);
    let path = paths::commit(Table::Events, 0);
    let text = store.get(&path).await.unwrap().bytes().await.unwrap();
    let text = String::from_utf8(text.to_vec()).unwrap();
    let changed = text.replace("\\\"cost_usd\\\"", "\\\"dollars\\\"");
    store.put(&path, changed.into()).await.unwrap();
    let error = open_error(&store).await;
    assert!(
        error.to_string().contains("column \"cost_usd\" is missing"),
        "{error}"
    );
    assert_eq!(error.retry(), RetryHint::Operator);
}

#[tokio::test]
async fn a_change_by_others_while_we_write_stops_us_only_if_it_does_not_fit() {
    let store = memory();
    let lake = seeded(&store, 1).await;
    let first = store.get(&paths::commit(Table::Events, 0)).await.unwrap();
    let first = String::from_utf8(first.bytes().await.unwrap().to_vec()).unwrap();
    let metadata = first
        .lines()
        .find(|line| line.starts_with("{\"metaData"))
        .unwrap();
    let path = paths::commit(Table::Events, 2);
    store.put(&path, metadata.to_owned().into()).await.unwrap();
    assert!(is_committed(
        &lake.commit_epoch(&epoch(&[(0, 0, 5)])).await.unwrap()
    ));
    let renamed = metadata.replace("\\\"tenant\\\"", "\\\"customer\\\"");
    let path = paths::commit(Table::Events, 4);
    store.put(&path, renamed.into()).await.unwrap();
    let error = lake.commit_epoch(&epoch(&[(0, 5, 8)])).await.unwrap_err();
    assert!(matches!(error, SinkError::TableDiffers { .. }), "{error:?}");
}

#[tokio::test]
async fn settings_that_could_lose_rows_are_refused() {
    let clock = TestClock::new() as Arc<dyn Clock>;
    let mut settings = settings();
    settings.batch_age_s_max = settings.deleted_file_retention_s;
    let opened = Lake::open(memory(), url(), settings, clock).await;
    assert!(matches!(opened.unwrap_err(), SinkError::Settings { .. }));
}
