//! How fast events are encoded, alone on one core: prints events a second and bytes an event.
#![allow(
    clippy::unwrap_used,
    clippy::clone_on_ref_ptr,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::float_arithmetic,
    dead_code,
    missing_docs,
    reason = "a measurement, whose numbers are small, on rows that the tests share"
)]

use std::sync::Arc;
use std::time::Instant;

use schemas::position::{PartitionSpan, SourcePartition};
use sinks::{EpochWriter, LakeSettings, SealRequest, Topic};

#[path = "../tests/lake/rows.rs"]
mod rows;

const ROWS: i64 = 1_000_000;
const BATCH_ROWS: i64 = 8_192;
const NOW_US: i64 = 1_795_435_200_000_000;

fn main() {
    let batches: Vec<_> = (0..ROWS)
        .step_by(BATCH_ROWS as usize)
        .map(|start| {
            let next = (start + BATCH_ROWS).min(ROWS);
            let first = rows::EventRows::of(0, start..next);
            rows::events(&rows::EventRows {
                time_us: first.time_us + start * first.step_us / 100,
                step_us: first.step_us / 100,
                ..first
            })
        })
        .collect();
    let settings = LakeSettings::standard("tokenmeter", "bench");
    let topic = Topic {
        name: Arc::from("usage"),
        id: Arc::from("id0"),
    };
    let source = SourcePartition {
        topic: Arc::clone(&topic.name),
        topic_id: Arc::clone(&topic.id),
        partition: 0,
    };
    for _ in 0..5 {
        let begun = Instant::now();
        let mut writer = EpochWriter::new(&settings).unwrap();
        for batch in &batches {
            writer.write_events(&topic, NOW_US, batch).unwrap();
        }
        let memory = writer.encoded_bytes();
        let span = PartitionSpan {
            next: ROWS,
            events: ROWS,
            ..PartitionSpan::empty(source.clone(), 0)
        };
        let request = SealRequest {
            spans: vec![span],
            sealed_at_us: NOW_US,
            ..SealRequest::default()
        };
        let sealed = writer.seal(request).unwrap();
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "{:.2} M events/s, {:.1} bytes an event, {} MB held before sealing",
            ROWS as f64 / seconds / 1e6,
            sealed.bytes() as f64 / ROWS as f64,
            memory >> 20
        );
    }
}
