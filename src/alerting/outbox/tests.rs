//! The outbox between a lake in memory and a receiver over HTTP: crashes, restarts, two evaluators.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use ingest::kafka::client_config::KafkaSettings;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use readers::LakeReader;
use schemas::alerts::alert::AlertChange;
use schemas::clock::{Clock, FixedClock};
use schemas::table::Table;
use schemas::time::US_PER_S;
use sinks::hook::{CommitHook, CommitPoint, Job, NoHook};
use sinks::{AlertsOutcome, Lake, LakeSettings};
use url::Url;

use super::{Outbox, OutboxAccess, OutboxKeeper, open};
use crate::alerting::delivery::test_changes::{firing, resolved, webhook};
use crate::alerting::delivery::test_receiver::{Received, Says, TestReceiver};
use crate::metrics::delivery::DeliveryMetrics;

/// When the changes of these tests were decided, and the first of them is known to the lake.
const DECIDED_US: i64 = 1_795_762_920_000_000;

struct TestLake {
    store: Arc<dyn ObjectStore>,
    url: Url,
}

impl TestLake {
    fn new() -> Self {
        Self {
            store: Arc::new(InMemory::new()),
            url: Url::parse("memory:///").unwrap(),
        }
    }

    async fn access(&self, now_us: i64) -> OutboxAccess {
        self.access_with_hook(now_us, Arc::new(NoHook)).await
    }

    async fn access_with_hook(&self, now_us: i64, hook: Arc<dyn CommitHook>) -> OutboxAccess {
        let clock: Arc<dyn Clock> = Arc::new(FixedClock(now_us));
        let settings = LakeSettings::standard("p", "w");
        let (store, url) = (Arc::clone(&self.store), self.url.clone());
        let lake = Lake::open_with_hook(store, url, settings, Arc::clone(&clock), hook).await;
        OutboxAccess {
            lake: lake.unwrap(),
            reader: LakeReader::new(Arc::clone(&self.store), self.url.clone()),
            clock,
        }
    }

    /// An evaluator's outbox, so many seconds after the changes were decided.
    async fn outbox(&self, server: &TestReceiver, seconds: i64) -> (Outbox, OutboxKeeper) {
        let access = self.access(DECIDED_US + seconds * US_PER_S).await;
        self.open(server, access).await
    }

    async fn open(&self, server: &TestReceiver, access: OutboxAccess) -> (Outbox, OutboxKeeper) {
        let receivers = [webhook("hook", &server.url)];
        let kafka = KafkaSettings {
            bootstrap_servers: String::new(),
            properties: BTreeMap::new(),
        };
        let metrics = DeliveryMetrics::default();
        open(&receivers, &kafka, access, &metrics).await.unwrap()
    }

    async fn commit(&self, first: i64, changes: &[AlertChange]) {
        let lake = self.access(DECIDED_US).await.lake;
        let log = lake.alert_log().await.unwrap();
        let outcome = log.commit(first, changes).await.unwrap();
        assert!(
            matches!(outcome, AlertsOutcome::Committed { .. }),
            "{outcome:?}"
        );
    }

    async fn noted(&self) -> Option<i64> {
        let lake = self.access(DECIDED_US).await.lake;
        let noted = lake.alert_log().await.unwrap().delivered().await.unwrap();
        noted.get("hook").copied()
    }

