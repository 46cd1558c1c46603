//! What must hold of the decoder for any message whatever.

use std::time::Instant;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int64Type, TimestampMicrosecondType};
use ingest::decode::{DecodeOptions, Decoded, NativeDecoder, RawRecord};
use ingest::dedup::{DedupIndex, DedupLimits};
use schemas::reject::{REJECT_BYTES_MAX, Reject, RejectReason};
use serde_json::{Map, Value};

use crate::exact::Exact;
use crate::instant::rfc3339_us;
use crate::json::is_json;
use crate::time_limit::assert_quick;

/// The largest message that a target's decoder takes: small, so that this bound is met as well.
const MESSAGE_BYTES_MAX: usize = 16 * 1024;
/// The records' time: 2026-11-23T18:17:03Z.
const RECORD_TIME_US: i64 = 1_795_457_823_000_000;
/// So far that no year of four digits is out of range: what is an instant shall be an event.
const SPAN_S_MAX: u32 = u32::MAX;

const COUNTERS: [&str; 9] = [
    "sequence",
    "attempt",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_reasoning_tokens",
];
/// Decimal columns, with the places that they keep.
const DECIMALS: [(&str, u8); 4] = [
    ("gpu_seconds", 12),
    ("reported_cost_usd", 12),
    ("latency_ms", 3),
    ("time_to_first_token_ms", 3),
];
const TEXTS: [(&str, Option<&str>); 19] = [
    ("event_id", None),
    ("provider", None),
    ("model", None),
    ("requested_model", None),
    ("tenant", Some("")),
    ("user_id", Some("")),
    ("feature", None),
    ("workflow", None),
    ("run_id", None),
    ("session_id", None),
    ("agent", None),
    ("region", None),
    ("route", None),
    ("service_tier", None),
    ("requested_service_tier", None),
    ("status", Some("ok")),
    ("usage_state", Some("final")),
    ("served_from", Some("model")),
    ("emitter", None),
];

/// A decoder with what it needs beside it.
#[derive(Debug)]
pub struct Bench {
    decoder: NativeDecoder,
    dedup: DedupIndex,
}

impl Default for Bench {
    fn default() -> Self {
        let options = DecodeOptions {
            message_bytes_max: MESSAGE_BYTES_MAX,
            time_past_max_s: SPAN_S_MAX,
            time_future_max_s: SPAN_S_MAX,
            ..DecodeOptions::default()
        };
        Self {
            decoder: NativeDecoder::new("usage", "topic-id", options),
            dedup: DedupIndex::new(DedupLimits::default()),
        }
    }
}

impl Bench {
    /// Decodes a message at a place of its own.
    ///
    /// # Panics
    /// If that takes long.
    pub fn decode(&mut self, message: &[u8], partition: i32, offset: i64) -> Decoded {
        let record = RawRecord {
            partition,
            offset,
            time_us: Some(RECORD_TIME_US),
            key: None,
            payload: Some(message),
        };
        let begun = Instant::now();
        let decoded = self.decoder.decode(&record, &Vec::new, &mut self.dedup);
        assert_quick(begun, || {
            let mut fresh = Self::default();
            let _ = fresh.decoder.decode(&record, &Vec::new, &mut fresh.dedup);
        });
        decoded
    }

    /// The rows and the rejects since the last call.
    ///
    /// # Panics
    /// If the rows do not form a batch.
    pub fn take(&mut self) -> (RecordBatch, Vec<Reject>) {
        let rows = self.decoder.rows();
        let batch = self.decoder.finish().expect("rows form a batch");
        assert_eq!(batch.num_rows(), rows);
        (batch, self.decoder.take_rejects())
    }
}

/// Judges what the decoder makes of a message: whether it is JSON as serde_json says, every value
/// as serde_json reads it, the same again, and a copy when it is met once more.
///
/// # Panics
/// If anything of it does not hold.
pub fn judge(message: &[u8]) {
    let mut bench = Bench::default();
    let decoded = bench.decode(message, 0, 7);
    judge_kind(message, decoded);
    // The order of its names is foreseen now, and the duplicate index knows it by its offset.
    let again = bench.decode(message, 0, 7);
    assert_eq!(decoded, again, "decoded twice");
    match decoded {
        Decoded::Tombstone => assert!(message.is_empty()),
        Decoded::Duplicate => panic!("a copy of nothing"),
        Decoded::Rejected(reason) => {
            let rejects = bench.decoder.take_rejects();
            assert_eq!(bench.decoder.rows(), 0);
            let [first, second] = &rejects[..] else {
                panic!("{} rejects", rejects.len())
            };
            assert_eq!(first, second, "decoded twice");
            judge_reject(message, first, reason);
        }
        Decoded::Event { event_time_us } => {
            let later = bench.decode(message, 0, 8);
            assert_eq!(later, Decoded::Duplicate);
            let (batch, rejects) = bench.take();
            assert!(rejects.is_empty());
            assert_eq!(batch.num_rows(), 2);
            assert_eq!(batch.slice(0, 1), batch.slice(1, 1), "decoded twice");
            let text = std::str::from_utf8(message).expect("an event is UTF-8");
            let fields: Map<String, Value> = serde_json::from_str(text).expect("an object");
            judge_values(&fields, &batch, event_time_us);
        }
    }
}

