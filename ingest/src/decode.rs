//! Native events: from the bytes of one message to a row of columns, or to a reject.
//!
//! A message is read into borrowed values, checked, fingerprinted and looked up among the events
//! met before; only then does it touch the columns. So a reject leaves no trace in a batch, and a
//! good event is copied once.
//!
//! What the fields may hold, beyond what `EVENTS.md` says:
//! - `event_id` has at most 128 bytes, any other text and an attribute's name 1,024, an
//!   attribute's text 4,096, all in UTF-8 after decoding escapes; longer is `field_too_long`.
//! - JSON null is a missing field, also within `attributes`. A required text must not be empty.
//! - A whole number may be spelled `100`, `100.0` or `1e2`. Numbers in quotes are `wrong_type`,
//!   but for `reported_cost_usd`. A counter below zero is `negative_usage` even if not whole;
//!   any other number below its minimum is `wrong_type`, and so is one that its column cannot
//!   hold or a `reported_cost_usd` above what one event may cost.
//! - Quantities keep 12 decimal places and milliseconds 3, rounded half to even.
//! - `event_time` is `bad_time` if it is a text or number that names no instant of the years 1 to
//!   9999, and `wrong_type` if it is neither.
//! - Parts are compared with a total that the event has; where it is missing they are left alone.
//! - A message without a single byte is a tombstone, like one without a value.

mod byte_block;
mod content_hash;
mod event_columns;
mod event_parser;
mod fault;
mod field;
mod field_set;
mod fixed_column;
mod gaps;
mod instant;
mod json_cursor;
mod json_string;
mod label_column;
mod map_column;
mod name_pattern;
mod number;
mod parsed_event;
mod text_column;
mod text_ends;
mod unknown_fields;

use std::mem;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use schemas::reject::{REJECT_BYTES_MAX, Reject, RejectReason};
use schemas::time::US_PER_S;
use sha2::{Digest, Sha256};

use self::content_hash::content_hash;
use self::event_columns::EventColumns;
use self::event_parser::{ParserMemory, parse_event};
use self::fault::Fault;
use self::field::Field;
use self::field_set::FieldOrder;
use self::instant::InstantReader;
use self::parsed_event::{Attribute, ParsedEvent};
use self::unknown_fields::UnknownFields;
use crate::IngestError;
use crate::dedup::{DedupDecision, DedupIndex};

/// Text that a batch can hold at all: its columns count bytes in 31 bits.
const BATCH_BYTES_LIMIT: usize = 1 << 30;

/// One message as its source holds it.
#[derive(Debug, Clone, Copy)]
pub struct RawRecord<'a> {
    /// The partition; 0 for a file.
    pub partition: i32,
    /// The offset, or byte position of the line.
    pub offset: i64,
    /// The record's time, microseconds since the Unix epoch; `None` for a file.
    pub time_us: Option<i64>,
    /// The record's key.
    pub key: Option<&'a [u8]>,
    /// The message itself; `None` for a tombstone.
    pub payload: Option<&'a [u8]>,
}

/// What a decoder accepts.
#[derive(Debug, Clone)]
pub struct DecodeOptions {
    /// How long before its record's time an event may have happened, seconds.
    pub time_past_max_s: u32,
    /// How long after its record's time an event may claim to have happened, seconds.
    pub time_future_max_s: u32,
    /// The largest message, bytes.
    pub message_bytes_max: usize,
    /// Bytes of messages after which [`NativeDecoder::is_full`] asks for the batch to be taken.
    pub batch_bytes_max: usize,
}

impl Default for DecodeOptions {
    fn default() -> Self {
        Self {
            time_past_max_s: 30 * 24 * 60 * 60,
            time_future_max_s: 60 * 60,
            message_bytes_max: 1024 * 1024,
            batch_bytes_max: 64 * 1024 * 1024,
        }
    }
}

/// What became of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Decoded {
    /// It is a row of the next batch.
    Event {
        /// The event's own time, microseconds since the Unix epoch.
        event_time_us: i64,
    },
    /// It is a copy of an event met before.
    Duplicate,
    /// It has no value.
    Tombstone,
    /// It is no valid event and among the next rejects.
    Rejected(RejectReason),
}

