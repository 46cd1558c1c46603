//! How far each partition is: offsets, counts and watermarks from the transactions of `events`.
//!
//! | app id | version |
//! |---|---|
//! | `{pipeline}/{topic}@{topic id}/{partition}` | the next offset to read |
//! | `seed/{topic}@{topic id}/{partition}` | the offset at which the partition was begun |
//! | `counts/{what}/{topic}@{topic id}/{partition}` | messages of a kind since then |
//! | `wm/{topic}@{topic id}/{partition}` | the watermark, ms since the Unix epoch |

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use schemas::position::SourcePartition;
use schemas::time::{US_PER_MS, timestamp_type};

use crate::txn_log::Txns;

/// How far one partition is in the lake.
///
/// # Units
/// Offsets count messages, or bytes of a file; counts are messages since the partition was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionState {
    /// The pipeline that writes it; `None` if only other transactions name the partition.
    pub pipeline: Option<String>,
    /// Which partition.
    pub source: SourcePartition,
    /// The offset at which it was begun.
    pub seed_offset: Option<i64>,
    /// The next offset to read.
    pub next_offset: Option<i64>,
    /// Messages that became events.
    pub events: i64,
    /// Messages that became rejects.
    pub rejects: i64,
    /// Copies of events met before.
    pub duplicates: i64,
    /// Messages without a value.
    pub tombstones: i64,
    /// Offsets that held no message for us.
    pub gaps: i64,
    /// Messages that had expired before they were read: lost.
    pub expired: i64,
    /// No event older than this is still expected, ms since the Unix epoch.
    pub watermark_ms: Option<i64>,
}

impl PartitionState {
    fn empty(source: SourcePartition) -> Self {
        Self {
            pipeline: None,
            source,
            seed_offset: None,
            next_offset: None,
            events: 0,
            rejects: 0,
            duplicates: 0,
            tombstones: 0,
            gaps: 0,
            expired: 0,
            watermark_ms: None,
        }
    }
}

/// What a transaction says of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fact<'a> {
    Next { pipeline: &'a str },
    Seed,
    Count(&'a str),
    Watermark,
}

/// The app id under which a pipeline keeps a partition's next offset.
pub(crate) fn offset_app_id(pipeline: &str, source: &SourcePartition) -> String {
    format!("{pipeline}/{source}")
}

/// What the transactions of `events` say of every partition that they name, in order of topic, id
/// and partition. Two pipelines on one partition make two states with the same counts.
pub(crate) fn states_of(txns: &Txns) -> Vec<PartitionState> {
    let mut states: BTreeMap<SourcePartition, PartitionState> = BTreeMap::new();
    let mut next_offsets: Vec<(SourcePartition, &str, i64)> = Vec::new();
    for (app_id, &version) in &txns.by_app_id {
        let Some((fact, source)) = parse_app_id(app_id) else {
            continue;
        };
        let state = states
            .entry(source.clone())
            .or_insert_with(|| PartitionState::empty(source.clone()));
        match fact {
            Fact::Next { pipeline } => next_offsets.push((source, pipeline, version)),
            Fact::Seed => state.seed_offset = Some(version),
            Fact::Watermark => state.watermark_ms = Some(version),
            Fact::Count(what) => set_count(state, what, version),
        }
    }
    next_offsets.sort_unstable();
    let mut all = Vec::with_capacity(states.len());
    for (source, state) in states {
        let mut pipelines = next_offsets
            .iter()
            .filter(|(of, _, _)| *of == source)
            .peekable();
        if pipelines.peek().is_none() {
            all.push(state.clone());
        }
        all.extend(pipelines.map(|(_, pipeline, next)| PartitionState {
            pipeline: Some((*pipeline).to_owned()),
            next_offset: Some(*next),
            ..state.clone()
        }));
    }
    all
}

fn set_count(state: &mut PartitionState, what: &str, count: i64) {
    match what {
        "events" => state.events = count,
        "rejects" => state.rejects = count,
        "duplicates" => state.duplicates = count,
        "tombstones" => state.tombstones = count,
        "gaps" => state.gaps = count,
        "expired" => state.expired = count,
        // A newer program counts more: what is known stays right.
        _ => {}
    }
}

fn parse_app_id(app_id: &str) -> Option<(Fact<'_>, SourcePartition)> {
    let (kind, rest) = app_id.split_once('/')?;
    let (fact, source) = match kind {
        "maintenance" | "reprice" => return None,
        "seed" => (Fact::Seed, rest),
        "wm" => (Fact::Watermark, rest),
        "counts" => {
            let (what, source) = rest.split_once('/')?;
            (Fact::Count(what), source)
        }
        pipeline => (Fact::Next { pipeline }, rest),
    };
    Some((fact, parse_source(source)?))
}

/// Reads `{topic}@{topic id}/{partition}` from its end: a file's name may hold `/` and `@`.
fn parse_source(text: &str) -> Option<SourcePartition> {
    let (topic, partition) = text.rsplit_once('/')?;
    let (topic, topic_id) = topic.rsplit_once('@')?;
    Some(SourcePartition {
        topic: Arc::from(topic),
        topic_id: Arc::from(topic_id),
        partition: partition.parse().ok()?,
    })
}

/// The schema of the table `partitions`.
pub(crate) fn partitions_schema() -> SchemaRef {
    let count = |name| Field::new(name, DataType::Int64, true);
    Arc::new(Schema::new(vec![
        Field::new("pipeline", DataType::Utf8, true),
        Field::new("topic", DataType::Utf8, false),
        Field::new("topic_id", DataType::Utf8, false),
        Field::new("partition", DataType::Int32, false),
        count("seed_offset"),
        count("next_offset"),
        count("events"),
        count("rejects"),
        count("duplicates"),
        count("tombstones"),
        count("gaps"),
        count("expired"),
        Field::new("watermark", timestamp_type(), true),
    ]))
}

/// The states as the table `partitions`, one row each.
pub(crate) fn partitions_batch(states: &[PartitionState]) -> Result<RecordBatch, ArrowError> {
    let text = |of: fn(&PartitionState) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(states.iter().map(of)))
    };
    let count = |of: fn(&PartitionState) -> Option<i64>| -> ArrayRef {
        Arc::new(states.iter().map(of).collect::<Int64Array>())
    };
    let pipelines: StringArray = states.iter().map(|state| state.pipeline.clone()).collect();
    let partitions =
        Int32Array::from_iter_values(states.iter().map(|state| state.source.partition));
    let watermarks: TimestampMicrosecondArray = states
        .iter()
        .map(|state| Some(state.watermark_ms?.saturating_mul(US_PER_MS)))
        .collect();
    let columns = vec![
        Arc::new(pipelines) as ArrayRef,
        text(|state| &state.source.topic),
        text(|state| &state.source.topic_id),
        Arc::new(partitions),
        count(|state| state.seed_offset),
        count(|state| state.next_offset),
        count(|state| Some(state.events)),
        count(|state| Some(state.rejects)),
        count(|state| Some(state.duplicates)),
        count(|state| Some(state.tombstones)),
        count(|state| Some(state.gaps)),
        count(|state| Some(state.expired)),
        Arc::new(watermarks.with_timezone("UTC")),
    ];
    RecordBatch::try_new(partitions_schema(), columns)
}

#[cfg(test)]
mod tests;
