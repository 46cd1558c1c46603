//! Messages and what becomes of them.

mod bounds;
mod faults;
mod rows;
mod sequences;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use proptest::{collection, sample};
use schemas::reject::{Reject, RejectReason};
use schemas::time::format_rfc3339;

use super::{DecodeOptions, Decoded, NativeDecoder, RawRecord};
use crate::dedup::{DedupIndex, DedupLimits};

const RECORD_TIME_US: i64 = 1_795_457_823_000_000; // 2026-11-23T18:17:03Z

struct Bench {
    decoder: NativeDecoder,
    dedup: DedupIndex,
    next_offset: i64,
}

impl Bench {
    fn new() -> Self {
        Self {
            decoder: NativeDecoder::new("usage", "topic-id", DecodeOptions::default()),
            dedup: DedupIndex::new(DedupLimits::default()),
            next_offset: 0,
        }
    }

    fn decode(&mut self, message: &[u8]) -> Decoded {
        let offset = self.next_offset;
        self.next_offset += 1;
        self.decode_at(offset, message)
    }

    fn decode_at(&mut self, offset: i64, message: &[u8]) -> Decoded {
        let record = RawRecord {
            partition: 3,
            offset,
            time_us: Some(RECORD_TIME_US),
            key: Some(b"u-1"),
            payload: Some(message),
        };
        let headers = || vec![("trace".to_owned(), "t-1".to_owned())];
        self.decoder.decode(&record, &headers, &mut self.dedup)
    }

    fn finish(&mut self) -> RecordBatch {
        self.decoder.finish().unwrap()
    }
}

/// A valid event with more fields, or with others in the place of its own.
fn event_with(fields: &str) -> String {
    let defaults = [
        ("event_id", "\"e-1\""),
        ("event_time", "\"2026-11-23T18:17:00Z\""),
        ("provider", "\"openai\""),
        ("model", "\"gpt-5\""),
        ("input_tokens", "1000"),
    ];
    let own = defaults
        .iter()
        .filter(|(name, _)| !fields.contains(&format!("\"{name}\":")));
    let own: Vec<_> = own
        .map(|(name, value)| format!("\"{name}\": {value}"))
        .collect();
    let separator = if own.is_empty() || fields.is_empty() {
        ""
    } else {
        ", "
    };
    format!("{{{}{separator}{fields}}}", own.join(", "))
}

/// What a message's row shows in a column, or why the message has no row.
fn decode_one(message: &[u8]) -> Result<RecordBatch, Box<Reject>> {
    let mut bench = Bench::new();
    match bench.decode(message) {
        Decoded::Event { .. } => {
            assert!(bench.decoder.take_rejects().is_empty());
            let batch = bench.finish();
            assert_eq!(batch.num_rows(), 1);
            Ok(batch)
        }
        Decoded::Rejected(reason) => {
            assert_eq!(bench.finish().num_rows(), 0);
            let reject = bench.decoder.take_rejects().remove(0);
            assert_eq!(reject.reason, reason);
            Err(Box::new(reject))
        }
        other => panic!("{other:?}"),
    }
}

fn shown(batch: &RecordBatch, column: &str, row: usize) -> String {
    let column = batch.column_by_name(column).unwrap();
    if let Some(times) = column.as_primitive_opt::<TimestampMicrosecondType>() {
        let is_null = times.is_null(row);
        return if is_null {
            "null".to_owned()
        } else {
            format_rfc3339(times.value(row))
        };
    }
    let options = FormatOptions::new().with_null("null");
    ArrayFormatter::try_new(column, &options)
        .unwrap()
        .value(row)
        .to_string()
}

/// The fields are those of [`event_with`]; `expected` is a column and what it shows.
fn check(fields: &str, column: &str, expected: &str) {
    match decode_one(event_with(fields).as_bytes()) {
        Ok(batch) => assert_eq!(shown(&batch, column, 0), expected, "{fields}"),
        Err(reject) => panic!("{fields}: {reject:?}"),
    }
}

fn check_rejected(message: &[u8], reason: RejectReason, detail: &str) {
    let text = String::from_utf8_lossy(&message[..message.len().min(300)]).into_owned();
    match decode_one(message) {
        Ok(_) => panic!("{text}: is an event, not {}", reason.as_str()),
        Err(reject) => {
            assert_eq!(reject.reason, reason, "{text}: {}", reject.detail);
            assert_eq!(reject.detail, detail, "{text}");
        }
    }
}

fn check_fault(fields: &str, reason: RejectReason, detail: &str) {
    check_rejected(event_with(fields).as_bytes(), reason, detail);
}

fn hash_of(message: &str) -> i64 {
    let batch = decode_one(message.as_bytes()).unwrap();
    batch
        .column_by_name("content_hash")
        .unwrap()
        .as_primitive::<Int64Type>()
        .value(0)
}

proptest! {
    #[test]
    fn the_order_of_names_changes_no_hash(order in Just((0..12).collect::<Vec<_>>()).prop_shuffle()) {
        let fields = [
            r#""event_id": "e""#, r#""event_time": 1795457820000"#, r#""provider": "p""#,
            r#""model": "m""#, r#""input_tokens": 5"#, r#""web_searches": 2"#, r#""requests": 1"#,
            r#""latency_ms": 1.5"#, r#""tenant": "t""#, r#""attempt": 2"#, r#""user_id": "m""#,
            r#""reported_cost_usd": "0.1""#,
        ];
        let shuffled: Vec<_> = order.iter().map(|&at| fields[at]).collect();
        let hash = hash_of(&format!("{{{}}}", shuffled.join(",")));
        prop_assert_eq!(hash, hash_of(&format!("{{{}}}", fields.join(","))));
    }

    #[test]
    fn no_message_breaks_the_decoder(
        pieces in collection::vec(prop_oneof![
            sample::select(vec![
                "{", "}", "[", "]", ":", ",", "\"event_id\":", "\"e\"", "\"event_time\":", "\"input_tokens\":",
                "\"attributes\":", "\"other_usage\":", "\"web_searches\":", "\"reported_cost_usd\":", "1e9",
                "-0.0", "9223372036854775808", "\"2026-11-23T18:17:00Z\"", "null", "\"\\ud83d\\ude00\"", " ",
                "\"\u{e9}\u{1f600}\"",
            ]).prop_map(|piece| piece.as_bytes().to_vec()),
            any::<Vec<u8>>(),
        ], 0..30)
    ) {
        let mut bench = Bench::new();
        let decoded = bench.decode(&pieces.concat());
        let rows = usize::from(matches!(decoded, Decoded::Event { .. }));
        prop_assert_eq!(bench.finish().num_rows(), rows);
    }

    #[test]
    fn no_flaw_breaks_the_decoder(at in any::<sample::Index>(), byte in any::<u8>()) {
        let fields = r#""attributes": {"a": "b\u00e9"}, "web_searches": 1.5, "latency_ms": 3, "status": "error""#;
        let mut message = event_with(fields).into_bytes();
        let at = at.index(message.len());
        message[at] = byte;
        let mut bench = Bench::new();
        let decoded = bench.decode(&message);
        prop_assert_eq!(bench.decoder.rows(), usize::from(matches!(decoded, Decoded::Event { .. })));
        prop_assert_eq!(bench.finish().num_rows() + bench.decoder.take_rejects().len(), 1);
    }
}