/// Decodes the messages of one topic or file into batches.
#[derive(Debug)]
pub struct NativeDecoder {
    topic: String,
    topic_id: String,
    options: DecodeOptions,
    columns: EventColumns,
    rejects: Vec<Reject>,
    parser_memory: ParserMemory,
    /// Bytes of the messages behind the rows that were not taken yet.
    batch_bytes: usize,
    /// Bytes that the rejects keep that were not taken yet.
    reject_bytes: usize,
    /// Where escaped texts are written out; as long as the longest message so far.
    arena: Vec<u8>,
    /// Empty between messages; kept for their memory.
    attributes: Vec<Attribute<'static>>,
    other_usage: Vec<(u8, i128)>,
    hash_scratch: Vec<u8>,
}

impl NativeDecoder {
    /// A decoder without rows. Rejects will name the topic and its id.
    #[must_use]
    pub fn new(source_topic: &str, topic_id: &str, options: DecodeOptions) -> Self {
        Self {
            topic: source_topic.to_owned(),
            topic_id: topic_id.to_owned(),
            options,
            columns: EventColumns::new(),
            rejects: Vec::new(),
            parser_memory: ParserMemory {
                order: FieldOrder::new(),
                instants: InstantReader::default(),
                unknown_fields: UnknownFields::default(),
            },
            batch_bytes: 0,
            reject_bytes: 0,
            arena: Vec::new(),
            attributes: Vec::new(),
            other_usage: Vec::new(),
            hash_scratch: Vec::new(),
        }
    }

    /// Decodes one message into a row or a reject.
    ///
    /// `headers` is called only for a reject. An event without a record time enters `dedup` under
    /// its own time.
    pub fn decode(
        &mut self,
        record: &RawRecord<'_>,
        headers: &dyn Fn() -> Vec<(String, String)>,
        dedup: &mut DedupIndex,
    ) -> Decoded {
        let Some(payload) = record.payload.filter(|payload| !payload.is_empty()) else {
            return Decoded::Tombstone;
        };
        match self.accept(record, payload, dedup) {
            Ok(decoded) => decoded,
            Err(fault) => self.reject(record, payload, fault, headers()),
        }
    }

