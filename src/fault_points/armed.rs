//! What happens at a point: it is put on record, and the process is killed or frozen there.
//!
//! The test says what it wants in the environment: `FAULT_POINT` is `NAME` or `NAME@N`, for the
//! N-th time that the process comes there; `FAULT_ACTION` is `kill` (as by kill -9) or `freeze` (as
//! by SIGSTOP); to the file `FAULT_RECORD` is written which points were reached, and what was
//! done; `PLANTED_BUG` names a bug. `FAULT_RETENTION_S` lets log entries and files become old sooner
//! than a configuration may say, and `FAULT_CHECKPOINT_COMMITS` makes checkpoints more often.

use std::collections::{BTreeMap, HashSet};
use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use anyhow::{Context, bail};
use ingest::kafka::topic_reader::{AssignedStart, TopicReader};
use ingest::planted_bug::plant_replay_is_duplicate;
use nix::sys::signal::{Signal, raise};
use sinks::hook::{CommitHook, CommitPoint, Job};
use sinks::planted_bug::{PlantedBug, plant};

use super::names::{NAMES, name};
use crate::console;

/// Where the process is to be struck, and how.
#[derive(Debug)]
struct Strike {
    name: String,
    time: u32,
    signal: Signal,
}

/// A bug of taking partitions over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StartBug {
    KafkaOffsets,
    RejectsWrittenAgain,
}

/// What the test wants of this process.
#[derive(Debug, Default)]
struct Plan {
    strike: Option<Strike>,
    record: Option<PathBuf>,
    retention_s: Option<u32>,
    checkpoint_commits: Option<u32>,
    start_bug: Option<StartBug>,
}

static PLAN: OnceLock<Plan> = OnceLock::new();
/// How often the process came to each point.
static REACHED: Mutex<BTreeMap<String, u32>> = Mutex::new(BTreeMap::new());

/// Reads what the test wants of this process.
///
/// # Errors
/// A point, an action or a bug that there is not.
pub(crate) fn arm() -> anyhow::Result<()> {
    let strike = match env::var("FAULT_POINT") {
        Ok(point) => Some(strike(&point)?),
        Err(_) => None,
    };
    let start_bug = match env::var("PLANTED_BUG") {
        Ok(bug) => plant_named(&bug)?,
        Err(_) => None,
    };
    let plan = Plan {
        strike,
        retention_s: number("FAULT_RETENTION_S")?,
        checkpoint_commits: number("FAULT_CHECKPOINT_COMMITS")?,
        record: env::var_os("FAULT_RECORD").map(PathBuf::from),
        start_bug,
    };
    PLAN.get_or_init(|| plan);
    Ok(())
}

fn number(name: &'static str) -> anyhow::Result<Option<u32>> {
    match env::var(name) {
        Ok(value) => value.parse().map(Some).context(name),
        Err(_) => Ok(None),
    }
}

fn strike(point: &str) -> anyhow::Result<Strike> {
    let (name, time) = point.split_once('@').unwrap_or((point, "1"));
    if !NAMES.contains(&name) {
        bail!(
            "FAULT_POINT={point}: there is no such point; there are:\n{}",
            NAMES.join("\n")
        );
    }
    let time = time.parse();
    Ok(Strike {
        name: name.to_owned(),
        time: time.with_context(|| format!("FAULT_POINT={point}: @N must be a number"))?,
        signal: match env::var("FAULT_ACTION").as_deref() {
            Ok("kill") | Err(_) => Signal::SIGKILL,
            Ok("freeze") => Signal::SIGSTOP,
            Ok(other) => bail!("FAULT_ACTION={other}: it must be kill or freeze"),
        },
    })
}

fn plant_named(bug: &str) -> anyhow::Result<Option<StartBug>> {
    match bug {
        "commit-without-compare" => plant(PlantedBug::CommitWithoutCompare),
        "exists-taken-for-ours" => plant(PlantedBug::ExistsTakenForOurs),
        "windows-before-events" => plant(PlantedBug::WindowsBeforeEvents),
        "merge-without-claim" => plant(PlantedBug::MergeWithoutClaim),
        "replay-is-duplicate" => plant_replay_is_duplicate(),
        "kafka-offsets" => return Ok(Some(StartBug::KafkaOffsets)),
        "rejects-written-again" => return Ok(Some(StartBug::RejectsWrittenAgain)),
        _ => bail!("PLANTED_BUG={bug}: there is no such bug"),
    }
    Ok(None)
}

/// Says that the process has come to a named point.
pub(crate) fn reach(name: &str) {
    let Some(plan) = PLAN.get() else {
        return;
    };
    let time = {
        let mut reached = REACHED.lock().unwrap_or_else(PoisonError::into_inner);
        let time = reached.entry(name.to_owned()).or_default();
        *time += 1;
        *time
    };
    if time == 1 {
        let known = NAMES.contains(&name);
        let what = if known { "reached" } else { "unknown" };
        record(plan, what, name);
    }
    let strike = plan.strike.as_ref();
    let Some(strike) = strike.filter(|strike| strike.name == name && strike.time == time) else {
        return;
    };
    let what = match strike.signal {
        Signal::SIGKILL => "killed",
        _ => "frozen",
    };
    // First, since nothing can be written afterwards.
    record(plan, what, name);
    if let Err(error) = raise(strike.signal) {
        console::note(format!("could not strike at {name}: {error}"));
    }
}

/// Adds a line to the record; without it the test takes the fault for one that did not happen.
fn record(plan: &Plan, what: &str, name: &str) {
    let Some(path) = &plan.record else {
        return;
    };
    let file = OpenOptions::new().create(true).append(true).open(path);
    let line = format!("{what} {name}\n");
    let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
    if let Err(error) = written {
        console::note(format!("could not write to {}: {error}", path.display()));
    }
}

/// How long files and log entries are kept, seconds: as the configuration says, or shorter.
#[must_use]
pub(crate) fn retention_s(configured_s: i64) -> i64 {
    let wanted_s = PLAN.get().and_then(|plan| plan.retention_s);
    wanted_s.map_or(configured_s, i64::from)
}

/// After how many commits a checkpoint is due.
#[must_use]
pub(crate) fn checkpoint_commits(usual: u64) -> u64 {
    let wanted = PLAN.get().and_then(|plan| plan.checkpoint_commits);
    wanted.map_or(usual, u64::from)
}

/// Says to which points the work on the lake has come.
#[must_use]
pub(crate) fn lake_hook() -> Arc<dyn CommitHook> {
    Arc::new(LakePoints)
}

#[derive(Debug)]
struct LakePoints;

impl CommitHook for LakePoints {
    fn at(&self, job: Job, point: CommitPoint) {
        // Reprices and evaluators of alerts are ended at each of their points by tests of their own.
        if !matches!(job, Job::Reprice | Job::Alerts) {
            reach(&name(job, point));
        }
    }
}

/// Where a partition starts, with the bug that was planted.
#[must_use]
pub(crate) fn start_of(reader: &TopicReader, start: AssignedStart) -> AssignedStart {
    match PLAN.get().and_then(|plan| plan.start_bug) {
        Some(StartBug::KafkaOffsets) => AssignedStart {
            offset: reader
                .committed_in_kafka(start.partition)
                .unwrap_or(start.offset),
            ..start
        },
        Some(StartBug::RejectsWrittenAgain) => AssignedStart {
            rejected_before: HashSet::new(),
            ..start
        },
        None => start,
    }
}
