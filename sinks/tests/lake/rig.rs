//! What the tests share: lakes, clocks, stores that fail, epochs, and an independent reader.

use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::array::RecordBatch;
use async_trait::async_trait;
use deltalake::DeltaTable;
use deltalake::logstore::{StorageConfig, default_logstore};
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use schemas::clock::Clock;
use schemas::position::{PartitionSpan, SourcePartition};
use schemas::table::Table;
use schemas::window_rows::WindowRows;
use sinks::{CommitOutcome, EpochWriter, Lake, LakeSettings, SealRequest, SealedEpoch, Topic};
use url::Url;

use crate::rows::{EventRows, events, windows};

/// 2026-11-23 12:00 UTC, microseconds since the Unix epoch.
pub(crate) const NOON_US: i64 = 1_795_435_200_000_000;

/// A clock that a test moves.
#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(NOON_US)))
    }

    /// Starts where stores that say when an object was put start.
    #[expect(
        clippy::disallowed_methods,
        reason = "a store in memory dates its objects by the machine's clock"
    )]
    pub(crate) fn at_machine_time() -> Arc<Self> {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now_us = since_epoch.unwrap().as_micros() as i64;
        Arc::new(Self(AtomicI64::new(now_us)))
    }

    pub(crate) fn forward_s(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now_us(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

pub(crate) fn settings() -> LakeSettings {
    LakeSettings {
        commit_attempts_max: 6,
        ..LakeSettings::standard("tokenmeter", "test")
    }
}

pub(crate) fn url() -> Url {
    Url::parse("memory:///").unwrap()
}

pub(crate) async fn open(store: &Arc<dyn ObjectStore>, clock: &Arc<TestClock>) -> Lake {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    Lake::open(Arc::clone(store), url(), settings(), clock)
        .await
        .unwrap()
}

pub(crate) fn memory() -> Arc<dyn ObjectStore> {
    Arc::new(InMemory::new())
}

pub(crate) fn topic() -> Topic {
    Topic {
        name: Arc::from("usage"),
        id: Arc::from("id0"),
    }
}

pub(crate) fn partition(partition: i32) -> SourcePartition {
    SourcePartition {
        topic: Arc::from("usage"),
        topic_id: Arc::from("id0"),
        partition,
    }
}

pub(crate) fn span(at: i32, start: i64, next: i64) -> PartitionSpan {
    PartitionSpan {
        next,
        events: next - start,
        ..PartitionSpan::empty(partition(at), start)
    }
}

/// An epoch of events alone, with one window part per event.
pub(crate) fn epoch(spans: &[(i32, i64, i64)]) -> SealedEpoch {
    epoch_at(spans, NOON_US)
}

pub(crate) fn epoch_at(spans: &[(i32, i64, i64)], sealed_at_us: i64) -> SealedEpoch {
    let mut writer = EpochWriter::new(&settings()).unwrap();
    let mut parts = Vec::new();
    for &(at, start, next) in spans {
        if next > start {
            let rows = events(&EventRows::of(at, start..next));
            writer.write_events(&topic(), sealed_at_us, &rows).unwrap();
            parts.push(WindowRows {
                rollup: "user".to_owned(),
                rows: windows(NOON_US, next - start, 1, 1_000),
            });
        }
    }
    let request = SealRequest {
        spans: spans
            .iter()
            .map(|&(at, start, next)| span(at, start, next))
            .collect(),
        windows: parts,
        sealed_at_us,
        ..SealRequest::default()
    };
    writer.seal(request).unwrap()
}

pub(crate) async fn seeded(store: &Arc<dyn ObjectStore>, partitions: i32) -> Lake {
    let lake = open(store, &TestClock::new()).await;
    let starts: Vec<_> = (0..partitions).map(|at| (partition(at), 0)).collect();
    let _ = lake.seed(&starts).await.unwrap();
    lake
}

pub(crate) fn is_committed(outcome: &CommitOutcome) -> bool {
    matches!(outcome, CommitOutcome::Committed(_))
}

pub(crate) fn is_fenced(outcome: &CommitOutcome) -> bool {
    matches!(outcome, CommitOutcome::Fenced { .. })
}

/// Opens a table with deltalake's own reader, which knows nothing of ours.
pub(crate) async fn delta_table(store: &Arc<dyn ObjectStore>, table: Table) -> DeltaTable {
    let location = Url::parse(&format!("memory://lake--x-s3/{}/", table.name())).unwrap();
    let prefixed = PrefixStore::new(Arc::clone(store), table.name());
    let log_store = default_logstore(
        Arc::new(prefixed),
        Arc::clone(store),
        &location,
        &StorageConfig::default(),
    );
    let mut delta = DeltaTable::new(log_store);
    delta.load().await.unwrap();
    delta
}

/// All rows of a table, as deltalake finds its files.
pub(crate) async fn read_all(store: &Arc<dyn ObjectStore>, table: Table) -> Vec<RecordBatch> {
    let delta = delta_table(store, table).await;
    let mut batches = Vec::new();
    let views: Vec<_> = delta.snapshot().unwrap().log_data().iter().collect();
    for view in views {
        let path = Path::from(format!("{}/{}", table.name(), view.path()));
        let bytes = store.get(&path).await.unwrap().bytes().await.unwrap();
        assert_eq!(view.size(), bytes.len() as i64);
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
        let read: Vec<_> = reader
            .build()
            .unwrap()
            .map(|batch| batch.unwrap())
            .collect();
        let rows: usize = read.iter().map(RecordBatch::num_rows).sum();
        assert_eq!(view.num_records(), Some(rows));
        batches.extend(read);
    }
    batches
}

/// The offsets of each partition's rows in a table, sorted.
pub(crate) async fn offsets(store: &Arc<dyn ObjectStore>, table: Table) -> Vec<(i32, i64)> {
    use arrow::array::AsArray;
    use arrow::datatypes::{Int32Type, Int64Type};
    let mut found = Vec::new();
    for batch in read_all(store, table).await {
        let partitions = batch.column_by_name("kafka_partition").unwrap();
        let partitions = partitions.as_primitive::<Int32Type>().values().to_vec();
        let offsets = batch.column_by_name("kafka_offset").unwrap();
        let offsets = offsets.as_primitive::<Int64Type>().values().to_vec();
        found.extend(partitions.into_iter().zip(offsets));
    }
    found.sort_unstable();
    found
}

/// The sum of `calls` and of `cost_usd` over `cost_windows`.
pub(crate) async fn window_sums(store: &Arc<dyn ObjectStore>) -> (i64, i128) {
    use arrow::array::AsArray;
    use arrow::datatypes::{Decimal128Type, Int64Type};
    let mut sums = (0, 0);
    for batch in read_all(store, Table::CostWindows).await {
        let calls = batch.column_by_name("calls").unwrap();
        sums.0 += calls
            .as_primitive::<Int64Type>()
            .values()
            .iter()
            .sum::<i64>();
        let costs = batch.column_by_name("cost_usd").unwrap();
        let costs = costs.as_primitive::<Decimal128Type>();
        sums.1 += costs.iter().flatten().sum::<i128>();
    }
    sums
}

/// What a put of a path meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is written, an error is returned.
    Before,
    /// It is written, and an error is returned.
    After,
    /// It is written, and the answer is that it was there already, as a store says that retried
    /// by itself.
    AfterAsExisting,
    /// It is written over what is there: a store without conditional put.
    Overwrite,
}

/// A store that fails where it is told to.
#[derive(Debug)]
pub(crate) struct FaultyStore {
    inner: Arc<dyn ObjectStore>,
    /// A part of the path, what happens there, and how often.
    faults: Mutex<Vec<(String, Fault, u32)>>,
}

impl FaultyStore {
    pub(crate) fn new(inner: Arc<dyn ObjectStore>) -> Arc<Self> {
        let faults = Mutex::new(Vec::new());
        Arc::new(Self { inner, faults })
    }

    pub(crate) fn fail(&self, part: &str, fault: Fault, times: u32) {
        let mut faults = self.faults.lock().unwrap();
        faults.push((part.to_owned(), fault, times));
    }

    /// Forgets all faults.
    pub(crate) fn heal(&self) {
        self.faults.lock().unwrap().clear();
    }

    fn take(&self, path: &Path) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        let due = faults
            .iter_mut()
            .find(|(part, _, times)| *times > 0 && path.as_ref().contains(part.as_str()))?;
        due.2 -= 1;
        Some(due.1)
    }
}

impl fmt::Display for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "faulty {}", self.inner)
    }
}

fn failure() -> object_store::Error {
    object_store::Error::Generic {
        store: "faulty",
        source: "told to fail".into(),
    }
}

#[async_trait]
impl ObjectStore for FaultyStore {
    async fn put_opts(
        &self,
        path: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        match self.take(path) {
            None => self.inner.put_opts(path, payload, options).await,
            Some(Fault::Before) => Err(failure()),
            Some(Fault::After) => {
                self.inner.put_opts(path, payload, options).await?;
                Err(failure())
            }
            Some(Fault::AfterAsExisting) => {
                self.inner.put_opts(path, payload, options).await?;
                Err(object_store::Error::AlreadyExists {
                    path: path.to_string(),
                    source: "our own".into(),
                })
            }
            Some(Fault::Overwrite) => self.inner.put(path, payload).await,
        }
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(path, options).await
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
