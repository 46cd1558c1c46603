//! Compare-and-set of offsets: who wins, who is fenced, and that no row is lost or doubled.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use schemas::position::{PartitionSpan, SourcePartition};
use schemas::reject::{Reject, RejectReason};
use schemas::table::Table;
use sinks::{CommitOutcome, EpochWriter, SealRequest};

use crate::rig::{
    NOON_US, TestClock, epoch, is_committed, is_fenced, memory, offsets, open, partition, seeded,
    settings, span, window_sums,
};
use crate::rows::windows;

#[tokio::test]
async fn an_epoch_is_in_all_tables_and_the_progress_says_so() {
    let store = memory();
    let lake = seeded(&store, 2).await;
    let outcome = lake.commit_epoch(&epoch(&[(0, 0, 5), (1, 0, 3)])).await;
    let CommitOutcome::Committed(report) = outcome.unwrap() else {
        panic!("fenced");
    };
    assert_eq!(
        report.versions,
        [(Table::Events, 2), (Table::CostWindows, 2)]
    );
    assert_eq!((report.files, report.attempts), (2, 2));
    let progress = lake.progress(&[partition(0), partition(7)]).await.unwrap();
    let first = &progress[0];
    assert_eq!(first.seed, Some(0));
    assert_eq!(first.events_next, Some(5));
    assert_eq!(first.windows_next, Some(5));
    assert_eq!(first.rejects_next, Some(0));
    assert_eq!((first.events, first.rejects, first.gaps), (5, 0, 0));
    assert_eq!(progress[1].events_next, None);
    assert_eq!(window_sums(&store).await, (8, 8_000));
    let expected: Vec<_> = (0..5)
        .map(|at| (0, at))
        .chain((0..3).map(|at| (1, at)))
        .collect();
    assert_eq!(offsets(&store, Table::Events).await, expected);
}

#[tokio::test]
async fn a_zombie_that_committed_a_prefix_fences_the_longer_epoch() {
    let store = memory();
    let lake = seeded(&store, 1).await;
    let zombie = open(&store, &TestClock::new()).await;
    assert!(is_committed(
        &zombie.commit_epoch(&epoch(&[(0, 0, 18)])).await.unwrap()
    ));
    let outcome = lake.commit_epoch(&epoch(&[(0, 0, 20)])).await.unwrap();
    assert_eq!(
        outcome,
        CommitOutcome::Fenced {
            table: Table::Events,
            partition: partition(0),
            expected: 0,
            stored: Some(18),
        }
    );
    assert!(is_committed(
        &lake.commit_epoch(&epoch(&[(0, 18, 20)])).await.unwrap()
    ));
    assert_eq!(offsets(&store, Table::Events).await.len(), 20);
    assert_eq!(window_sums(&store).await.0, 20);
}

#[tokio::test]
async fn one_lost_partition_fences_the_whole_epoch() {
    let store = memory();
    let lake = seeded(&store, 2).await;
    let other = open(&store, &TestClock::new()).await;
    assert!(is_committed(
        &other.commit_epoch(&epoch(&[(1, 0, 1)])).await.unwrap()
    ));
    assert!(is_fenced(
        &lake
            .commit_epoch(&epoch(&[(0, 0, 4), (1, 0, 4)]))
            .await
            .unwrap()
    ));
    let progress = lake.progress(&[partition(0)]).await.unwrap();
    assert_eq!(progress[0].events_next, Some(0));
}

#[tokio::test]
async fn a_partition_that_was_never_begun_fences() {
    let store = memory();
    let lake = open(&store, &TestClock::new()).await;
    let outcome = lake.commit_epoch(&epoch(&[(0, 0, 4)])).await.unwrap();
    assert!(matches!(
        outcome,
        CommitOutcome::Fenced { stored: None, .. }
    ));
    assert_eq!(offsets(&store, Table::Events).await, []);
}

#[tokio::test]
async fn an_epoch_without_rows_still_moves_the_offsets() {
    let store = memory();
    let lake = seeded(&store, 1).await;
    let tombstones = PartitionSpan {
        next: 4,
        tombstones: 3,
        duplicates: 1,
        ..PartitionSpan::empty(partition(0), 0)
    };
    let request = SealRequest {
        spans: vec![tombstones],
        watermarks: vec![(partition(0), 1_700)],
        sealed_at_us: NOON_US,
        ..SealRequest::default()
    };
    let sealed = EpochWriter::new(&settings())
        .unwrap()
        .seal(request)
        .unwrap();
    assert!(is_committed(&lake.commit_epoch(&sealed).await.unwrap()));
    let progress = &lake.progress(&[partition(0)]).await.unwrap()[0];
    assert_eq!(
        (progress.events_next, progress.windows_next),
        (Some(4), Some(4))
    );
    assert_eq!((progress.tombstones, progress.duplicates), (3, 1));
    assert_eq!(progress.watermark_ms, Some(1_700));
}

