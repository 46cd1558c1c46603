//! Pricing events again beside writers, maintenance and other reprices.

use std::sync::Arc;
use std::time::Duration;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use sinks::hook::CommitPoint;
use sinks::{MaintenancePolicy, MergeWindows, RepriceOutcome, RepriceRequest};

use crate::maintain::merging;
use crate::repricer::{
    OnceAt, OnePrice, append, assert_whole, catch_up, everything, open_with, priced_epoch, reprice,
    repriced, stored_events,
};
use crate::rig::{Fault, FaultyStore, TestClock, memory, open, partition, seeded};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_appended_meanwhile_keeps_its_price() {
    let store = memory();
    let worker = seeded(&store, 1).await;
    append(&worker, 0, 0, 6).await;
    let hook = OnceAt::new(CommitPoint::AfterUpload);
    let lake = open_with(&store, &TestClock::new(), &hook).await;
    let appending = worker.clone();
    hook.arm_async(async move { append(&appending, 0, 6, 12).await });
    assert_eq!(repriced(reprice(&lake, 5).await).difference.total.rows, 6);
    assert_whole(&store, "appended").await;
    let old = stored_events(&store).await;
    assert!(
        old.iter()
            .all(|event| (event.book == "old") == (event.offset >= 6))
    );
    assert_eq!(
        repriced(reprice(&lake, 5).await).difference.rows_rewritten,
        6
    );
    assert_whole(&store, "again").await;
}

fn policy() -> MaintenancePolicy {
    MaintenancePolicy {
        merge_files_min: 2,
        ..MaintenancePolicy::standard()
    }
}

async fn merge_meanwhile(store: Arc<dyn ObjectStore>) {
    let worker = seeded(&store, 1).await;
    for start in 0..4 {
        append(&worker, 0, start * 3, start * 3 + 3).await;
    }
    let hook = OnceAt::new(CommitPoint::AfterUpload);
    let lake = open_with(&store, &TestClock::new(), &hook).await;
    let maintainer = open(&store, &TestClock::new()).await;
    hook.arm_async(async move {
        let merge: Arc<MergeWindows> = merging();
        let report = maintainer.maintain(&merge, &policy()).await.unwrap();
        assert_eq!(report.merges, 2);
    });
    let report = repriced(reprice(&lake, 5).await);
    assert_eq!((report.files_read, report.files_replaced), (1, 1));
    assert_eq!(report.difference.total.rows, 12);
    assert_whole(&store, "merged").await;
    let repriced = stored_events(&store).await;
    assert!(repriced.iter().all(|event| event.book == "book-5"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_were_merged_meanwhile_are_priced_anew() {
    merge_meanwhile(memory()).await;
    let folder = tempfile::tempdir().unwrap();
    let store = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
    merge_meanwhile(Arc::new(store)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_dead_between_its_commits_is_waited_for_and_then_named() {
    let faulty = FaultyStore::new(memory());
    let store = Arc::clone(&faulty) as Arc<dyn ObjectStore>;
    let lake = seeded(&store, 2).await;
    append(&lake, 0, 0, 6).await;
    append(&lake, 1, 0, 6).await;
    faulty.fail("cost_windows/_delta_log", Fault::Before, 1_000);
    let dead = lake.commit_epoch(&priced_epoch(0, 6, 9)).await;
    assert!(dead.is_err());
    faulty.heal();
    let impatient = RepriceRequest {
        behind_wait_max: Duration::ZERO,
        ..everything(5)
    };
    let outcome = lake.reprice(impatient, OnePrice::boxed(5)).await.unwrap();
    let RepriceOutcome::Behind(behind) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(behind.len(), 1);
    assert_eq!(behind[0].source, partition(0));
    assert_eq!(
        (behind[0].events_next, behind[0].windows_next),
        (9, Some(6))
    );
    assert!(
        stored_events(&store)
            .await
            .iter()
            .all(|event| event.book == "old")
    );
    let other = open(&store, &TestClock::new()).await;
    let waiting = async { repriced(reprice(&lake, 5).await) };
    let catching_up = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        catch_up(&store, &other, 0).await;
    };
    let (report, ()) = tokio::join!(waiting, catching_up);
    assert_eq!(report.difference.total.rows, 15);
    assert_whole(&store, "caught up").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn two_reprices_at_once_leave_every_event_at_the_price_of_one_book() {
    for round in 0..10 {
        let store = memory();
        let lake = seeded(&store, 1).await;
        for start in 0..4 {
            append(&lake, 0, start * 3, start * 3 + 3).await;
        }
        let reprices = [5, 7].map(|cost| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let lake = open(&store, &TestClock::new()).await;
                repriced(reprice(&lake, cost).await)
            })
        });
        for one in reprices {
            assert_eq!(one.await.unwrap().difference.total.rows, 12);
        }
        assert_whole(&store, &format!("round {round}")).await;
        let events = stored_events(&store).await;
        assert!(events.iter().all(|event| event.book == events[0].book));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn repricing_beside_a_writer_and_a_maintainer_loses_and_doubles_nothing() {
    const COMMITS: i64 = 40;
    let store = memory();
    let lake = seeded(&store, 1).await;
    let writer = tokio::spawn(async move {
        for start in 0..COMMITS {
            append(&lake, 0, start, start + 1).await;
        }
    });
    let maintained = Arc::clone(&store);
    let maintainer = tokio::spawn(async move {
        let lake = open(&maintained, &TestClock::new()).await;
        for _ in 0..12 {
            let _ = lake.maintain(&merging(), &policy()).await.unwrap();
        }
    });
    let repricer = open(&store, &TestClock::new()).await;
    let mut reprices = 0;
    while !writer.is_finished() || !maintainer.is_finished() {
        let outcome = reprice(&repricer, 100 + reprices).await;
        reprices += i128::from(matches!(outcome, RepriceOutcome::Repriced(_)));
    }
    writer.await.unwrap();
    maintainer.await.unwrap();
    println!("{reprices} reprices beside {COMMITS} commits");
    let _ = reprice(&repricer, 1).await;
    assert_whole(&store, "beside").await;
    let events = stored_events(&store).await;
    assert_eq!(events.len() as i64, COMMITS);
    assert!(events.iter().all(|event| event.book == "book-1"));
}
