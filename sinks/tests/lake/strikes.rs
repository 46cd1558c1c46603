//! Every fault at every call of the store in a whole life of a lake: the tables end up the same.
//!
//! By default a seventh of the lives is tried; `STRIKES=all` tries each of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use futures::{StreamExt, stream};
use object_store::ObjectStore;
use schemas::clock::Clock;
use schemas::position::PartitionSpan;
use schemas::reject::Reject;
use schemas::table::Table;
use schemas::window_rows::WindowRows;
use sinks::{
    CommitOutcome, EpochWriter, Lake, LakeSettings, PartitionProgress, SealRequest, SealedEpoch,
    SinkError, paths,
};

use crate::commits::reject;
use crate::maintain::{merge_by_user, merging, policy};
use crate::rig::{
    NOON_US, TestClock, memory, offsets, open, partition, read_all, settings, topic, url,
};
use crate::rows::{EventRows, Numbers, events, window_part};
use crate::struck_store::{Fate, Operation, Strike, StruckStore};

/// The topic: every third message is no valid event.
const END: i64 = 9;
const EPOCH: i64 = 3;
/// How often the process may be started again; one strike and one planned death need two.
const STARTS_MAX: u32 = 6;
/// How long a life may take before something waits that should not.
const RUN_MAX: Duration = Duration::from_secs(60);
/// Scripts that run side by side.
const SIDE_BY_SIDE: usize = 4;

const fn is_reject(offset: i64) -> bool {
    offset % 3 == 2
}

fn lake_settings() -> LakeSettings {
    LakeSettings {
        commit_attempts_max: 3,
        ..settings()
    }
}

/// One user a message, so windows can be told apart.
fn windows_of(span: std::ops::Range<i64>) -> Vec<WindowRows> {
    let rows: Vec<(String, i64, i128)> = span
        .filter(|&offset| !is_reject(offset))
        .map(|offset| (format!("user-{offset}"), 1, 1_000 + i128::from(offset)))
        .collect();
    vec![WindowRows {
        rollup: "user".to_owned(),
        rows: window_part(NOON_US, &rows),
    }]
}

/// Rows that depend on their offset alone, whatever epoch they come in.
fn seal(start: i64, next: i64, stored: &[i64], rejects_next: i64, now_us: i64) -> SealedEpoch {
    let mut writer = EpochWriter::new(&lake_settings()).unwrap();
    for offset in (start..next).filter(|&offset| !is_reject(offset)) {
        let rows = events(&EventRows::of(0, offset..offset + 1));
        writer.write_events(&topic(), NOON_US, &rows).unwrap();
    }
    let rejected: Vec<i64> = (start..next).filter(|&offset| is_reject(offset)).collect();
    let fresh = rejected.iter().filter(|offset| !stored.contains(offset));
    let rejects: Vec<_> = fresh.map(|&offset| reject(offset)).collect();
    writer.write_rejects(&rejects, NOON_US).unwrap();
    let span = PartitionSpan {
        next,
        events: next - start - rejected.len() as i64,
        rejects: rejected.len() as i64,
        ..PartitionSpan::empty(partition(0), start)
    };
    let request = SealRequest {
        spans: vec![span],
        windows: windows_of(start..next),
        rejects_next: vec![(partition(0), rejects_next)],
        sealed_at_us: now_us,
        ..SealRequest::default()
    };
    writer.seal(request).unwrap()
}

/// A lake under a store that may be struck.
struct Script {
    healthy: Arc<dyn ObjectStore>,
    fate: Arc<Fate>,
    clock: Arc<TestClock>,
    begun_at_us: i64,
}

impl Script {
    fn new(plan: Option<(Operation, usize, Strike)>) -> Self {
        let healthy = memory();
        // The second epoch: a worker dies between its two tables.
        let deadly = paths::commit(Table::Events, 3);
        let clock = TestClock::at_machine_time();
        Self {
            healthy,
            fate: Fate::new(plan, Some(deadly)),
            begun_at_us: clock.now_us(),
            clock,
        }
    }

    /// The life of one process, until all is done or something fails that it does not wait out.
    async fn work(&self, store: Arc<dyn ObjectStore>) -> Result<(), SinkError> {
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let lake = Lake::open(store, url(), lake_settings(), clock).await?;
        loop {
            let progress = lake.progress(&[partition(0)]).await?.remove(0);
            let (Some(start), Some(windows_next), Some(rejects_next)) = (
                progress.events_next,
                progress.windows_next,
                progress.rejects_next,
            ) else {
                let _ = lake.seed(&[(partition(0), 0)]).await?;
                continue;
            };
            if windows_next < start {
                self.catch_up(&lake, windows_next, start).await?;
                continue;
            }
            if start == END {
                break;
            }
            if start == 2 * EPOCH {
                let _ = lake.maintain(&merging(), &policy()).await?;
            }
            self.epoch(&lake, start, rejects_next).await?;
        }
        // The retention passes, so that there is something to clear away.
        let due_at_us = self.begun_at_us + (lake_settings().log_retention_s + 60) * 1_000_000;
        let missing_s = (due_at_us - self.clock.now_us()) / 1_000_000;
        self.clock.forward_s(missing_s.max(0));
        let _ = lake.maintain(&merging(), &policy()).await?;
        Ok(())
    }

