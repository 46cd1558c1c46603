//! One span of work between two commits: encoded while it runs, then sealed.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Int32Type;
use schemas::position::{PartitionSpan, SourcePartition};
use schemas::reject::Reject;
use schemas::table::Table;
use schemas::window_rows::WindowRows;
use uuid::Uuid;

use crate::encode::events::EventsEncoder;
use crate::encode::file_writer::FileFormat;
use crate::encode::rejects::RejectsEncoder;
use crate::encode::windows::encode_windows;
use crate::encode::{EncodedFile, typed_column};
use crate::error::SinkError;
use crate::settings::LakeSettings;

/// One incarnation of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Topic {
    /// Its name, or `file:NAME`.
    pub name: Arc<str>,
    /// Its id, or a hash of the file's first line.
    pub id: Arc<str>,
}

/// Encodes an epoch into Parquet while it runs, on the thread that has the rows.
#[derive(Debug)]
pub struct EpochWriter {
    events: EventsEncoder,
    rejects: RejectsEncoder,
    windows_format: FileFormat,
    event_rows: HashMap<SourcePartition, i64>,
    reject_rows: HashMap<SourcePartition, i64>,
    rows: usize,
}

/// What an epoch is sealed with.
///
/// # Units
/// Offsets are the next to read; times as named.
#[derive(Debug, Clone, Default)]
pub struct SealRequest {
    /// What was read of each partition, one entry a partition.
    pub spans: Vec<PartitionSpan>,
    /// The parts of the windows that the epoch's events fell into; several batches may be of one
    /// rollup.
    pub windows: Vec<WindowRows>,
    /// How far partitions are in event time, ms since the Unix epoch.
    pub watermarks: Vec<(SourcePartition, i64)>,
    /// [`crate::PartitionProgress::rejects_next`] as it was when the partition was assigned, or as
    /// the last [`crate::CommitReport`] said. Needed for the partitions that have rejects.
    pub rejects_next: Vec<(SourcePartition, i64)>,
    /// When it is sealed, microseconds since the Unix epoch.
    pub sealed_at_us: i64,
}

/// That `rejects` stands at `expected` and shall stand at `next`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RejectsClaim {
    pub(crate) source: SourcePartition,
    pub(crate) expected: i64,
    pub(crate) next: i64,
}

/// An epoch whose files are whole: it can be committed, again and again until that is known to
/// have happened.
#[derive(Debug, Clone)]
pub struct SealedEpoch {
    pub(crate) batch_id: Uuid,
    pub(crate) spans: Vec<PartitionSpan>,
    pub(crate) watermarks: Vec<(SourcePartition, i64)>,
    pub(crate) rejects_claims: Vec<RejectsClaim>,
    pub(crate) files: Vec<EncodedFile>,
    pub(crate) sealed_at_us: i64,
    rows: usize,
}

impl EpochWriter {
    /// Begins an epoch.
    ///
    /// # Errors
    /// [`SinkError::Parquet`] if Zstandard has no such level.
    pub fn new(settings: &LakeSettings) -> Result<Self, SinkError> {
        Ok(Self {
            events: EventsEncoder::new(FileFormat::new(Table::Events, settings)?),
            rejects: RejectsEncoder::new(FileFormat::new(Table::Rejects, settings)?),
            windows_format: FileFormat::new(Table::CostWindows, settings)?,
            event_rows: HashMap::new(),
            reject_rows: HashMap::new(),
            rows: 0,
        })
    }

    /// Encodes priced events of one topic.
    ///
    /// # Shape
    /// `priced`: rows of [`schemas::priced::priced_schema`], in the order of their offsets.
    /// # Units
    /// `ingested_at_us`: when they were read, microseconds since the Unix epoch.
    /// # Errors
    /// [`SinkError::Arrow`] or [`SinkError::Accounting`] if the rows have another schema,
    /// [`SinkError::Parquet`] if they cannot be encoded. The epoch is then unusable.
    pub fn write_events(
        &mut self,
        topic: &Topic,
        ingested_at_us: i64,
        priced: &RecordBatch,
    ) -> Result<(), SinkError> {
        self.events
            .write(&topic.name, &topic.id, ingested_at_us, priced)?;
        for (partition, rows) in rows_by_partition(priced)? {
            let source = SourcePartition {
                topic: Arc::clone(&topic.name),
                topic_id: Arc::clone(&topic.id),
                partition,
            };
            *self.event_rows.entry(source).or_default() += rows;
        }
        self.rows += priced.num_rows();
        Ok(())
    }

    /// Encodes rejects.
    ///
    /// Rejects that the lake already has (see [`crate::PartitionProgress::rejects_next`]) must be
    /// left out here, and still be counted in their span.
    ///
    /// # Units
    /// `ingested_at_us`: when they were read, microseconds since the Unix epoch.
    /// # Errors
    /// [`SinkError::Parquet`] if they cannot be encoded. The epoch is then unusable.
    pub fn write_rejects(
        &mut self,
        rejects: &[Reject],
        ingested_at_us: i64,
    ) -> Result<(), SinkError> {
        self.rejects.write(rejects, ingested_at_us)?;
        for reject in rejects {
            let source = SourcePartition {
                topic: Arc::from(reject.topic.as_str()),
                topic_id: Arc::from(reject.topic_id.as_str()),
                partition: reject.partition,
            };
            *self.reject_rows.entry(source).or_default() += 1;
        }
        self.rows += rejects.len();
        Ok(())
    }