    async fn wait_until_noted(&self, keeper: &mut OutboxKeeper, number: i64) {
        let begun = Instant::now();
        while self.noted().await != Some(number) {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "{:?}",
                self.noted().await
            );
            keeper.turn().await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn ids(received: &[Received]) -> Vec<&str> {
    let ids = received
        .iter()
        .map(|post| post.headers["webhook-id"].as_str());
    ids.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_is_sent_and_noted() {
    let (lake, server) = (TestLake::new(), TestReceiver::start(&[]).await);
    let (outbox, mut keeper) = lake.outbox(&server, 1).await;
    assert_eq!(
        lake.noted().await,
        Some(0),
        "a new receiver is noted at once"
    );
    let changes = [firing("a"), firing("b")];
    lake.commit(0, &changes).await;
    outbox.committed(0, &changes);
    lake.wait_until_noted(&mut keeper, 2).await;
    assert_eq!(ids(&server.received()), ["a.1", "b.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_what_was_not_noted_is_sent_again_with_the_same_id() {
    let (lake, server) = (TestLake::new(), TestReceiver::start(&[]).await);
    let changes = [firing("a")];
    {
        let (outbox, keeper) = lake.outbox(&server, 1).await;
        lake.commit(0, &changes).await;
        outbox.committed(0, &changes);
        server.wait_for(1).await;
        // The process ends before it notes anything.
        drop(keeper);
    }
    // And another change is committed by a process that ends before it sends it.
    lake.commit(1, &[resolved("a")]).await;
    assert_eq!(lake.noted().await, Some(0));
    let (_, mut keeper) = lake.outbox(&server, 5).await;
    keeper.turn().await.unwrap();
    assert_eq!(server.received().len(), 1, "somebody may still be alive");
    let (_, mut keeper) = lake.outbox(&server, 3600).await;
    lake.wait_until_noted(&mut keeper, 2).await;
    let received = server.received();
    assert_eq!(ids(&received), ["a.1", "a.1", "a.2"]);
    assert_eq!(received[0].body, received[1].body);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_evaluators_one_sends() {
    let (lake, server) = (TestLake::new(), TestReceiver::start(&[]).await);
    let (first, mut first_keeper) = lake.outbox(&server, 1).await;
    let (second, mut second_keeper) = lake.outbox(&server, 2).await;
    lake.commit(0, &[firing("a")]).await;
    first.committed(0, &[firing("a")]);
    lake.commit(1, &[firing("b")]).await;
    second.committed(1, &[firing("b")]);
    second_keeper.turn().await.unwrap();
    lake.wait_until_noted(&mut first_keeper, 1).await;
    lake.wait_until_noted(&mut second_keeper, 2).await;
    for _ in 0..3 {
        first_keeper.turn().await.unwrap();
        second_keeper.turn().await.unwrap();
    }
    assert_eq!(ids(&server.received()), ["a.1", "b.1"]);
}

/// Lets the first commits to the table of alerts of two evaluators wait for each other.
#[derive(Debug)]
struct Together {
    barrier: Arc<Barrier>,
    met: AtomicBool,
}

impl CommitHook for Together {
    fn at(&self, _job: Job, point: CommitPoint) {
        let is_first = |point| {
            point == CommitPoint::BeforeCommit(Table::Alerts)
                && !self.met.swap(true, Ordering::SeqCst)
        };
        if is_first(point) {
            self.barrier.wait();
        }
    }
}

/// All evaluators were killed and come back at once: each sees that the others are silent before
/// any of them says a word.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_evaluators_one_takes_over() {
    let (lake, server) = (TestLake::new(), TestReceiver::start(&[]).await);
    drop(lake.outbox(&server, 1).await);
    lake.commit(0, &[firing("a"), firing("b")]).await;
    let barrier = Arc::new(Barrier::new(2));
    let mut turns = Vec::new();
    for _ in 0..2 {
        let hook = Arc::new(Together {
            barrier: Arc::clone(&barrier),
            met: AtomicBool::new(false),
        });
        let access = lake
            .access_with_hook(DECIDED_US + 3600 * US_PER_S, hook)
            .await;
        let (_, mut keeper) = lake.open(&server, access).await;
        turns.push(tokio::spawn(async move {
            keeper.turn().await.unwrap();
            keeper
        }));
    }
    let mut keepers = Vec::new();
    for turn in turns {
        keepers.push(turn.await.unwrap());
    }
    let begun = Instant::now();
    while lake.noted().await != Some(2) {
        assert!(begun.elapsed() < Duration::from_secs(20));
        for keeper in &mut keepers {
            keeper.turn().await.unwrap();
        }
    }
    assert_eq!(ids(&server.received()), ["a.1", "b.1"]);
}

/// Evaluators that are busy with other receivers do not keep one from being taken over.
#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_nobody_delivers_to_is_taken_over() {
    let (lake, server) = (TestLake::new(), TestReceiver::start(&[]).await);
    let now_us = DECIDED_US + 3600 * US_PER_S;
    lake.commit(0, &[firing("a")]).await;
    let word = |receiver: &str, value| BTreeMap::from([(receiver.to_owned(), value)]);
    let busy = lake.access(now_us).await.lake;
    let log = busy.alert_log().await.unwrap();
    log.mark_delivered(&word("hook", 0), &word("hook", now_us))
        .await
        .unwrap();
    let (_, mut keeper) = lake.outbox(&server, 3600).await;
    keeper.turn().await.unwrap();
    assert!(server.received().is_empty(), "somebody delivers to it");
    let (_, mut keeper) = lake.outbox(&server, 3610).await;
    log.mark_delivered(&word("hook", 0), &word("other", now_us + 10 * US_PER_S))
        .await
        .unwrap();
    lake.wait_until_noted(&mut keeper, 1).await;
    assert_eq!(ids(&server.received()), ["a.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_is_a_row() {
    let lake = TestLake::new();
    let server = TestReceiver::start(&[Says::Status(410)]).await;
    let (outbox, mut keeper) = lake.outbox(&server, 1).await;
    lake.commit(0, &[firing("a")]).await;
    outbox.committed(0, &[firing("a")]);
    lake.wait_until_noted(&mut keeper, 1).await;
    let reader = lake.access(DECIDED_US).await.reader;
    let sql = "SELECT receiver, alert_id, reason FROM alert_dead_letters";
    let rows = reader.sql(sql).await.unwrap();
    let shown = arrow::util::pretty::pretty_format_batches(&rows.batches).unwrap();
    assert!(
        shown
            .to_string()
            .contains("| hook     | a        | status 410: said |"),
        "{shown}"
    );
}