    async fn catch_up(&self, lake: &Lake, from: i64, to: i64) -> Result<(), SinkError> {
        let span = PartitionSpan {
            next: to,
            ..PartitionSpan::empty(partition(0), from)
        };
        let outcome = lake.commit_windows(&[span], &windows_of(from..to)).await?;
        assert!(matches!(outcome, CommitOutcome::Committed(_)));
        Ok(())
    }

    /// Commits one epoch, again and again as a worker does.
    async fn epoch(&self, lake: &Lake, start: i64, rejects_next: i64) -> Result<(), SinkError> {
        let stored: Vec<i64> = if rejects_next > start {
            let stored = offsets(&self.healthy, Table::Rejects).await;
            stored.into_iter().map(|(_, offset)| offset).collect()
        } else {
            Vec::new()
        };
        let next = (start / EPOCH + 1) * EPOCH;
        let sealed = seal(start, next, &stored, rejects_next, self.clock.now_us());
        let mut tries = 0;
        loop {
            match lake.commit_epoch(&sealed).await {
                // Fenced or not: the next look at the progress says where to go on.
                Ok(_) => return Ok(()),
                Err(error) if tries == 3 => return Err(error),
                Err(_) => tries += 1,
            }
        }
    }

    /// Starts processes until one comes to its end; how many it took.
    async fn run(&self) -> u32 {
        for starts in 1..=STARTS_MAX {
            let store = StruckStore::new(Arc::clone(&self.healthy), &self.fate);
            let death = store.death();
            let done = tokio::select! {
                worked = self.work(Arc::new(store)) => worked.is_ok(),
                () = death => false,
            };
            if done {
                return starts;
            }
        }
        panic!("not done after {STARTS_MAX} starts");
    }

    async fn tables(&self) -> Tables {
        let lake = open(&self.healthy, &self.clock).await;
        let windows = read_all(&self.healthy, Table::CostWindows).await;
        Tables {
            events: lines(&read_all(&self.healthy, Table::Events).await),
            rejects: lines(&read_all(&self.healthy, Table::Rejects).await),
            windows: lines(&[merge_by_user(&windows).unwrap()]),
            progress: lake.progress(&[partition(0)]).await.unwrap(),
        }
    }
}

/// All that readers can see.
#[derive(Debug, PartialEq, Eq)]
struct Tables {
    events: Vec<String>,
    rejects: Vec<String>,
    windows: Vec<String>,
    progress: Vec<PartitionProgress>,
}

/// Rows as text, sorted.
fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let text = pretty_format_batches(batches).unwrap().to_string();
    let rows = text.lines().filter(|line| line.starts_with('|')).skip(1);
    let mut rows: Vec<String> = rows
        .map(|row| row.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    rows.sort_unstable();
    rows
}

/// The tables of a life without a strike, and how often it asks the store for what.
async fn faultless() -> (Tables, BTreeMap<Operation, usize>) {
    let script = Script::new(None);
    assert_eq!(script.run().await, 2, "one planned death");
    let calls = script.fate.calls();
    let of = |is_due: fn(i64) -> bool| -> Vec<(i32, i64)> {
        let due = (0..END).filter(|&offset| is_due(offset));
        due.map(|offset| (0, offset)).collect()
    };
    let stored = offsets(&script.healthy, Table::Events).await;
    assert_eq!(stored, of(|offset| !is_reject(offset)));
    assert_eq!(
        offsets(&script.healthy, Table::Rejects).await,
        of(is_reject)
    );
    (script.tables().await, calls)
}

