//! What the tests of repricing share: lakes whose windows equal their events, a repricer, stops.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, DictionaryArray, Int32Array, RecordBatch,
    StringArray,
};
use arrow::datatypes::{Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType};
use object_store::ObjectStore;
use schemas::clock::Clock;
use schemas::money::money_type;
use schemas::position::PartitionSpan;
use schemas::table::Table;
use schemas::window_rows::WindowRows;
use sinks::hook::{CommitHook, CommitPoint, Job};
use sinks::reprice::RepricerError;
use sinks::{
    EpochWriter, Lake, RepriceOutcome, RepriceReport, RepriceRequest, RepriceSelection, Repricer,
    SealRequest, SealedEpoch,
};

use crate::rig::{
    NOON_US, TestClock, is_committed, partition, read_all, settings, span, topic, url, window_sums,
};
use crate::rows::{EventRows, events, window_part};

/// What every call costs at first, 10^-12 dollars.
pub(crate) const OLD_COST: i128 = 1_000;
/// Time of the first event of a partition; each offset is a minute later.
pub(crate) const FIRST_US: i64 = NOON_US;
pub(crate) const MINUTE_US: i64 = 60_000_000;

fn with(rows: &RecordBatch, name: &str, column: ArrayRef) -> RecordBatch {
    let at = rows.schema().index_of(name).unwrap();
    let mut columns = rows.columns().to_vec();
    columns[at] = column;
    RecordBatch::try_new(rows.schema(), columns).unwrap()
}

fn constant_label(text: &str, rows: usize) -> ArrayRef {
    let keys = Int32Array::from_value(0, rows);
    let values = Arc::new(StringArray::from(vec![text]));
    Arc::new(DictionaryArray::<Int32Type>::new(keys, values))
}

/// Events of which each third has no price, the others [`OLD_COST`].
fn priced_rows(at: i32, offsets: std::ops::Range<i64>) -> RecordBatch {
    let count = (offsets.end - offsets.start) as usize;
    let is_priced = |offset: &i64| offset % 3 != 2;
    let costs = offsets
        .clone()
        .map(|offset| is_priced(&offset).then_some(OLD_COST));
    let costs: ArrayRef = Arc::new(Decimal128Array::from_iter(costs).with_data_type(money_type()));
    let keys = offsets.clone().map(|offset| i32::from(!is_priced(&offset)));
    let statuses = StringArray::from(vec!["priced", "unpriced"]);
    let statuses =
        DictionaryArray::<Int32Type>::new(Int32Array::from_iter_values(keys), Arc::new(statuses));
    let rows = events(&EventRows {
        time_us: FIRST_US + offsets.start * MINUTE_US,
        step_us: MINUTE_US,
        ..EventRows::of(at, offsets)
    });
    let rows = with(&rows, "cost_usd", costs);
    let rows = with(&rows, "price_status", Arc::new(statuses));
    with(&rows, "price_book", constant_label("old", count))
}

/// The part of the windows that these events make: all of one user.
fn window_of(rows: &RecordBatch) -> WindowRows {
    let costs = rows.column_by_name("cost_usd").unwrap();
    let cost = costs
        .as_primitive::<Decimal128Type>()
        .iter()
        .flatten()
        .sum();
    let calls = rows.num_rows() as i64;
    WindowRows {
        rollup: "user".to_owned(),
        rows: window_part(NOON_US, &[("user".to_owned(), calls, cost)]),
    }
}

/// An epoch whose windows sum to its events.
pub(crate) fn priced_epoch(at: i32, start: i64, next: i64) -> SealedEpoch {
    priced_epoch_at(at, start, next, NOON_US)
}

fn priced_epoch_at(at: i32, start: i64, next: i64, sealed_at_us: i64) -> SealedEpoch {
    let rows = priced_rows(at, start..next);
    let mut writer = EpochWriter::new(&settings()).unwrap();
    writer.write_events(&topic(), NOON_US, &rows).unwrap();
    let request = SealRequest {
        spans: vec![span(at, start, next)],
        windows: vec![window_of(&rows)],
        sealed_at_us,
        ..SealRequest::default()
    };
    writer.seal(request).unwrap()
}

