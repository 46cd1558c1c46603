//! The events of a span: those in it, in the shape of stages, from the folders of their days.

use arrow::array::RecordBatch;
use schemas::priced::priced_schema;
use schemas::table::Table;
use serde_json::{Value, json};

use crate::test_lake::{TestLake, us};

fn event(id: &str, time: &str) -> Value {
    json!({"event_id": id, "event_time": time, "date": &time[..10], "cost_usd": "0.5"})
}

#[tokio::test]
async fn a_span_gives_its_events_and_no_other() {
    let lake = TestLake::new();
    let events = [
        event("before", "2026-11-21T23:59:59.999999Z"),
        event("first", "2026-11-22T00:00:00Z"),
        event("last", "2026-11-23T11:59:59Z"),
        event("behind", "2026-11-23T12:00:00Z"),
        event("later", "2026-11-24T00:00:00Z"),
    ];
    lake.append(Table::Events, &events, &[]).await;
    let mut batches = Vec::new();
    let mut each = |batch: RecordBatch| batches.push(batch);
    let (from_us, to_us) = (us("2026-11-22T00:00:00Z"), us("2026-11-23T12:00:00Z"));
    lake.reader
        .priced_events_between(from_us, to_us, &mut each)
        .await
        .unwrap();
    assert!(
        batches
            .iter()
            .all(|batch| batch.schema() == priced_schema())
    );
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows, 2);
}

#[tokio::test]
async fn without_a_table_there_are_none() {
    let lake = TestLake::new();
    let mut each = |_: RecordBatch| panic!("a row of no table");
    lake.reader
        .priced_events_between(0, 1, &mut each)
        .await
        .unwrap();
}
