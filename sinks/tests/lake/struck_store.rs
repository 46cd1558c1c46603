//! A store that is struck by one fault, at one call of one operation.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, Stream, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult,
    Result, UploadPart,
};
use tokio::sync::Notify;

/// How long a call that hangs takes until its time-out, and a slow one until its answer.
const LONG: Duration = Duration::from_millis(5);
/// How many of the newest objects a list misses that lags behind.
const LAG: usize = 2;

/// What a store is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    Put,
    Get,
    List,
    Delete,
    /// A part of an upload in parts.
    Part,
    /// The end of an upload in parts.
    Complete,
}

/// What a call meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strike {
    /// An error, and nothing was done.
    FailBefore,
    /// It is done, and the answer is an error.
    FailAfter,
    /// It is done, and the answer is that the object exists, as a client says that tried again by
    /// itself. Only where an object is created; else as [`Strike::FailAfter`].
    AnswerExists,
    /// No answer until the time-out, and nothing was done.
    HangBefore,
    /// No answer until the time-out; it is done meanwhile.
    HangAfter,
    /// It is done, slowly.
    Slow,
    /// The list lacks the newest objects.
    Stale,
    /// The process ends before the call reaches the store.
    KillBefore,
    /// The process ends when the call is done, before the answer.
    KillAfter,
}

impl Strike {
    /// The strikes that an operation can meet.
    pub(crate) fn of(operation: Operation) -> Vec<Self> {
        let mut strikes = vec![
            Self::FailBefore,
            Self::HangBefore,
            Self::Slow,
            Self::KillBefore,
        ];
        match operation {
            Operation::Put => strikes.extend([
                Self::FailAfter,
                Self::AnswerExists,
                Self::HangAfter,
                Self::KillAfter,
            ]),
            Operation::Delete | Operation::Part | Operation::Complete => {
                strikes.extend([Self::FailAfter, Self::KillAfter]);
            }
            Operation::List => strikes.push(Self::Stale),
            Operation::Get => {}
        }
        strikes
    }
}

/// What happens to whom, and what happened: it outlives the processes.
#[derive(Debug)]
pub(crate) struct Fate {
    /// Which operation is struck, at which of its calls, by what.
    plan: Option<(Operation, usize, Strike)>,
    /// A process ends once after a put of this path, whatever the plan.
    deadly: Mutex<Option<Path>>,
    calls: Mutex<BTreeMap<Operation, usize>>,
    /// What was put, in order.
    put: Mutex<Vec<Path>>,
    was_struck: AtomicBool,
}

/// One process that uses the store. When it is dead the store answers it with errors: what it
/// left behind on other threads does nothing more.
#[derive(Debug)]
struct Process {
    fate: Arc<Fate>,
    is_dead: AtomicBool,
    death: Notify,
}

/// A store that behaves but for one call, as one process sees it.
#[derive(Debug)]
pub(crate) struct StruckStore {
    inner: Arc<dyn ObjectStore>,
    process: Arc<Process>,
}

impl StruckStore {
    pub(crate) fn new(inner: Arc<dyn ObjectStore>, fate: &Arc<Fate>) -> Self {
        let process = Process {
            fate: Arc::clone(fate),
            is_dead: AtomicBool::new(false),
            death: Notify::new(),
        };
        Self {
            inner,
            process: Arc::new(process),
        }
    }

    /// Waits until the process is to end.
    pub(crate) fn death(&self) -> impl Future<Output = ()> + use<> {
        let process = Arc::clone(&self.process);
        async move { process.death.notified().await }
    }
}

impl Fate {
    pub(crate) fn new(plan: Option<(Operation, usize, Strike)>, deadly: Option<Path>) -> Arc<Self> {
        Arc::new(Self {
            plan,
            deadly: Mutex::new(deadly),
            calls: Mutex::default(),
            put: Mutex::default(),
            was_struck: AtomicBool::new(false),
        })
    }

    /// How often each operation was asked for.
    pub(crate) fn calls(&self) -> BTreeMap<Operation, usize> {
        self.calls.lock().unwrap().clone()
    }

    /// Whether the strike fell.
    pub(crate) fn was_struck(&self) -> bool {
        self.was_struck.load(Ordering::SeqCst)
    }

    /// Counts a call, and says what it meets.
    fn count(&self, operation: Operation) -> Option<Strike> {
        let mut calls = self.calls.lock().unwrap();
        let call = calls.entry(operation).or_default();
        *call += 1;
        let (struck, at, strike) = self.plan?;
        if struck != operation || at != *call {
            return None;
        }
        self.was_struck.store(true, Ordering::SeqCst);
        Some(strike)
    }

    /// Whether a process ends now that a path was put.
    fn is_deadly(&self, path: &Path) -> bool {
        let mut deadly = self.deadly.lock().unwrap();
        deadly.take_if(|deadly| deadly == path).is_some()
    }
}