    /// Memory that the encoded rows hold, bytes.
    #[must_use]
    pub fn encoded_bytes(&self) -> usize {
        self.events.memory_bytes() + self.rejects.memory_bytes()
    }

    /// Rows encoded so far, events and rejects.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Ends the files.
    ///
    /// # Errors
    /// [`SinkError::Accounting`] if the rows and the spans disagree; [`SinkError::Parquet`] if a
    /// file cannot be ended.
    pub fn seal(self, request: SealRequest) -> Result<SealedEpoch, SinkError> {
        check_spans(&request.spans)?;
        check_event_rows(&request.spans, &self.event_rows)?;
        let rejects_claims = rejects_claims(&request, &self.reject_rows)?;
        let windows = encode_windows(&self.windows_format, &request.windows, request.sealed_at_us)?;
        let mut files = self.events.finish()?;
        files.extend(self.rejects.finish()?);
        files.extend(windows);
        files.retain(|file| file.rows > 0);
        Ok(SealedEpoch {
            batch_id: Uuid::new_v4(),
            spans: request.spans,
            watermarks: request.watermarks,
            rejects_claims,
            files,
            sealed_at_us: request.sealed_at_us,
            rows: self.rows,
        })
    }
}

impl SealedEpoch {
    /// What was read of each partition.
    #[must_use]
    pub fn spans(&self) -> &[PartitionSpan] {
        &self.spans
    }

    /// Events and rejects.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Size of the files, bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes.len() as u64).sum()
    }

    /// When it was sealed, microseconds since the Unix epoch.
    #[must_use]
    pub const fn sealed_at_us(&self) -> i64 {
        self.sealed_at_us
    }
}

/// How many rows each partition has; rows of one partition come in long runs.
fn rows_by_partition(rows: &RecordBatch) -> Result<Vec<(i32, i64)>, SinkError> {
    let partitions = typed_column::<Int32Type>(rows, "kafka_partition")?;
    let mut counts: Vec<(i32, i64)> = Vec::new();
    for run in partitions.values().chunk_by(i32::eq) {
        let rows = i64::try_from(run.len()).map_err(|_| accounting("too many events"))?;
        match counts
            .iter_mut()
            .find(|(partition, _)| *partition == run[0])
        {
            Some((_, count)) => *count += rows,
            None => counts.push((run[0], rows)),
        }
    }
    Ok(counts)
}

/// Each partition occurs once, and no span runs backwards.
pub(crate) fn check_spans(spans: &[PartitionSpan]) -> Result<(), SinkError> {
    for (at, span) in spans.iter().enumerate() {
        if span.next < span.start {
            return Err(accounting(format!("{} runs backwards", span.source)));
        }
        let earlier = spans.get(..at).unwrap_or_default();
        if earlier.iter().any(|other| other.source == span.source) {
            return Err(accounting(format!("{} has two spans", span.source)));
        }
    }
    Ok(())
}

fn check_event_rows(
    spans: &[PartitionSpan],
    rows: &HashMap<SourcePartition, i64>,
) -> Result<(), SinkError> {
    for span in spans {
        let written = rows.get(&span.source).copied().unwrap_or(0);
        if written != span.events {
            let detail = format!(
                "{} counts {} events, {written} were written",
                span.source, span.events
            );
            return Err(accounting(detail));
        }
        if span.accounted() > 0 && span.start == span.next {
            return Err(accounting(format!(
                "{} has rows but no offsets",
                span.source
            )));
        }
    }
    let stray = rows
        .keys()
        .find(|source| !spans.iter().any(|span| span.source == **source));
    match stray {
        Some(source) => Err(accounting(format!("{source} has events but no span"))),
        None => Ok(()),
    }
}

/// What must hold in `rejects`, for the partitions of which rejects were written.
fn rejects_claims(
    request: &SealRequest,
    rows: &HashMap<SourcePartition, i64>,
) -> Result<Vec<RejectsClaim>, SinkError> {
    let mut claims = Vec::new();
    for (source, written) in rows {
        let span = request.spans.iter().find(|span| span.source == *source);
        let span = span.ok_or_else(|| accounting(format!("{source} has rejects but no span")))?;
        if *written > span.rejects {
            let detail = format!(
                "{source} counts {} rejects, {written} were written",
                span.rejects
            );
            return Err(accounting(detail));
        }
        let known = request
            .rejects_next
            .iter()
            .find(|(other, _)| other == source);
        let (_, expected) =
            known.ok_or_else(|| accounting(format!("{source} has rejects but no rejects_next")))?;
        claims.push(RejectsClaim {
            source: source.clone(),
            expected: *expected,
            // It must grow, so that a claim on an old value can never hold again.
            next: span.next.max(expected + 1),
        });
    }
    Ok(claims)
}

fn accounting(detail: impl Into<String>) -> SinkError {
    SinkError::Accounting {
        detail: detail.into(),
    }
}

#[cfg(test)]
mod tests;
