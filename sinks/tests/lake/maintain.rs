//! Maintenance beside writers, readers and itself.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int64Type};
use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use schemas::table::Table;
use sinks::{Lake, MaintenancePolicy, MaintenanceReport, MergeWindows, SinkError, paths};
use url::Url;

use crate::rig::{
    Fault, FaultyStore, NOON_US, TestClock, delta_table, epoch, epoch_at, is_committed, memory,
    offsets, open, partition, seeded, settings, window_sums,
};
use crate::rows::window_part;

pub(crate) fn merge_by_user(
    parts: &[RecordBatch],
) -> Result<RecordBatch, Box<dyn Error + Send + Sync>> {
    let mut sums: BTreeMap<String, (i64, i128)> = BTreeMap::new();
    for part in parts {
        let users = part.column_by_name("user_id").unwrap().as_string::<i32>();
        let calls = part.column_by_name("calls").unwrap();
        let calls = calls.as_primitive::<Int64Type>();
        let costs = part.column_by_name("cost_usd").unwrap();
        let costs = costs.as_primitive::<Decimal128Type>();
        for row in 0..part.num_rows() {
            let sum = sums.entry(users.value(row).to_owned()).or_default();
            sum.0 += calls.value(row);
            sum.1 += costs.value(row);
        }
    }
    let rows: Vec<(String, i64, i128)> = sums
        .into_iter()
        .map(|(user, (calls, cost))| (user, calls, cost))
        .collect();
    Ok(window_part(NOON_US, &rows))
}

pub(crate) fn merging() -> Arc<MergeWindows> {
    Arc::new(merge_by_user)
}

pub(crate) fn policy() -> MaintenancePolicy {
    MaintenancePolicy {
        merge_files_min: 2,
        checkpoint_commits_min: 5,
        ..MaintenancePolicy::standard()
    }
}

async fn maintain(lake: &Lake) -> MaintenanceReport {
    lake.maintain(&merging(), &policy()).await.unwrap()
}

async fn append(lake: &Lake, offsets: std::ops::Range<i64>) {
    for start in offsets {
        let outcome = lake.commit_epoch(&epoch(&[(0, start, start + 1)])).await;
        assert!(is_committed(&outcome.unwrap()));
    }
}

async fn files_of(store: &Arc<dyn ObjectStore>, table: Table) -> usize {
    let delta = delta_table(store, table).await;
    delta.snapshot().unwrap().log_data().num_files()
}

