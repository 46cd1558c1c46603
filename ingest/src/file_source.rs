//! Files of events, one JSON object a line, plain or compressed, for backfills.
//!
//! A file takes the place of a partition and the byte position of a line that of an offset. A
//! file is known by its name and its first line, so a file that has grown is read on from where
//! it ended, and another file of the same name is another source.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use schemas::event::EventBatch;
use schemas::position::SourcePartition;
use schemas::reject::RejectReason;
use sha2::{Digest, Sha256};

use crate::IngestError;
use crate::decode::{DecodeOptions, Decoded, NativeDecoder, RawRecord};
use crate::dedup::{DedupIndex, DedupLimits};
use crate::span_tracker::SpanTracker;

const BUFFER_BYTES: usize = 256 * 1024;
const FIRST_LINE_BYTES_MAX: usize = 1024 * 1024;

/// How a file is read.
#[derive(Debug, Clone)]
pub struct FileSettings {
    /// Rows after which a batch is handed on.
    pub batch_rows_max: usize,
    /// What the decoder accepts.
    pub decode: DecodeOptions,
    /// What the duplicate index may hold.
    pub dedup: DedupLimits,
}

/// One file that is being read.
pub struct FileReader {
    lines: Box<dyn BufRead + Send>,
    path: PathBuf,
    partition: i32,
    position: i64,
    line: Vec<u8>,
    decoder: NativeDecoder,
    dedup: DedupIndex,
    spans: SpanTracker,
    /// Positions whose lines the table `rejects` already holds.
    rejected_before: HashSet<i64>,
    settings: FileSettings,
}

impl std::fmt::Debug for FileReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileReader")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Names a file as a source: `file:NAME` and a hash of its first line.
///
/// # Errors
/// [`IngestError::File`] if the file cannot be read or decompressed.
pub fn file_source(path: &Path) -> Result<SourcePartition, IngestError> {
    let mut first_line = Vec::new();
    let mut lines = open(path)?;
    read_line(&mut lines, &mut first_line, FIRST_LINE_BYTES_MAX).map_err(|source| {
        IngestError::File {
            path: path.to_owned(),
            source,
        }
    })?;
    let digest = Sha256::digest(&first_line);
    let id: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy();
    Ok(SourcePartition {
        topic: Arc::from(format!("file:{name}")),
        topic_id: Arc::from(id),
        partition: 0,
    })
}

impl FileReader {
    /// Opens a file and skips to a byte position of its decompressed content; lines at
    /// `rejected_before` are counted but not decoded.
    ///
    /// # Errors
    /// [`IngestError::File`] if the file cannot be read or decompressed.
    pub fn open(
        path: &Path,
        source: &SourcePartition,
        start: i64,
        rejected_before: HashSet<i64>,
        settings: FileSettings,
    ) -> Result<Self, IngestError> {
        let mut lines = open(path)?;
        let skipped = u64::try_from(start).unwrap_or(0);
        io::copy(&mut lines.by_ref().take(skipped), &mut io::sink()).map_err(|source| {
            IngestError::File {
                path: path.to_owned(),
                source,
            }
        })?;
        let mut spans = SpanTracker::default();
        spans.assign(source.clone(), start);
        Ok(Self {
            lines,
            path: path.to_owned(),
            partition: source.partition,
            position: start,
            line: Vec::new(),
            decoder: NativeDecoder::new(&source.topic, &source.topic_id, settings.decode.clone()),
            dedup: DedupIndex::new(settings.dedup.clone()),
            spans,
            rejected_before,
            settings,
        })
    }

    /// The index of events met before, to be seeded from the lake.
    pub const fn dedup(&mut self) -> &mut DedupIndex {
        &mut self.dedup
    }

    /// The byte position behind the last line that was read.
    #[must_use]
    pub const fn position(&self) -> i64 {
        self.position
    }

    /// Reads and decodes the next lines; `None` at the end of the file.
    ///
    /// # Errors
    /// [`IngestError::File`] if the file cannot be read on or decompressed.
    pub fn read(&mut self) -> Result<Option<EventBatch>, IngestError> {
        let bytes_max = self.settings.decode.message_bytes_max;
        for _ in 0..self.settings.batch_rows_max {
            if self.decoder.is_full() {
                break;
            }
            let width =
                read_line(&mut self.lines, &mut self.line, bytes_max).map_err(|source| {
                    IngestError::File {
                        path: self.path.clone(),
                        source,
                    }
                })?;
            if width == 0 {
                break;
            }
            let offset = self.position;
            let record = RawRecord {
                partition: self.partition,
                offset,
                time_us: None,
                key: None,
                payload: (!self.line.is_empty()).then_some(&self.line),
            };
            let decoded = if self.rejected_before.contains(&offset) {
                Decoded::Rejected(RejectReason::NotJson)
            } else {
                self.decoder.decode(&record, &Vec::new, &mut self.dedup)
            };
            self.spans
                .record(self.partition, offset, width, decoded, None);
            self.position += width;
        }
        let spans = self.spans.take();
        if spans.is_empty() {
            return Ok(None);
        }
        Ok(Some(EventBatch {
            events: self.decoder.finish()?,
            rejects: self.decoder.take_rejects(),
            spans,
        }))
    }
}

fn open(path: &Path) -> Result<Box<dyn BufRead + Send>, IngestError> {
    let failed = |source| IngestError::File {
        path: path.to_owned(),
        source,
    };
    let mut file = BufReader::with_capacity(BUFFER_BYTES, File::open(path).map_err(failed)?);
    // By content rather than by name: logs are renamed more often than recompressed.
    let head = file.fill_buf().map_err(failed)?;
    Ok(if head.starts_with(&[0x1f, 0x8b]) {
        let plain = flate2::bufread::MultiGzDecoder::new(file);
        Box::new(BufReader::with_capacity(BUFFER_BYTES, plain))
    } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let plain = zstd::Decoder::with_buffer(file).map_err(failed)?;
        Box::new(BufReader::with_capacity(BUFFER_BYTES, plain))
    } else {
        Box::new(file)
    })
}

/// Reads one line without its end into `line`, keeping at most `bytes_max + 1` bytes of it, so
/// that a longer one is seen to be too large yet never held. Returns the bytes it takes in the
/// file, its end included; 0 at the end of the file.
///
/// # Errors
/// What the system says when it cannot be read on.
pub fn read_line(
    lines: &mut impl BufRead,
    line: &mut Vec<u8>,
    bytes_max: usize,
) -> io::Result<i64> {
    line.clear();
    let mut width = 0;
    // Room for a carriage return behind the longest line: only once a line is whole can be told
    // whether one is part of its end.
    let held_max = bytes_max + 2;
    loop {
        let chunk = lines.fill_buf()?;
        if chunk.is_empty() {
            break;
        }
        let end = chunk.iter().position(|&byte| byte == b'\n');
        let content = &chunk[..end.unwrap_or(chunk.len())];
        let room = held_max - line.len();
        line.extend_from_slice(&content[..content.len().min(room)]);
        let taken = content.len() + usize::from(end.is_some());
        lines.consume(taken);
        width += i64::try_from(taken).map_err(io::Error::other)?;
        if end.is_some() {
            break;
        }
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    line.truncate(bytes_max + 1);
    Ok(width)
}

#[cfg(test)]
mod tests;
