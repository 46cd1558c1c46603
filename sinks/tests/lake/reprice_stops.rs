//! A reprice that stops at any point: whoever comes next leaves windows equal to events.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use schemas::table::Table;
use sinks::hook::CommitPoint;
use sinks::{Lake, MaintenancePolicy, MaintenanceReport, RepriceOutcome};

use crate::maintain::merging;
use crate::repricer::{
    OnceAt, OnePrice, append, append_now, assert_whole, everything, open_with, reprice,
    stored_events,
};
use crate::rig::{Fault, FaultyStore, TestClock, memory, open, partition, seeded, settings};

const POINTS: [CommitPoint; 7] = [
    CommitPoint::BeforeUpload,
    CommitPoint::AfterUpload,
    CommitPoint::AfterManifest,
    CommitPoint::BeforeCommit(Table::Events),
    CommitPoint::AfterCommit(Table::Events),
    CommitPoint::BeforeCommit(Table::CostWindows),
    CommitPoint::AfterCommit(Table::CostWindows),
];

/// Who comes next.
#[derive(Debug, Clone, Copy)]
enum Next {
    SameReprice,
    OtherReprice,
    Worker,
    Maintenance,
    All,
}

const NEXT: [Next; 5] = [
    Next::SameReprice,
    Next::OtherReprice,
    Next::Worker,
    Next::Maintenance,
    Next::All,
];

/// Runs a reprice that panics at a point, as a process that is killed there.
async fn stop_at(store: &Arc<dyn ObjectStore>, clock: &Arc<TestClock>, point: CommitPoint) {
    let hook = OnceAt::new(point);
    let lake = open_with(store, clock, &hook).await;
    hook.arm(|| panic!("killed"));
    let stopped = tokio::spawn(async move { reprice(&lake, 5).await });
    assert!(stopped.await.unwrap_err().is_panic(), "{point:?}");
}

async fn maintain(lake: &Lake) -> MaintenanceReport {
    let (merging, policy) = (merging(), MaintenancePolicy::standard());
    lake.maintain(&merging, &policy).await.unwrap()
}

async fn come_next(store: &Arc<dyn ObjectStore>, clock: &Arc<TestClock>, next: Next) {
    match next {
        Next::SameReprice => drop(reprice(&open(store, clock).await, 5).await),
        Next::OtherReprice => drop(reprice(&open(store, clock).await, 8).await),
        Next::Worker => append(&open(store, clock).await, 0, 6, 9).await,
        Next::Maintenance => drop(maintain(&open(store, clock).await).await),
        Next::All => {
            let lakes = (0..4).map(|_| open(store, clock));
            for lake in futures::future::join_all(lakes).await {
                assert!(!lake.finish_reprice().await.unwrap());
            }
        }
    }
}

