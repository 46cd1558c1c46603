//! What each stage costs on one core, from Kafka bytes in memory to encoded tables.
//!
//! `cargo bench --bench stages [-- EVENTS]` prints CPU time an event and events per second and
//! core, beside a baseline of the same run: `serde_json` into a plain struct.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a bench prints figures, and stops at the first thing that is wrong"
)]

use std::hint::black_box;
use std::sync::Arc;

use aggregate::pricing::Pricer;
use aggregate::window_fold::{FoldOptions, WindowFold};
use arrow::array::RecordBatch;
use ingest::decode::{Decoded, NativeDecoder, RawRecord};
use ingest::dedup::DedupIndex;
use schemas::position::{PartitionSpan, SourcePartition};
use schemas::price_book::PriceBook;
use schemas::rollup::default_rollups;
use sinks::{EpochWriter, LakeSettings, SealRequest, Topic};

mod traffic;

/// Rows of one batch, as the worker's default has it.
const BATCH_ROWS: usize = 16_384;
/// Rows of one epoch: two seconds at half a million events a second.
const EPOCH_ROWS: usize = 1_000_000;
const TIMES: usize = 3;

/// CPU time of this thread, nanoseconds.
fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split_ascii_whitespace()
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

/// The best of a few runs: what disturbs a run only ever makes it slower.
fn measure(mut run: impl FnMut()) -> u64 {
    (0..TIMES)
        .map(|_| {
            let started = cpu_ns();
            run();
            cpu_ns() - started
        })
        .min()
        .unwrap()
}

struct Figures {
    events: usize,
    baseline_ns: u64,
}

impl Figures {
    fn print(&self, stage: &str, ns: u64) {
        let events = self.events as f64;
        println!(
            "{stage:<28} {:>8.0} ns/event {:>12.0} events/s per core {:>8.2} x baseline",
            ns as f64 / events,
            events * 1e9 / ns as f64,
            self.baseline_ns as f64 / ns as f64,
        );
    }
}

fn source() -> SourcePartition {
    SourcePartition {
        topic: Arc::from("bench"),
        topic_id: Arc::from("bench"),
        partition: 0,
    }
}

fn decode_all(messages: &[Vec<u8>]) -> Vec<RecordBatch> {
    let mut decoder = NativeDecoder::new("bench", "bench", traffic::decode_options());
    let mut dedup = DedupIndex::new(traffic::dedup_limits());
    let mut batches = Vec::new();
    for (offset, payload) in messages.iter().enumerate() {
        let record = RawRecord {
            partition: 0,
            offset: i64::try_from(offset).unwrap(),
            time_us: Some(traffic::KAFKA_TIME_US),
            key: None,
            payload: Some(payload),
        };
        let decoded = decoder.decode(&record, &Vec::new, &mut dedup);
        assert!(matches!(decoded, Decoded::Event { .. }), "{decoded:?}");
        if decoder.rows() == BATCH_ROWS {
            batches.push(decoder.finish().unwrap());
        }
    }
    batches.push(decoder.finish().unwrap());
    batches
}

fn price_all(pricer: &mut Pricer, events: &[RecordBatch]) -> Vec<RecordBatch> {
    events
        .iter()
        .map(|batch| pricer.price(batch).unwrap())
        .collect()
}

fn fold_all(fold: &mut WindowFold, priced: &[RecordBatch]) {
    let mut rows = 0;
    for batch in priced {
        fold.fold(batch).unwrap();
        rows += batch.num_rows();
        if rows >= EPOCH_ROWS {
            black_box(fold.finish().unwrap());
            rows = 0;
        }
    }
    black_box(fold.finish().unwrap());
}

fn encode_all(priced: &[RecordBatch]) -> usize {
    let settings = LakeSettings::standard("bench", "bench");
    let topic = Topic {
        name: Arc::from("bench"),
        id: Arc::from("bench"),
    };
    let mut bytes = 0;
    let mut writer = EpochWriter::new(&settings).unwrap();
    let mut rows = 0;
    for batch in priced {
        writer
            .write_events(&topic, traffic::KAFKA_TIME_US, batch)
            .unwrap();
        rows += batch.num_rows();
        if rows >= EPOCH_ROWS {
            let full = std::mem::replace(&mut writer, EpochWriter::new(&settings).unwrap());
            bytes += seal(full, rows);
            rows = 0;
        }
    }
    bytes + seal(writer, rows)
}

fn seal(writer: EpochWriter, rows: usize) -> usize {
    let events = i64::try_from(rows).unwrap();
    let sealed = writer
        .seal(SealRequest {
            spans: vec![PartitionSpan {
                next: events,
                events,
                ..PartitionSpan::empty(source(), 0)
            }],
            windows: Vec::new(),
            watermarks: Vec::new(),
            rejects_next: Vec::new(),
            sealed_at_us: 0,
        })
        .unwrap();
    usize::try_from(sealed.bytes()).unwrap()
}

fn main() {
    let events = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(500_000);
    let messages = traffic::messages(events);
    let message_bytes = messages.iter().map(Vec::len).sum::<usize>() / events;
    let baseline_ns = measure(|| {
        for message in &messages {
            black_box(serde_json::from_slice::<traffic::PlainEvent>(message).unwrap());
        }
    });
    let figures = Figures {
        events,
        baseline_ns,
    };
    println!("{events} events of {message_bytes} bytes, one core, best of {TIMES}");
    figures.print("baseline: serde_json", baseline_ns);

    let mut decoded = Vec::new();
    let decode_ns = measure(|| decoded = decode_all(&messages));
    figures.print("decode and deduplicate", decode_ns);

    let mut pricer = Pricer::new(Arc::new(PriceBook::built_in().unwrap()));
    let mut priced = Vec::new();
    let price_ns = measure(|| priced = price_all(&mut pricer, &decoded));
    figures.print("price", price_ns);

    let mut fold = WindowFold::new(default_rollups(), FoldOptions::default()).unwrap();
    let fold_ns = measure(|| fold_all(&mut fold, &priced));
    figures.print("fold three rollups", fold_ns);

    let mut bytes = 0;
    let encode_ns = measure(|| bytes = encode_all(&priced));
    figures.print("encode", encode_ns);
    figures.print(
        "all stages together",
        decode_ns + price_ns + fold_ns + encode_ns,
    );
    println!(
        "{:.1} bytes of Parquet an event",
        bytes as f64 / events as f64
    );
}