pub(crate) async fn append(lake: &Lake, at: i32, start: i64, next: i64) {
    let outcome = lake.commit_epoch(&priced_epoch(at, start, next)).await;
    assert!(is_committed(&outcome.unwrap()));
}

/// The same where the clock is the machine's.
pub(crate) async fn append_now(lake: &Lake, clock: &TestClock, start: i64, next: i64) {
    let epoch = priced_epoch_at(0, start, next, clock.now_us());
    assert!(is_committed(&lake.commit_epoch(&epoch).await.unwrap()));
}

/// Commits the windows that a worker left out, from the stored rows, as a worker's start does.
pub(crate) async fn catch_up(store: &Arc<dyn ObjectStore>, lake: &Lake, at: i32) {
    let progress = &lake.progress(&[partition(at)]).await.unwrap()[0];
    let (start, next) = (
        progress.windows_next.unwrap(),
        progress.events_next.unwrap(),
    );
    let stored = stored_events(store).await;
    let missing = stored
        .iter()
        .filter(|event| event.partition == at && (start..next).contains(&event.offset));
    let missing: Vec<_> = missing.collect();
    let cost = missing.iter().filter_map(|event| event.cost).sum();
    let calls = missing.len() as i64;
    let windows = WindowRows {
        rollup: "user".to_owned(),
        rows: window_part(NOON_US, &[("user".to_owned(), calls, cost)]),
    };
    let span = PartitionSpan {
        next,
        ..PartitionSpan::empty(partition(at), start)
    };
    assert!(is_committed(
        &lake.commit_windows(&[span], &[windows]).await.unwrap()
    ));
}

/// What matters here of a stored event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StoredEvent {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) time_us: i64,
    pub(crate) cost: Option<i128>,
    pub(crate) status: String,
    pub(crate) book: String,
    pub(crate) model: String,
}

/// All events, by partition and offset.
pub(crate) async fn stored_events(store: &Arc<dyn ObjectStore>) -> Vec<StoredEvent> {
    let mut found = Vec::new();
    for rows in read_all(store, Table::Events).await {
        let column = |name: &str| Arc::clone(rows.column_by_name(name).unwrap());
        let partitions = column("kafka_partition");
        let offsets = column("kafka_offset");
        let times = column("event_time");
        let costs = column("cost_usd");
        let costs = costs.as_primitive::<Decimal128Type>();
        let text = |name: &str, row: usize| column(name).as_string::<i32>().value(row).to_owned();
        found.extend((0..rows.num_rows()).map(|row| StoredEvent {
            partition: partitions.as_primitive::<Int32Type>().value(row),
            offset: offsets.as_primitive::<Int64Type>().value(row),
            time_us: times.as_primitive::<TimestampMicrosecondType>().value(row),
            cost: costs.is_valid(row).then(|| costs.value(row)),
            status: text("price_status", row),
            book: text("price_book", row),
            model: text("model", row),
        }));
    }
    found.sort();
    found
}

/// Windows sum to events, and each event costs what its book says.
pub(crate) async fn assert_whole(store: &Arc<dyn ObjectStore>, case: &str) {
    let events = stored_events(store).await;
    let cost: i128 = events.iter().filter_map(|event| event.cost).sum();
    let calls = events.len() as i64;
    assert_eq!(window_sums(store).await, (calls, cost), "{case}");
    for event in &events {
        let expected = match event.book.strip_prefix("book-") {
            Some(cost) => Some(cost.parse().unwrap()),
            None => (event.offset % 3 != 2).then_some(OLD_COST),
        };
        assert_eq!(event.cost, expected, "{case}: {event:?}");
    }
}

/// Prices every call alike; the book is named after the price.
#[derive(Debug)]
pub(crate) struct OnePrice {
    cost: i128,
    corrected: i128,
}