async fn data_objects(store: &Arc<dyn ObjectStore>, table: Table) -> usize {
    let folder = paths::table_folder(table);
    let objects: Vec<_> = store.list(Some(&folder)).try_collect().await.unwrap();
    let mut objects = objects.iter().map(|object| object.location.as_ref());
    objects
        .by_ref()
        .filter(|path| path.ends_with(".zstd.parquet"))
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn merging_keeps_every_row_and_every_sum() {
    let store = memory();
    let lake = seeded(&store, 1).await;
    append(&lake, 0..6).await;
    let report = maintain(&lake).await;
    assert_eq!((report.merges, report.merges_dropped), (2, 0));
    assert_eq!((report.files_in, report.files_out), (12, 2));
    assert_eq!((report.rows_in, report.rows_out), (12, 7));
    assert_eq!(files_of(&store, Table::Events).await, 1);
    assert_eq!(files_of(&store, Table::CostWindows).await, 1);
    let expected: Vec<_> = (0..6).map(|offset| (0, offset)).collect();
    assert_eq!(offsets(&store, Table::Events).await, expected);
    assert_eq!(window_sums(&store).await, (6, 6_000));
    append(&lake, 6..8).await;
    assert_eq!(offsets(&store, Table::Events).await.len(), 8);
    assert_eq!(window_sums(&store).await, (8, 8_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_maintainers_at_once_do_not_double_rows() {
    for _ in 0..10 {
        let store = memory();
        let lake = seeded(&store, 1).await;
        let other = open(&store, &TestClock::new()).await;
        append(&lake, 0..6).await;
        let (merge, policy) = (merging(), policy());
        let (one, two) = tokio::join!(
            lake.maintain(&merge, &policy),
            other.maintain(&merge, &policy)
        );
        let merges = one.unwrap().merges + two.unwrap().merges;
        assert_eq!(merges, 2);
        assert_eq!(offsets(&store, Table::Events).await.len(), 6);
        assert_eq!(window_sums(&store).await, (6, 6_000));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_that_landed_unnoticed_is_not_done_twice() {
    for fault in [Fault::Before, Fault::After, Fault::AfterAsExisting] {
        let faulty = FaultyStore::new(memory());
        let store = Arc::clone(&faulty) as Arc<dyn ObjectStore>;
        let lake = seeded(&store, 1).await;
        append(&lake, 0..6).await;
        faulty.fail("events/_delta_log/00000000000000000008.json", fault, 1);
        let report = maintain(&lake).await;
        assert_eq!((report.merges, report.merges_dropped), (2, 0), "{fault:?}");
        assert_eq!(offsets(&store, Table::Events).await.len(), 6, "{fault:?}");
        assert_eq!(maintain(&lake).await.merges, 0);
        assert_eq!(offsets(&store, Table::Events).await.len(), 6, "{fault:?}");
    }
}

async fn beside_writers(store: Arc<dyn ObjectStore>) {
    const COMMITS: i64 = 60;
    let lake = seeded(&store, 1).await;
    let writer = {
        let lake = lake.clone();
        tokio::spawn(async move { append(&lake, 0..COMMITS).await })
    };
    let maintainers = (0..2).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let lake = open(&store, &TestClock::new()).await;
            let mut merges = 0;
            for _ in 0..12 {
                merges += maintain(&lake).await.merges;
                tokio::task::yield_now().await;
            }
            merges
        })
    });
    let maintainers: Vec<_> = maintainers.collect();
    writer.await.unwrap();
    let mut merges = 0;
    for maintainer in maintainers {
        merges += maintainer.await.unwrap();
    }
    println!("{merges} merges beside {COMMITS} commits");
    let expected: Vec<_> = (0..COMMITS).map(|offset| (0, offset)).collect();
    assert_eq!(offsets(&store, Table::Events).await, expected);
    assert_eq!(
        window_sums(&store).await,
        (COMMITS, i128::from(COMMITS) * 1_000)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn two_maintainers_beside_a_writer_lose_and_double_nothing_in_memory() {
    beside_writers(memory()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn two_maintainers_beside_a_writer_lose_and_double_nothing_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
    beside_writers(Arc::new(store)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_survives_in_a_checkpoint_after_the_log_is_cleared() {
    let store = memory();
    let clock = TestClock::at_machine_time();
    let lake = open(&store, &clock).await;
    let _ = lake
        .seed(&[(partition(0), 0), (partition(1), 70)])
        .await
        .unwrap();
    let now = |clock: &TestClock| schemas::clock::Clock::now_us(clock);
    for start in 0..7 {
        let sealed = epoch_at(&[(0, start, start + 1)], now(&clock));
        assert!(is_committed(&lake.commit_epoch(&sealed).await.unwrap()));
    }
    let before = lake.progress(&[partition(0), partition(1)]).await.unwrap();
    let report = maintain(&lake).await;
    // `rejects` has its seed alone.
    assert_eq!((report.checkpoints, report.log_objects_deleted), (2, 0));
    clock.forward_s(settings().log_retention_s + 60);
    let report = maintain(&lake).await;
    assert!(report.log_objects_deleted >= 14, "{report:?}");
    let first = store.get(&paths::commit(Table::Events, 0)).await;
    assert!(matches!(first, Err(object_store::Error::NotFound { .. })));
    let fresh = open(&store, &clock).await;
    let after = fresh.progress(&[partition(0), partition(1)]).await.unwrap();
    assert_eq!(after, before);
    // A worker that slept all the while reads anew, instead of writing below the checkpoint.
    let sealed = epoch_at(&[(0, 7, 9)], now(&clock));
    assert!(is_committed(&lake.commit_epoch(&sealed).await.unwrap()));
    assert_eq!(offsets(&store, Table::Events).await.len(), 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn maintainers_that_clear_one_log_on_disk_at_once_both_succeed() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
    let store: Arc<dyn ObjectStore> = Arc::new(store);
    let clock = TestClock::at_machine_time();
    let lake = open(&store, &clock).await;
    let _ = lake.seed(&[(partition(0), 0)]).await.unwrap();
    for start in 0..60 {
        let now_us = schemas::clock::Clock::now_us(clock.as_ref());
        let sealed = epoch_at(&[(0, start, start + 1)], now_us);
        assert!(is_committed(&lake.commit_epoch(&sealed).await.unwrap()));
    }
    assert_eq!(maintain(&lake).await.log_objects_deleted, 0);
    clock.forward_s(settings().log_retention_s + 60);
    let maintainers: Vec<_> = (0..3)
        .map(|_| {
            let lake = lake.clone();
            tokio::spawn(async move { maintain(&lake).await.log_objects_deleted })
        })
        .collect();
    for maintainer in maintainers {
        // Whoever comes second may find nothing, but no error.
        assert!(maintainer.await.is_ok());
    }
    // Each may have stopped where another was faster; what all have left is due the next time.
    let _ = maintain(&lake).await;
    let first = store.get(&paths::commit(Table::Events, 0)).await;
    assert!(matches!(first, Err(object_store::Error::NotFound { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clearing_keeps_what_readers_and_writers_need() {
    let store = memory();
    let clock = TestClock::at_machine_time();
    let lake = open(&store, &clock).await;
    let _ = lake.seed(&[(partition(0), 0)]).await.unwrap();
    let now = |clock: &TestClock| schemas::clock::Clock::now_us(clock);
    for start in 0..4 {
        let sealed = epoch_at(&[(0, start, start + 1)], now(&clock));
        assert!(is_committed(&lake.commit_epoch(&sealed).await.unwrap()));
    }
    let orphan = paths::data_object(
        Table::Events,
        "date=2026-11-23/part-00000000-0000-0000-0000-000000000005.zstd.parquet",
    );
    let stranger = paths::data_object(Table::Events, "notes.txt");
    for path in [&orphan, &stranger] {
        store
            .put(path, PutPayload::from_static(b"x"))
            .await
            .unwrap();
    }
    let report = maintain(&lake).await;
    assert_eq!((report.merges, report.data_files_deleted), (2, 0));
    assert_eq!(data_objects(&store, Table::Events).await, 6);
    clock.forward_s(settings().deleted_file_retention_s + 60);
    let report = maintain(&lake).await;
    assert_eq!(report.data_files_deleted, 4 + 4 + 1);
    assert_eq!(data_objects(&store, Table::Events).await, 1);
    assert!(store.get(&stranger).await.is_ok());
    assert_eq!(offsets(&store, Table::Events).await.len(), 4);
    assert_eq!(window_sums(&store).await.0, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_killed_processes_left_on_a_disk_is_cleared_when_it_is_old() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
    let store: Arc<dyn ObjectStore> = Arc::new(store);
    let clock = TestClock::at_machine_time();
    let url = Url::from_directory_path(folder.path()).unwrap();
    let lake = Lake::open(Arc::clone(&store), url, settings(), Arc::clone(&clock) as _);
    let lake = lake.await.unwrap();
    let left = [
        "events/date=2026-11-23/part-00000000-0000-0000-0000-000000000005.zstd.parquet#1",
        "events/_delta_log/00000000000000000009.json#1",
        "_preflight/00000000-0000-0000-0000-000000000005",
    ];
    let of_others = "events/date=2026-11-23/notes#draft";
    for name in left.iter().chain([&of_others]) {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x").unwrap();
    }
    assert_eq!(maintain(&lake).await.leftovers_deleted, 0);
    clock.forward_s(settings().deleted_file_retention_s + 60);
    assert_eq!(maintain(&lake).await.leftovers_deleted, left.len());
    for name in left {
        assert!(!folder.path().join(name).exists(), "{name}");
    }
    assert!(folder.path().join(of_others).exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_that_would_change_a_sum_is_refused() {
    let store = memory();
    let lake = seeded(&store, 1).await;
    append(&lake, 0..3).await;
    let wrong: Arc<MergeWindows> = Arc::new(|parts: &[RecordBatch]| Ok(parts[0].clone()));
    let error = lake.maintain(&wrong, &policy()).await.unwrap_err();
    assert!(matches!(error, SinkError::MergeWindows(_)), "{error:?}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "calls were 3 and would become 1");
    assert_eq!(window_sums(&store).await.0, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_runs_leave_few_files_and_a_flat_log() {
    let store = memory();
    let lake = seeded(&store, 1).await;
    for round in 0..10 {
        append(&lake, round * 20..round * 20 + 20).await;
        let _ = maintain(&lake).await;
    }
    assert_eq!(offsets(&store, Table::Events).await.len(), 200);
    assert_eq!(window_sums(&store).await, (200, 200_000));
    assert!(files_of(&store, Table::Events).await <= 10);
    assert!(files_of(&store, Table::CostWindows).await <= 10);
}
