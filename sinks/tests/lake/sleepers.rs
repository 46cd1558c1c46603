//! A maintainer that falls asleep at the worst place, while the others work on.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use schemas::table::Table;
use sinks::{Lake, MaintenancePolicy, SealedEpoch, paths};

use crate::maintain::merging;
use crate::rig::{
    TestClock, epoch_at, is_committed, memory, offsets, open, partition, settings, window_sums,
};

/// A store whose reader sleeps behind one of its reads: meanwhile a worker commits, and more than
/// the retention passes.
#[derive(Debug)]
struct SleepyStore {
    inner: Arc<dyn ObjectStore>,
    path: Path,
    /// How many reads of the path are left until the reader sleeps.
    reads_left: AtomicU32,
    worker: Lake,
    epoch: SealedEpoch,
    clock: Arc<TestClock>,
}

impl fmt::Display for SleepyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sleepy {}", self.inner)
    }
}

#[async_trait]
impl ObjectStore for SleepyStore {
    async fn put_opts(
        &self,
        path: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.inner.put_opts(path, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        let got = self.inner.get_opts(path, options).await;
        if *path == self.path && self.reads_left.fetch_sub(1, Ordering::SeqCst) == 1 {
            let outcome = self.worker.commit_epoch(&self.epoch).await.unwrap();
            assert!(is_committed(&outcome));
            self.clock
                .forward_s(3 * settings().deleted_file_retention_s);
        }
        got
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

/// A round of maintenance that sleeps behind so many reads of the newest entry of a table.
async fn sleep_while_clearing(table: Table, reads: u32) {
    let store = memory();
    let clock = TestClock::at_machine_time();
    let worker = open(&store, &clock).await;
    let _ = worker.seed(&[(partition(0), 0)]).await.unwrap();
    let now_us = schemas::clock::Clock::now_us(clock.as_ref());
    let first = worker.commit_epoch(&epoch_at(&[(0, 0, 1)], now_us)).await;
    assert!(is_committed(&first.unwrap()));
    let sleepy = Arc::new(SleepyStore {
        inner: Arc::clone(&store),
        path: paths::commit(table, 2),
        reads_left: AtomicU32::new(u32::MAX),
        epoch: epoch_at(&[(0, 1, 3)], now_us),
        worker,
        clock: Arc::clone(&clock),
    });
    let maintainer = open(&(Arc::clone(&sleepy) as Arc<dyn ObjectStore>), &clock).await;
    sleepy.reads_left.store(reads, Ordering::SeqCst);
    let policy = MaintenancePolicy::standard();
    let report = maintainer.maintain(&merging(), &policy).await.unwrap();
    let left = sleepy.reads_left.load(Ordering::SeqCst);
    assert!(left == 0 || left > reads, "it never slept: {left}");
    assert_eq!(report.data_files_deleted, 0);
    assert_eq!(offsets(&store, Table::Events).await.len(), 3);
    assert_eq!(window_sums(&store).await, (3, 3_000));
}

/// A table's log is read to plan merges, for the checkpoint, and to see which files are in use.
#[tokio::test]
async fn files_that_were_committed_while_a_maintainer_slept_are_not_cleared() {
    for table in [Table::Events, Table::CostWindows] {
        for reads in 1..=3 {
            sleep_while_clearing(table, reads).await;
        }
    }
}