#[tokio::test]
async fn a_watermark_never_goes_back_and_may_go_alone() {
    let store = memory();
    let lake = seeded(&store, 1).await;
    for (mark_ms, expected) in [(500, 500), (300, 500), (900, 900)] {
        let request = SealRequest {
            spans: vec![PartitionSpan::empty(partition(0), 0)],
            watermarks: vec![(partition(0), mark_ms)],
            sealed_at_us: NOON_US,
            ..SealRequest::default()
        };
        let sealed = EpochWriter::new(&settings())
            .unwrap()
            .seal(request)
            .unwrap();
        assert!(is_committed(&lake.commit_epoch(&sealed).await.unwrap()));
        let progress = &lake.progress(&[partition(0)]).await.unwrap()[0];
        assert_eq!(progress.watermark_ms, Some(expected));
        assert_eq!(progress.events_next, Some(0));
    }
}

#[tokio::test]
async fn who_seeds_second_finds_what_the_first_decided() {
    let store = memory();
    let first = open(&store, &TestClock::new()).await;
    let second = open(&store, &TestClock::new()).await;
    let both = [(partition(0), 10), (partition(1), 20)];
    let later = [(partition(1), 99), (partition(2), 30)];
    let (first, second) = tokio::join!(first.seed(&both), second.seed(&later));
    let (first, second) = (first.unwrap(), second.unwrap());
    let mut seeded: Vec<SourcePartition> = first.seeded.clone();
    seeded.extend(second.seeded.clone());
    seeded.sort();
    assert_eq!(seeded, [partition(0), partition(1), partition(2)]);
    assert_eq!(
        first.progress[1].events_next,
        second.progress[0].events_next
    );
    for progress in first.progress.iter().chain(&second.progress) {
        assert_eq!(progress.seed, progress.events_next);
        assert_eq!(progress.windows_next, progress.events_next);
        assert_eq!(progress.rejects_next, progress.events_next);
    }
}

pub(crate) fn reject(offset: i64) -> Reject {
    Reject {
        reason: RejectReason::NotJson,
        detail: "at byte 0".to_owned(),
        raw: b"\xffnot json".to_vec(),
        raw_bytes: 9,
        raw_sha256: "00".repeat(32),
        topic: "usage".to_owned(),
        topic_id: "id0".to_owned(),
        partition: 0,
        offset,
        kafka_time_us: Some(NOON_US),
        key: Some(b"user".to_vec()),
        headers: vec![
            ("trace".to_owned(), "1".to_owned()),
            ("trace".to_owned(), "2".to_owned()),
        ],
    }
}

fn rejected(start: i64, next: i64, written: &[i64], rejects_next: i64) -> sinks::SealedEpoch {
    let mut writer = EpochWriter::new(&settings()).unwrap();
    let rejects: Vec<Reject> = written.iter().map(|&offset| reject(offset)).collect();
    writer.write_rejects(&rejects, NOON_US).unwrap();
    let span = PartitionSpan {
        next,
        rejects: next - start,
        ..PartitionSpan::empty(partition(0), start)
    };
    let request = SealRequest {
        spans: vec![span],
        rejects_next: vec![(partition(0), rejects_next)],
        sealed_at_us: NOON_US,
        ..SealRequest::default()
    };
    writer.seal(request).unwrap()
}

#[tokio::test]
async fn rejects_move_their_own_offset_and_only_with_rows() {
    let store = memory();
    let lake = seeded(&store, 1).await;
    assert!(is_committed(
        &lake.commit_epoch(&epoch(&[(0, 0, 4)])).await.unwrap()
    ));
    let CommitOutcome::Committed(report) = lake
        .commit_epoch(&rejected(4, 6, &[4, 5], 0))
        .await
        .unwrap()
    else {
        panic!("fenced");
    };
    assert_eq!(report.rejects_next, [(partition(0), 6)]);
    let progress = &lake.progress(&[partition(0)]).await.unwrap()[0];
    assert_eq!(
        (progress.events_next, progress.rejects_next),
        (Some(6), Some(6))
    );
    assert_eq!((progress.events, progress.rejects), (4, 2));
    assert_eq!(offsets(&store, Table::Rejects).await, [(0, 4), (0, 5)]);
}