async fn check(store: Arc<dyn ObjectStore>, point: CommitPoint, next: Next) {
    let case = format!("{point:?}, then {next:?}");
    let clock = TestClock::new();
    let worker = seeded(&store, 1).await;
    append(&worker, 0, 0, 3).await;
    append(&worker, 0, 3, 6).await;
    stop_at(&store, &clock, point).await;
    let landed = !matches!(
        point,
        CommitPoint::BeforeUpload
            | CommitPoint::AfterUpload
            | CommitPoint::AfterManifest
            | CommitPoint::BeforeCommit(Table::Events)
    );
    let book = if landed { "book-5" } else { "old" };
    let events = stored_events(&store).await;
    assert!(events.iter().all(|event| event.book == book), "{case}");
    come_next(&store, &clock, next).await;
    assert_whole(&store, &case).await;
    let book = match next {
        Next::SameReprice => "book-5",
        Next::OtherReprice => "book-8",
        Next::Worker | Next::Maintenance | Next::All => book,
    };
    let events = stored_events(&store).await;
    let mut repriced = events.iter().filter(|event| event.offset < 6);
    assert!(repriced.all(|event| event.book == book), "{case}");
    // And the one behind that finds nothing left to do.
    let _ = reprice(&worker, 9).await;
    assert_whole(&store, &case).await;
    let outcome = reprice(&worker, 9).await;
    assert!(matches!(outcome, RepriceOutcome::Unchanged(_)), "{case}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_equal_events_after_a_stop_anywhere_in_memory() {
    for point in POINTS {
        for next in NEXT {
            check(memory(), point, next).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_equal_events_after_a_stop_anywhere_on_disk() {
    for point in POINTS {
        for next in NEXT {
            let folder = tempfile::tempdir().unwrap();
            let store = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
            check(Arc::new(store), point, next).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reprice_survives_every_answer_of_the_store() {
    for part in ["events/_delta_log", "cost_windows/_delta_log"] {
        for fault in [Fault::Before, Fault::After, Fault::AfterAsExisting] {
            let faulty = FaultyStore::new(memory());
            let store = Arc::clone(&faulty) as Arc<dyn ObjectStore>;
            let lake = seeded(&store, 1).await;
            append(&lake, 0, 0, 6).await;
            faulty.fail(part, fault, 2);
            let case = format!("{part} {fault:?}");
            let outcome = reprice(&lake, 5).await;
            assert!(matches!(outcome, RepriceOutcome::Repriced(_)), "{case}");
            assert_whole(&store, &case).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn corrections_that_the_store_refuses_are_committed_later() {
    let faulty = FaultyStore::new(memory());
    let store = Arc::clone(&faulty) as Arc<dyn ObjectStore>;
    let lake = seeded(&store, 1).await;
    append(&lake, 0, 0, 6).await;
    faulty.fail("cost_windows/_delta_log", Fault::Before, 1_000);
    let failed = lake.reprice(everything(5), OnePrice::boxed(5)).await;
    assert!(failed.is_err());
    // A worker goes on meanwhile: its windows are its own.
    faulty.heal();
    append(&lake, 0, 6, 9).await;
    assert!(lake.finish_reprice().await.unwrap());
    assert!(!lake.finish_reprice().await.unwrap());
    assert_whole(&store, "refused").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clearing_keeps_corrections_that_are_due_and_drops_those_that_never_landed() {
    for (point, landed) in [
        (CommitPoint::AfterCommit(Table::Events), true),
        (CommitPoint::BeforeCommit(Table::Events), false),
    ] {
        let store = memory();
        let clock = TestClock::at_machine_time();
        let lake = open(&store, &clock).await;
        let _ = lake.seed(&[(partition(0), 0)]).await.unwrap();
        append_now(&lake, &clock, 0, 6).await;
        stop_at(&store, &clock, point).await;
        clock.forward_s(settings().deleted_file_retention_s + 60);
        // This lake was open all the while, so that it is maintenance that comes next.
        let report = maintain(&lake).await;
        assert_eq!(report.manifests_deleted, 1);
        // The file that was replaced, or the two that were put in vain.
        assert_eq!(report.data_files_deleted, if landed { 1 } else { 2 });
        assert_whole(&store, "cleared").await;
        let book = if landed { "book-5" } else { "old" };
        let events = stored_events(&store).await;
        assert!(events.iter().all(|event| event.book == book));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_remembers_how_often_events_were_repriced() {
    let store = memory();
    let clock = TestClock::at_machine_time();
    let lake = open(&store, &clock).await;
    let _ = lake.seed(&[(partition(0), 0)]).await.unwrap();
    append_now(&lake, &clock, 0, 6).await;
    for cost in [3, 4] {
        let _ = reprice(&lake, cost).await;
    }
    let policy = MaintenancePolicy {
        checkpoint_commits_min: 1,
        ..MaintenancePolicy::standard()
    };
    let _ = lake.maintain(&merging(), &policy).await.unwrap();
    clock.forward_s(settings().log_retention_s + 60);
    let report = lake.maintain(&merging(), &policy).await.unwrap();
    assert!(report.log_objects_deleted > 0, "{report:?}");
    let fresh = open(&store, &clock).await;
    assert!(matches!(
        reprice(&fresh, 5).await,
        RepriceOutcome::Repriced(_)
    ));
    assert_whole(&store, "checkpoint").await;
}