impl Process {
    fn die<T>(&self) -> Result<T> {
        self.is_dead.store(true, Ordering::SeqCst);
        self.death.notify_one();
        Err(failure())
    }

    fn is_dead(&self) -> bool {
        self.is_dead.load(Ordering::SeqCst)
    }

    /// Does something that may be struck.
    async fn strike<T>(
        &self,
        operation: Operation,
        act: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        if self.is_dead() {
            return Err(failure());
        }
        let struck = self.fate.count(operation);
        self.meet(struck, act).await
    }

    async fn meet<T>(
        &self,
        struck: Option<Strike>,
        act: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        match struck {
            None | Some(Strike::Stale) => act.await,
            Some(Strike::FailBefore) => Err(failure()),
            Some(Strike::FailAfter) => act.await.and_then(|_| Err(failure())),
            Some(Strike::AnswerExists) => act.await.and_then(|_| Err(exists())),
            Some(Strike::HangBefore) => {
                tokio::time::sleep(LONG).await;
                Err(failure())
            }
            Some(Strike::HangAfter) => {
                tokio::time::sleep(LONG).await;
                act.await.and_then(|_| Err(failure()))
            }
            Some(Strike::Slow) => {
                tokio::time::sleep(LONG).await;
                act.await
            }
            Some(Strike::KillBefore) => self.die(),
            Some(Strike::KillAfter) => {
                let _done = act.await;
                self.die()
            }
        }
    }

    /// Lists what the store has, or what it had until lately.
    async fn list(
        &self,
        listed: BoxStream<'static, Result<ObjectMeta>>,
    ) -> Result<Vec<ObjectMeta>> {
        if self.is_dead() {
            return Err(failure());
        }
        let struck = self.fate.count(Operation::List);
        let mut objects: Vec<ObjectMeta> = self.meet(struck, listed.try_collect()).await?;
        if struck == Some(Strike::Stale) {
            let put = self.fate.put.lock().unwrap();
            let newest = &put[put.len().saturating_sub(LAG)..];
            objects.retain(|object| !newest.contains(&object.location));
        }
        Ok(objects)
    }
}

impl fmt::Display for StruckStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "struck {}", self.inner)
    }
}

fn failure() -> Error {
    Error::Generic {
        store: "struck",
        source: "told to fail".into(),
    }
}

fn exists() -> Error {
    Error::AlreadyExists {
        path: "the object".to_owned(),
        source: "our own".into(),
    }
}

#[async_trait]
impl ObjectStore for StruckStore {
    async fn put_opts(
        &self,
        path: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let creates = options.mode == PutMode::Create;
        let put = self.process.strike(Operation::Put, async {
            let put = self.inner.put_opts(path, payload, options).await?;
            self.process.fate.put.lock().unwrap().push(path.clone());
            Ok(put)
        });
        let answer = match put.await {
            Err(Error::AlreadyExists { .. }) if !creates => Err(failure()),
            answer => answer,
        };
        if answer.is_ok() && self.process.fate.is_deadly(path) {
            return self.process.die();
        }
        answer
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Ok(Box::new(StruckUpload {
            inner: self.inner.put_multipart_opts(path, options).await?,
            process: Arc::clone(&self.process),
        }))
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        let get = self.inner.get_opts(path, options);
        self.process.strike(Operation::Get, get).await
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let (inner, process) = (Arc::clone(&self.inner), Arc::clone(&self.process));
        let deleted = paths.and_then(move |path| {
            let (inner, process) = (Arc::clone(&inner), Arc::clone(&process));
            async move {
                let delete = inner.delete(&path);
                process
                    .strike(Operation::Delete, delete)
                    .await
                    .map(|()| path)
            }
        });
        deleted.boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let (listed, process) = (self.inner.list(prefix), Arc::clone(&self.process));
        let objects = async move { process.list(listed).await.map(stream_of) };
        objects.into_stream().try_flatten().boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let list = self.inner.list_with_delimiter(prefix);
        self.process.strike(Operation::List, list).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

fn stream_of(objects: Vec<ObjectMeta>) -> impl Stream<Item = Result<ObjectMeta>> {
    stream::iter(objects.into_iter().map(Ok))
}

#[derive(Debug)]
struct StruckUpload {
    inner: Box<dyn MultipartUpload>,
    process: Arc<Process>,
}

#[async_trait]
impl MultipartUpload for StruckUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let (part, process) = (self.inner.put_part(data), Arc::clone(&self.process));
        async move { process.strike(Operation::Part, part).await }.boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.process
            .strike(Operation::Complete, self.inner.complete())
            .await
    }

    async fn abort(&mut self) -> Result<()> {
        self.inner.abort().await
    }
}