    /// How many rows the next batch has so far.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.rows()
    }

    /// Whether rows and rejects hold as many bytes as they may: take both before decoding on.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.batch_bytes.saturating_add(self.reject_bytes) >= self.options.batch_bytes_max
    }

    /// Takes the rows since the last call as one batch.
    ///
    /// # Shape
    /// [`NativeDecoder::rows`] rows of [`schemas::event::event_schema`], in the order in which
    /// they were decoded. Dictionaries belong to this batch alone and may hold values that none
    /// of its rows has.
    ///
    /// # Errors
    /// [`IngestError::Batch`] if more was decoded into one batch than its columns can count,
    /// which a caller that heeds [`NativeDecoder::is_full`] never meets. The rows are lost then.
    pub fn finish(&mut self) -> Result<RecordBatch, IngestError> {
        let bytes = mem::take(&mut self.batch_bytes);
        let batch = self.columns.finish();
        if bytes > BATCH_BYTES_LIMIT {
            return Err(ArrowError::OffsetOverflowError(bytes).into());
        }
        Ok(batch?)
    }

    /// Takes the rejects since the last call.
    pub fn take_rejects(&mut self) -> Vec<Reject> {
        self.reject_bytes = 0;
        mem::take(&mut self.rejects)
    }

    /// Takes the unknown top-level names since the last call, sorted, with how often each was
    /// met; beyond 256 names, and for names over 128 bytes, `(other)` counts the rest.
    pub fn take_unknown_fields(&mut self) -> Vec<(String, u64)> {
        self.parser_memory.unknown_fields.take()
    }

    fn accept(
        &mut self,
        record: &RawRecord<'_>,
        payload: &[u8],
        dedup: &mut DedupIndex,
    ) -> Result<Decoded, Fault> {
        if payload.len() > self.options.message_bytes_max {
            return Err(Fault::too_large(
                payload.len(),
                self.options.message_bytes_max,
            ));
        }
        let text = simdutf8::basic::from_utf8(payload).map_err(|_| Fault::not_utf8(payload))?;
        let attributes = mem::take(&mut self.attributes);
        let other_usage = mem::take(&mut self.other_usage);
        if self.arena.len() < payload.len() {
            self.arena.resize(payload.len(), 0);
        }
        let mut event = ParsedEvent::new(attributes, other_usage);
        let outcome = parse_event(text, &mut self.arena, &mut event, &mut self.parser_memory)
            .and_then(|()| event.complete())
            .and_then(|()| check_time(&event, record, &self.options))
            .map(|()| content_hash(&event, &mut self.hash_scratch))
            .and_then(|hash| Ok((look_up(&event, hash, record, dedup)?, hash)));
        if let Ok((Decoded::Event { .. }, hash)) = outcome {
            self.batch_bytes = self.batch_bytes.saturating_add(payload.len());
            // Beyond the limit the batch is lost anyway, which `finish` says.
            if self.batch_bytes <= BATCH_BYTES_LIMIT {
                self.columns.push(&event, hash, record);
            }
        }
        let ParsedEvent {
            attributes,
            mut other_usage,
            ..
        } = event;
        self.attributes = recycle(attributes);
        other_usage.clear();
        self.other_usage = other_usage;
        outcome.map(|(decoded, _)| decoded)
    }

    #[cold]
    fn reject(
        &mut self,
        record: &RawRecord<'_>,
        payload: &[u8],
        fault: Fault,
        headers: Vec<(String, String)>,
    ) -> Decoded {
        let kept = &payload[..payload.len().min(REJECT_BYTES_MAX)];
        let key_bytes = record.key.map_or(0, <[u8]>::len);
        let header_bytes: usize = headers
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        self.reject_bytes += kept.len() + key_bytes + header_bytes + fault.detail.len();
        let digest = Sha256::digest(payload);
        self.rejects.push(Reject {
            reason: fault.reason,
            detail: fault.detail,
            raw: kept.to_vec(),
            raw_bytes: i64::try_from(payload.len()).unwrap_or(i64::MAX),
            raw_sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            topic: self.topic.clone(),
            topic_id: self.topic_id.clone(),
            partition: record.partition,
            offset: record.offset,
            kafka_time_us: record.time_us,
            key: record.key.map(<[u8]>::to_vec),
            headers,
        });
        Decoded::Rejected(fault.reason)
    }
}

fn check_time(
    event: &ParsedEvent<'_>,
    record: &RawRecord<'_>,
    options: &DecodeOptions,
) -> Result<(), Fault> {
    let past_max_us = i64::from(options.time_past_max_s) * US_PER_S;
    let future_max_us = i64::from(options.time_future_max_s) * US_PER_S;
    event.check_time(record.time_us, past_max_us, future_max_us)
}

/// Decides whether a checked event was met before.
fn look_up(
    event: &ParsedEvent<'_>,
    content_hash: i64,
    record: &RawRecord<'_>,
    dedup: &mut DedupIndex,
) -> Result<Decoded, Fault> {
    let event_id = event.text(Field::EVENT_ID).unwrap_or_default();
    let event_time_us = event.event_time_us;
    let met_us = record.time_us.unwrap_or(event_time_us);
    match dedup.check(
        record.partition,
        event_id,
        content_hash,
        record.offset,
        met_us,
    ) {
        DedupDecision::First | DedupDecision::Replay => Ok(Decoded::Event { event_time_us }),
        DedupDecision::Duplicate { .. } => Ok(Decoded::Duplicate),
        DedupDecision::Conflict { first_offset } => Err(Fault::conflict(event_id, first_offset)),
    }
}

/// Empties a list but keeps its memory for texts that live elsewhere.
fn recycle(mut attributes: Vec<Attribute<'_>>) -> Vec<Attribute<'static>> {
    attributes.clear();
    // A list that is collected from itself stays where it is.
    attributes.into_iter().map_while(|_| None).collect()
}

#[cfg(test)]
mod tests;
