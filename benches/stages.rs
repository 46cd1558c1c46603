//! What each stage costs on one core, from Kafka bytes in memory to encoded tables.
//!
//! `cargo bench --bench stages [-- EVENTS]` prints CPU time an event and events per second and
//! core, beside a baseline of the same run: `serde_json` into a plain struct; then what a worker's
//! start takes to read and index the price book.
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
use ingest::decode::{Decoded, NativeDecoder, RawRecord};
use ingest::dedup::DedupIndex;
use schemas::position::{PartitionSpan, SourcePartition};
use schemas::price_book::PriceBook;
use schemas::rollup::default_rollups;
use schemas::window_rows::WindowRows;
use sinks::{EpochWriter, LakeSettings, SealRequest, Topic};

mod traffic;

/// Rows of one batch, as the worker's default has it.
const BATCH_ROWS: usize = 4_096;
/// Rows of one epoch: about a second of one lane that catches up.
const EPOCH_ROWS: usize = 262_144;
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

/// CPU time of each stage, nanoseconds.
#[derive(Default, Clone, Copy)]
struct StageTimes {
    decode: u64,
    price: u64,
    fold: u64,
    encode: u64,
}

impl StageTimes {
    fn all(self) -> u64 {
        self.decode + self.price + self.fold + self.encode
    }
}

/// The stages of one lane, as the worker wires them.
struct Pipeline {
    decoder: NativeDecoder,
    dedup: DedupIndex,
    pricer: Pricer,
    fold: WindowFold,
    writer: EpochWriter,
    settings: LakeSettings,
    topic: Topic,
    epoch_rows: usize,
    parquet_bytes: usize,
    times: StageTimes,
}

impl Pipeline {
    fn new() -> Self {
        let settings = LakeSettings::standard("bench", "bench");
        Self {
            decoder: NativeDecoder::new("bench", "bench", traffic::decode_options()),
            dedup: DedupIndex::new(traffic::dedup_limits()),
            pricer: Pricer::new(Arc::new(PriceBook::built_in().unwrap())),
            fold: WindowFold::new(default_rollups(), FoldOptions::default()).unwrap(),
            writer: EpochWriter::new(&settings).unwrap(),
            settings,
            topic: Topic {
                name: Arc::from("bench"),
                id: Arc::from("bench"),
            },
            epoch_rows: 0,
            parquet_bytes: 0,
            times: StageTimes::default(),
        }
    }

    /// Takes one batch of messages through all stages; `first_offset` is that of the first.
    fn absorb(&mut self, messages: &[Vec<u8>], first_offset: usize) {
        let started = cpu_ns();
        for (offset, payload) in (first_offset..).zip(messages) {
            let record = RawRecord {
                partition: 0,
                offset: i64::try_from(offset).unwrap(),
                time_us: Some(traffic::KAFKA_TIME_US),
                key: None,
                payload: Some(payload),
            };
            let decoded = self.decoder.decode(&record, &Vec::new, &mut self.dedup);
            assert!(matches!(decoded, Decoded::Event { .. }), "{decoded:?}");
        }
        let events = self.decoder.finish().unwrap();
        let decoded = cpu_ns();
        let priced = self.pricer.price(&events).unwrap();
        let priced_at = cpu_ns();
        self.fold.fold(&priced).unwrap();
        let folded = cpu_ns();
        self.writer
            .write_events(&self.topic, traffic::KAFKA_TIME_US, &priced)
            .unwrap();
        let encoded = cpu_ns();
        self.times.decode += decoded - started;
        self.times.price += priced_at - decoded;
        self.times.fold += folded - priced_at;
        self.times.encode += encoded - folded;
        self.epoch_rows += messages.len();
    }

    /// Ends the epoch: takes its windows and finishes its files.
    fn seal(&mut self) {
        let started = cpu_ns();
        let windows = self.fold.finish().unwrap();
        let folded = cpu_ns();
        let writer = EpochWriter::new(&self.settings).unwrap();
        let writer = std::mem::replace(&mut self.writer, writer);
        self.parquet_bytes += seal(writer, windows, std::mem::take(&mut self.epoch_rows));
        self.times.fold += folded - started;
        self.times.encode += cpu_ns() - folded;
    }
}

fn run(messages: &[Vec<u8>]) -> (StageTimes, usize) {
    let mut pipeline = Pipeline::new();
    for (number, batch) in messages.chunks(BATCH_ROWS).enumerate() {
        pipeline.absorb(batch, number * BATCH_ROWS);
        if pipeline.epoch_rows >= EPOCH_ROWS {
            pipeline.seal();
        }
    }
    pipeline.seal();
    (pipeline.times, pipeline.parquet_bytes)
}

fn seal(writer: EpochWriter, windows: Vec<WindowRows>, rows: usize) -> usize {
    let events = i64::try_from(rows).unwrap();
    let sealed = writer
        .seal(SealRequest {
            spans: vec![PartitionSpan {
                next: events,
                events,
                ..PartitionSpan::empty(source(), 0)
            }],
            windows,
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

    let runs: Vec<_> = (0..TIMES).map(|_| run(&messages)).collect();
    let (times, bytes) = *runs.iter().min_by_key(|(times, _)| times.all()).unwrap();
    figures.print("decode and deduplicate", times.decode);
    figures.print("price", times.price);
    figures.print("fold three rollups", times.fold);
    figures.print("encode events and windows", times.encode);
    figures.print("all stages together", times.all());
    println!(
        "{:.1} bytes of Parquet an event, windows included",
        bytes as f64 / events as f64
    );
    let book = Arc::new(PriceBook::built_in().unwrap());
    let index_ns = measure(|| {
        black_box(Pricer::new(Arc::new(PriceBook::built_in().unwrap())));
    });
    println!(
        "{:.1} ms to read and index the {} models of the price book",
        index_ns as f64 / 1e6,
        book.model_count()
    );
}
