//! That a commit costs the same after thousands of others, and readers open the tables as fast.
//!
//! Small epochs of events, windows and rejects go through the product's stages into a lake that is
//! maintained as `run` does it. At the end a second lake is begun beside the first, and both take
//! commits and queries in turn, so that whatever else the machine does slows both.
//!
//! - `COMMITS`: how many commits the old lake has, 500 unless set
//! - `LAKES`: a folder, or `s3://BUCKET/PREFIX` with `AWS_*` set, where the lakes `old` and `fresh`
//!   are made and kept; unless set a folder in memory that is deleted
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::float_arithmetic,
    reason = "helpers of tests are not seen as tests; a test fails by panicking and prints figures"
)]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use readers::LakeReader;
use url::Url;

use self::writer::Writer;

mod writer;

/// Commits of which the median is taken.
const SAMPLE: usize = 100;
/// How much a commit or a query may be slower in the old lake.
const RATIO_MAX: f64 = 1.5;
const QUERY_TIMES: usize = 9;
/// How often it is tried: what else the machine does may hit one lake more than the other.
const TRIES: usize = 3;

/// A file system in memory: on a disk, files that others deleted may slow one folder and not the
/// other.
const IN_MEMORY: &str = "/dev/shm";

/// A lake's store, and its address.
type Place = (Arc<dyn ObjectStore>, Url);

fn place(root: &str, name: &str) -> Place {
    if root.starts_with("s3://") {
        let store = AmazonS3Builder::from_env().with_url(root).build().unwrap();
        let url = Url::parse(&format!("{root}/{name}/")).unwrap();
        let prefix = url.path().trim_matches('/').to_owned();
        return (Arc::new(PrefixStore::new(store, prefix)), url);
    }
    let folder = PathBuf::from(root).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let store = LocalFileSystem::new_with_prefix(&folder).unwrap();
    (Arc::new(store), Url::from_directory_path(&folder).unwrap())
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times[times.len() / 2]
}

/// How long something takes in the old lake and in the fresh one, tried in turn.
#[derive(Debug, Default)]
struct InTurn {
    old: Vec<Duration>,
    fresh: Vec<Duration>,
}

impl InTurn {
    fn ratio(&self) -> f64 {
        median(&self.old).as_secs_f64() / median(&self.fresh).as_secs_f64()
    }

    fn print(&self, what: &str) {
        println!(
            "{what}: {:?} in the old lake, {:?} in the fresh one, ratio {:.2}",
            median(&self.old),
            median(&self.fresh),
            self.ratio()
        );
    }
}

/// How long a reader takes that knows nothing of the lake to open it and answer.
async fn query_time((store, url): &Place, query: &str) -> Duration {
    let begun = Instant::now();
    let reader = LakeReader::new(Arc::clone(store), url.clone());
    assert!(reader.sql(query).await.unwrap().row_count() > 0);
    begun.elapsed()
}

async fn query_in_turn(old: (&Place, &str), fresh: (&Place, &str)) -> InTurn {
    let mut times = InTurn::default();
    for _ in 0..QUERY_TIMES {
        times.old.push(query_time(old.0, old.1).await);
        times.fresh.push(query_time(fresh.0, fresh.1).await);
    }
    times.print(old.1);
    times
}

async fn least_query_ratio(old: (&Place, &str), fresh: (&Place, &str)) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..TRIES {
        least = least.min(query_in_turn(old, fresh).await.ratio());
        if least <= RATIO_MAX {
            break;
        }
    }
    least
}

async fn commit_in_turn(old: &mut Writer, fresh: &mut Writer) -> InTurn {
    let mut times = InTurn::default();
    for _ in 0..SAMPLE {
        times.old.push(old.commit().await);
        times.fresh.push(fresh.commit().await);
    }
    times.print("commits in turn");
    times
}

/// Commits so often, and prints how long it took.
async fn fill(old: &mut Writer, commits: usize) {
    let begun = Instant::now();
    let mut times = Vec::new();
    for _ in 0..commits {
        times.push(old.commit().await);
    }
    let (first, last) = old.rounds.split_at(old.rounds.len() / 2);
    println!(
        "{commits} commits in {:.0} s; median of the first hundred {:?}, of the last {:?}\n\
         {} rounds of maintenance, in the first half {:?}, then {:?}: {} merges, {} checkpoints, {} \
         log objects and {} data files deleted",
        begun.elapsed().as_secs_f64(),
        median(&times[..SAMPLE]),
        median(&times[commits - SAMPLE..]),
        old.rounds.len(),
        median(first),
        median(last),
        old.maintained.merges,
        old.maintained.checkpoints,
        old.maintained.log_objects_deleted,
        old.maintained.data_files_deleted
    );
}

/// The least ratio of as many tries as it takes to find a fair one.
async fn least_commit_ratio(old: &mut Writer, fresh: &mut Writer) -> f64 {
    let mut least = f64::INFINITY;
    let mut tries = 0;
    while least > RATIO_MAX && tries < TRIES {
        least = least.min(commit_in_turn(old, fresh).await.ratio());
        tries += 1;
    }
    least
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_commits_cost_what_the_first_did() {
    let commits = std::env::var("COMMITS").map_or(500, |text| text.parse().unwrap());
    let folder = tempfile::tempdir_in(IN_MEMORY).or_else(|_| tempfile::tempdir());
    let folder = folder.unwrap();
    let root = std::env::var("LAKES").unwrap_or_else(|_| folder.path().display().to_string());
    let (old_place, fresh_place) = (place(&root, "old"), place(&root, "fresh"));
    let mut old = Writer::open(&old_place).await;
    fill(&mut old, commits).await;
    let mut fresh = Writer::open(&fresh_place).await;
    let least = least_commit_ratio(&mut old, &mut fresh).await;
    assert!(least <= RATIO_MAX, "commits: {least:.2}");
    // Else it depends on which of them has waited longer for its round.
    old.maintain().await;
    fresh.maintain().await;
    for (of_old, of_fresh) in old.queries().iter().zip(fresh.queries()) {
        let least = least_query_ratio((&old_place, of_old), (&fresh_place, &of_fresh)).await;
        assert!(least <= RATIO_MAX, "{of_old}: {least:.2}");
    }
    old.check(&old_place).await;
}