/// How often each strike fell.
async fn strike_all(
    plans: Vec<(Operation, usize, Strike)>,
    expected: Tables,
) -> BTreeMap<(Operation, Strike), usize> {
    let expected = Arc::new(expected);
    let runs = plans.into_iter().map(|plan| {
        let expected = Arc::clone(&expected);
        tokio::spawn(async move {
            let script = Script::new(Some(plan));
            let done = tokio::time::timeout(RUN_MAX, script.run()).await;
            assert!(done.is_ok(), "{plan:?} ends in waiting");
            assert_eq!(script.tables().await, *expected, "{plan:?}");
            (plan, script.fate.was_struck())
        })
    });
    let mut fallen = BTreeMap::new();
    let mut runs = stream::iter(runs).buffer_unordered(SIDE_BY_SIDE);
    while let Some(run) = runs.next().await {
        let ((operation, call, strike), was_struck) = run.unwrap();
        assert!(was_struck, "{strike:?} never fell on {operation:?} {call}");
        *fallen.entry((operation, strike)).or_default() += 1;
    }
    fallen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_at_every_call_ends_in_the_same_tables() {
    let begun = Instant::now();
    let (expected, calls) = faultless().await;
    println!("a life without faults asks the store: {calls:?}");
    let plans = calls.iter().flat_map(|(&operation, &count)| {
        (1..=count).flat_map(move |call| {
            let strikes = Strike::of(operation).into_iter();
            strikes.map(move |strike| (operation, call, strike))
        })
    });
    let is_whole = std::env::var_os("STRIKES").is_some_and(|which| which == "all");
    // Seven has no divisor in common with the number of strikes of an operation, so each falls.
    let plans: Vec<_> = plans.step_by(if is_whole { 1 } else { 7 }).collect();
    let planned = plans.len();
    let fallen = strike_all(plans, expected).await;
    for ((operation, strike), times) in &fallen {
        println!("{operation:?} {strike:?}: {times}");
    }
    let total: usize = fallen.values().sum();
    let seconds = begun.elapsed().as_secs_f64();
    println!("{total} faults fell in as many lives of a lake, in {seconds:.0} s");
    assert_eq!(total, planned);
    assert!(total > 200, "the script calls the store too seldom");
    let kinds = [
        Operation::Put,
        Operation::Get,
        Operation::List,
        Operation::Delete,
    ];
    for operation in kinds {
        for strike in Strike::of(operation) {
            assert!(
                fallen.contains_key(&(operation, strike)),
                "{operation:?} never met {strike:?}"
            );
        }
    }
}

/// Rejects that do not compress, so their file is put in parts.
fn large_epoch() -> SealedEpoch {
    const ROWS: i64 = 560;
    let mut numbers = Numbers::new(7);
    let mut noise = || -> Vec<u8> {
        let words = (0..(64 << 10) / 8).map(|_| numbers.next());
        words.flat_map(u64::to_le_bytes).collect()
    };
    let rejects: Vec<Reject> = (0..ROWS)
        .map(|offset| Reject {
            raw: noise(),
            ..reject(offset)
        })
        .collect();
    let mut writer = EpochWriter::new(&lake_settings()).unwrap();
    writer.write_rejects(&rejects, NOON_US).unwrap();
    let span = PartitionSpan {
        next: ROWS,
        rejects: ROWS,
        ..PartitionSpan::empty(partition(0), 0)
    };
    let request = SealRequest {
        spans: vec![span],
        rejects_next: vec![(partition(0), 0)],
        sealed_at_us: NOON_US,
        ..SealRequest::default()
    };
    let sealed = writer.seal(request).unwrap();
    assert!(sealed.bytes() > 32 << 20, "it would be put at once");
    sealed
}

/// Commits an epoch through a store, in as many processes as that takes.
async fn commit_large(healthy: &Arc<dyn ObjectStore>, fate: &Arc<Fate>, sealed: &SealedEpoch) {
    for _ in 0..STARTS_MAX {
        let store = StruckStore::new(Arc::clone(healthy), fate);
        let death = store.death();
        let store: Arc<dyn ObjectStore> = Arc::new(store);
        let work = async {
            let lake = open(&store, &TestClock::new()).await;
            let _ = lake.seed(&[(partition(0), 0)]).await?;
            lake.commit_epoch(sealed).await
        };
        let done = tokio::select! {
            worked = work => worked.is_ok(),
            () = death => false,
        };
        if done {
            return;
        }
    }
    panic!("not committed after {STARTS_MAX} starts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torn_upload_in_parts_is_put_again() {
    let sealed = large_epoch();
    let expected: Vec<_> = (0..sealed.spans()[0].next).map(|at| (0, at)).collect();
    let mut fallen = 0;
    for (operation, calls) in [(Operation::Part, 3), (Operation::Complete, 1)] {
        for plan in (1..=calls).flat_map(|call| {
            let strikes = Strike::of(operation).into_iter();
            strikes.map(move |strike| (operation, call, strike))
        }) {
            let healthy = memory();
            let fate = Fate::new(Some(plan), None);
            commit_large(&healthy, &fate, &sealed).await;
            assert!(fate.was_struck(), "{plan:?} never fell");
            assert_eq!(
                offsets(&healthy, Table::Rejects).await,
                expected,
                "{plan:?}"
            );
            fallen += 1;
        }
    }
    println!("{fallen} faults fell on uploads in parts");
    assert_eq!(fallen, 24);
}