impl OnePrice {
    pub(crate) fn boxed(cost: i128) -> Box<dyn Repricer> {
        Box::new(Self { cost, corrected: 0 })
    }
}

fn cost_sum(rows: &RecordBatch) -> i128 {
    let costs = rows.column_by_name("cost_usd").unwrap();
    costs
        .as_primitive::<Decimal128Type>()
        .iter()
        .flatten()
        .sum()
}

impl Repricer for OnePrice {
    fn price(&mut self, stored: &RecordBatch) -> Result<RecordBatch, RepricerError> {
        let count = stored.num_rows();
        let costs = Decimal128Array::from_value(self.cost, count).with_data_type(money_type());
        let rows = with(stored, "cost_usd", Arc::new(costs));
        let rows = with(&rows, "price_status", constant_label("priced", count));
        let book = format!("book-{}", self.cost);
        Ok(with(&rows, "price_book", constant_label(&book, count)))
    }

    fn correct(&mut self, old: &RecordBatch, new: &RecordBatch) -> Result<(), RepricerError> {
        self.corrected += cost_sum(new) - cost_sum(old);
        Ok(())
    }

    fn memory_bytes(&self) -> usize {
        // Some corrections fill a file of their own, and others wait for the end of the piece.
        if self.corrected % 2 == 0 {
            0
        } else {
            usize::MAX
        }
    }

    fn take_corrections(&mut self) -> Result<Vec<WindowRows>, RepricerError> {
        let corrected = std::mem::take(&mut self.corrected);
        if corrected == 0 {
            return Ok(Vec::new());
        }
        Ok(vec![WindowRows {
            rollup: "user".to_owned(),
            rows: window_part(NOON_US, &[("user".to_owned(), 0, corrected)]),
        }])
    }
}

pub(crate) fn everything(cost: i128) -> RepriceRequest {
    RepriceRequest {
        selection: RepriceSelection {
            from_us: i64::MIN,
            to_us: i64::MAX,
            only_unpriced: false,
            provider: None,
            model: None,
        },
        price_book: format!("book-{cost}"),
        is_dry_run: false,
        behind_wait_max: Duration::from_secs(20),
    }
}

pub(crate) async fn reprice(lake: &Lake, cost: i128) -> RepriceOutcome {
    lake.reprice(everything(cost), OnePrice::boxed(cost))
        .await
        .unwrap()
}

pub(crate) fn repriced(outcome: RepriceOutcome) -> RepriceReport {
    match outcome {
        RepriceOutcome::Repriced(report) => report,
        other => panic!("{other:?}"),
    }
}

/// Does something when a commit comes to a point for the first time.
pub(crate) struct OnceAt {
    point: CommitPoint,
    act: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl OnceAt {
    pub(crate) fn new(point: CommitPoint) -> Arc<Self> {
        let act = Mutex::new(None);
        Arc::new(Self { point, act })
    }

    /// What to do from now on.
    pub(crate) fn arm(&self, act: impl FnOnce() + Send + 'static) {
        *self.act.lock().unwrap() = Some(Box::new(act));
    }

    /// Lets something asynchronous happen while the commit waits.
    pub(crate) fn arm_async<F>(&self, act: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.arm(|| {
            let runtime = tokio::runtime::Handle::current();
            tokio::task::block_in_place(|| runtime.block_on(act));
        });
    }
}

impl fmt::Debug for OnceAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OnceAt({:?})", self.point)
    }
}

impl CommitHook for OnceAt {
    fn at(&self, _job: Job, point: CommitPoint) {
        if point == self.point {
            let act = self.act.lock().unwrap().take();
            if let Some(act) = act {
                act();
            }
        }
    }
}

pub(crate) async fn open_with(
    store: &Arc<dyn ObjectStore>,
    clock: &Arc<TestClock>,
    hook: &Arc<OnceAt>,
) -> Lake {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    let hook = Arc::clone(hook) as Arc<dyn CommitHook>;
    Lake::open_with_hook(Arc::clone(store), url(), settings(), clock, hook)
        .await
        .unwrap()
}