/// Whether the message was sorted as UTF-8, JSON and object as it must be.
fn judge_kind(message: &[u8], decoded: Decoded) {
    let expected = if message.is_empty() || message.len() > MESSAGE_BYTES_MAX {
        (!message.is_empty()).then_some(RejectReason::TooLarge)
    } else if std::str::from_utf8(message).is_err() {
        Some(RejectReason::NotUtf8)
    } else if !is_json(message) {
        Some(RejectReason::NotJson)
    } else if !message.trim_ascii_start().starts_with(b"{") {
        Some(RejectReason::NotAnObject)
    } else {
        None
    };
    let found = match decoded {
        Decoded::Rejected(reason) => Some(reason).filter(|reason| {
            matches!(
                reason,
                RejectReason::TooLarge
                    | RejectReason::NotUtf8
                    | RejectReason::NotJson
                    | RejectReason::NotAnObject
            )
        }),
        _ => None,
    };
    assert_eq!(found, expected, "{decoded:?}");
}

fn judge_reject(message: &[u8], reject: &Reject, reason: RejectReason) {
    assert_eq!(reject.reason, reason);
    assert_eq!(reject.raw, message[..message.len().min(REJECT_BYTES_MAX)]);
    assert_eq!(usize::try_from(reject.raw_bytes), Ok(message.len()));
    assert!(!reject.detail.is_empty() && reject.detail.len() < 512);
}

/// Compares the first row with the values of the message, where these are told by serde_json.
fn judge_values(fields: &Map<String, Value>, batch: &RecordBatch, event_time_us: i64) {
    for (name, default) in TEXTS {
        let expected = value(fields, name).map(|value| value.as_str().expect("a text"));
        assert_eq!(text(batch, name), expected.or(default), "{name}");
    }
    for name in COUNTERS {
        let expected = value(fields, name).map(|value| whole(value).expect("a whole number"));
        let column = batch[name].as_primitive::<Int64Type>();
        let found = column.is_valid(0).then(|| column.value(0).to_string());
        assert_eq!(found, expected, "{name}");
    }
    for (name, scale) in DECIMALS {
        let expected = value(fields, name).map(|value| rounded(value, scale).expect("a number"));
        let column = batch[name].as_primitive::<Decimal128Type>();
        let found = column.is_valid(0).then(|| column.value(0).to_string());
        assert_eq!(found, expected, "{name}");
    }
    let expected_us = match value(fields, "event_time") {
        Some(Value::String(text)) => rfc3339_us(text),
        Some(time_ms) => {
            whole(time_ms).and_then(|time_ms| time_ms.parse::<i64>().ok()?.checked_mul(1_000))
        }
        None => None,
    };
    assert_eq!(Some(event_time_us), expected_us, "event_time");
    let times = batch["event_time"].as_primitive::<TimestampMicrosecondType>();
    assert_eq!(times.value(0), event_time_us);
}

/// A field that is there; null is not.
fn value<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.get(name).filter(|value| !value.is_null())
}

fn text<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a str> {
    let column = &batch[name];
    if column.is_null(0) {
        return None;
    }
    Some(match column.as_any_dictionary_opt() {
        Some(labels) => {
            let label = labels.normalized_keys()[0];
            string(labels.values().as_ref(), label)
        }
        None => string(column.as_ref(), 0),
    })
}

fn string(column: &dyn Array, row: usize) -> &str {
    match column.as_string_view_opt() {
        Some(views) => views.value(row),
        None => column.as_string::<i32>().value(row),
    }
}

fn whole(value: &Value) -> Option<String> {
    let Value::Number(number) = value else {
        return None;
    };
    Exact::parse(number.as_str().as_bytes())?.whole(20)
}

fn rounded(value: &Value, scale: u8) -> Option<String> {
    let text = match value {
        Value::Number(number) => number.as_str(),
        Value::String(text) => text,
        _ => return None,
    };
    Exact::parse(text.as_bytes())?.rounded(scale, 38)
}