#[tokio::test]
async fn rejects_that_outran_events_are_not_written_twice() {
    let store = memory();
    let lake = seeded(&store, 1).await;
    // A worker dies between the two tables: its rejects [0, 2) are there, its events are not.
    let dead = open(&store, &TestClock::new()).await;
    assert!(is_committed(
        &lake.commit_epoch(&epoch(&[(0, 0, 1)])).await.unwrap()
    ));
    assert!(is_fenced(
        &dead
            .commit_epoch(&rejected(0, 2, &[0, 1], 0))
            .await
            .unwrap()
    ));
    let progress = &lake.progress(&[partition(0)]).await.unwrap()[0];
    assert_eq!(
        (progress.events_next, progress.rejects_next),
        (Some(1), Some(2))
    );
    // Who does not know of them is fenced; who does leaves them out.
    assert!(is_fenced(
        &lake
            .commit_epoch(&rejected(1, 3, &[1, 2], 0))
            .await
            .unwrap()
    ));
    assert!(is_committed(
        &lake.commit_epoch(&rejected(1, 3, &[2], 2)).await.unwrap()
    ));
    assert_eq!(
        offsets(&store, Table::Rejects).await,
        [(0, 0), (0, 1), (0, 2)]
    );
}

#[tokio::test]
async fn missing_windows_are_committed_later_and_once() {
    let store = memory();
    let lake = seeded(&store, 1).await;
    let part = |calls| schemas::window_rows::WindowRows {
        rollup: "user".to_owned(),
        rows: windows(NOON_US, 1, calls, 7),
    };
    let ahead = lake.commit_windows(&[span(0, 0, 5)], &[part(5)]).await;
    assert!(ahead.unwrap_err().to_string().contains("windows of"));
    assert!(is_committed(
        &lake.commit_epoch(&epoch(&[(0, 0, 5)])).await.unwrap()
    ));
    let again = lake
        .commit_windows(&[span(0, 0, 5)], &[part(5)])
        .await
        .unwrap();
    assert!(is_fenced(&again));
    assert_eq!(window_sums(&store).await.0, 5);
}

#[tokio::test]
async fn an_old_epoch_is_never_committed() {
    let store = memory();
    let clock = TestClock::new();
    let lake = open(&store, &clock).await;
    let _ = lake.seed(&[(partition(0), 0)]).await.unwrap();
    let sealed = epoch(&[(0, 0, 5)]);
    clock.forward_s(settings().batch_age_s_max + 1);
    let outcome = lake.commit_epoch(&sealed).await.unwrap();
    assert!(
        matches!(outcome, CommitOutcome::Expired { .. }),
        "{outcome:?}"
    );
    assert_eq!(offsets(&store, Table::Events).await, []);
}

/// Two workers that believe to own all partitions; after each fence they resume where the lake is.
async fn race(store: Arc<dyn ObjectStore>) {
    const PARTITIONS: i32 = 3;
    const EACH: i64 = 40;
    let _ = seeded(&store, PARTITIONS).await;
    let worker = |stride: i64| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let lake = open(&store, &TestClock::new()).await;
            let sources: Vec<_> = (0..PARTITIONS).map(partition).collect();
            let mut fences = 0;
            loop {
                let progress = lake.progress(&sources).await.unwrap();
                let spans: Vec<_> = (0..PARTITIONS)
                    .zip(&progress)
                    .map(|(at, progress)| (at, progress.events_next.unwrap()))
                    .map(|(at, start)| (at, start, (start + stride).min(EACH)))
                    .collect();
                if spans.iter().all(|(_, start, _)| *start == EACH) {
                    return fences;
                }
                let windows_behind = progress
                    .iter()
                    .any(|progress| progress.windows_next < progress.events_next);
                if windows_behind {
                    // The other worker is between its two tables.
                    tokio::task::yield_now().await;
                    continue;
                }
                let outcome = lake.commit_epoch(&epoch(&spans)).await.unwrap();
                fences += u32::from(is_fenced(&outcome));
            }
        })
    };
    let (first, second) = tokio::join!(worker(3), worker(5));
    println!("fences: {} and {}", first.unwrap(), second.unwrap());
    let expected: Vec<_> = (0..PARTITIONS)
        .flat_map(|at| (0..EACH).map(move |offset| (at, offset)))
        .collect();
    assert_eq!(offsets(&store, Table::Events).await, expected);
    let calls = i64::from(PARTITIONS) * EACH;
    assert_eq!(
        window_sums(&store).await,
        (calls, i128::from(calls) * 1_000)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_that_own_the_same_partitions_lose_and_double_nothing_in_memory() {
    race(memory()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_that_own_the_same_partitions_lose_and_double_nothing_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
    race(Arc::new(store)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threads_that_share_a_lake_do_not_race_each_other() {
    let store = memory();
    let lake = seeded(&store, 4).await;
    let threads = (0..4).map(|at| {
        let lake = lake.clone();
        tokio::spawn(async move {
            let mut attempts = 0;
            for start in 0..25 {
                let outcome = lake.commit_epoch(&epoch(&[(at, start, start + 1)])).await;
                let CommitOutcome::Committed(report) = outcome.unwrap() else {
                    panic!("fenced");
                };
                attempts += report.attempts;
            }
            attempts
        })
    });
    for thread in futures::future::join_all(threads).await {
        assert_eq!(thread.unwrap(), 50);
    }
    assert_eq!(offsets(&store, Table::Events).await.len(), 100);
}
