//! Data files as readers find them: the very rows that were written, and statistics that hold.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::Int32Type;
use object_store::ObjectStore;
use schemas::position::PartitionSpan;
use schemas::table::Table;
use schemas::time::{S_PER_DAY, US_PER_S};
use serde_json::Value;
use sinks::{EpochWriter, LakeSettings, SealRequest};

use crate::rig::{
    NOON_US, delta_table, is_committed, memory, partition, read_all, seeded, settings, topic,
};
use crate::rows::{EventRows, Numbers, decimal_map, events, text_map};

/// Replaces a column.
fn with(rows: &RecordBatch, name: &str, column: ArrayRef) -> RecordBatch {
    let at = rows.schema().index_of(name).unwrap();
    let mut columns = rows.columns().to_vec();
    columns[at] = column;
    RecordBatch::try_new(rows.schema(), columns).unwrap()
}

/// Nulls about one row in three, in every column that may have them.
fn with_gaps(rows: &RecordBatch, seed: u64) -> RecordBatch {
    let mut numbers = Numbers::new(seed);
    let schema = rows.schema();
    let columns = schema
        .fields()
        .iter()
        .zip(rows.columns())
        .map(|(field, column)| {
            if !field.is_nullable() {
                return Arc::clone(column);
            }
            let picks: Vec<Option<u32>> = (0..rows.num_rows() as u32)
                .map(|row| (numbers.below(3) > 0).then_some(row))
                .collect();
            let picks = arrow::array::UInt32Array::from(picks);
            arrow::compute::take(column, &picks, None).unwrap()
        });
    RecordBatch::try_new(rows.schema(), columns.collect()).unwrap()
}

fn with_maps(rows: &RecordBatch) -> RecordBatch {
    let schema = rows.schema();
    let pairs: Vec<Option<Vec<(String, String)>>> = (0..rows.num_rows())
        .map(|row| match row % 4 {
            0 => None,
            entries => Some(
                (1..entries)
                    .map(|entry| (format!("key{entry}"), format!("value {row}")))
                    .collect(),
            ),
        })
        .collect();
    let texts = text_map(&pairs, schema.field_with_name("attributes").unwrap());
    let decimals = decimal_map(&pairs, schema.field_with_name("other_usage").unwrap());
    let rows = with(rows, "attributes", texts);
    with(&rows, "other_usage", decimals)
}

/// What the table must hold of some rows: no dictionaries, and the columns of the source.
fn expected(rows: &RecordBatch, ingested_at_us: i64) -> RecordBatch {
    let schema = Table::Events.file_schema();
    let count = rows.num_rows();
    let columns = schema.fields().iter().map(|field| -> ArrayRef {
        match field.name().as_str() {
            "kafka_topic" => Arc::new(StringArray::from(vec!["usage"; count])),
            "kafka_topic_id" => Arc::new(StringArray::from(vec!["id0"; count])),
            "ingested_at" => {
                let times = TimestampMicrosecondArray::from_value(ingested_at_us, count);
                Arc::new(times.with_timezone("UTC"))
            }
            name => cast(rows.column_by_name(name).unwrap(), field.data_type()).unwrap(),
        }
    });
    RecordBatch::try_new(schema.clone(), columns.collect()).unwrap()
}

async fn written(
    settings: &LakeSettings,
    batches: &[RecordBatch],
) -> (Arc<dyn ObjectStore>, RecordBatch) {
    let store = memory();
    let lake = seeded(&store, 1).await;
    let mut writer = EpochWriter::new(settings).unwrap();
    for batch in batches {
        writer.write_events(&topic(), NOON_US, batch).unwrap();
    }
    let rows = batches.iter().map(RecordBatch::num_rows).sum::<usize>() as i64;
    assert_eq!(writer.rows() as i64, rows);
    let request = SealRequest {
        spans: vec![PartitionSpan {
            next: rows,
            events: rows,
            ..PartitionSpan::empty(partition(0), 0)
        }],
        sealed_at_us: NOON_US,
        ..SealRequest::default()
    };
    let sealed = writer.seal(request).unwrap();
    assert!(is_committed(&lake.commit_epoch(&sealed).await.unwrap()));
    let read = read_all(&store, Table::Events).await;
    let read = concat_batches(&read[0].schema(), &read).unwrap();
    (store, read)
}

fn assert_same(read: &RecordBatch, expected: &RecordBatch) {
    assert_eq!(read.num_rows(), expected.num_rows());
    for field in expected.schema().fields() {
        let read = read.column_by_name(field.name()).unwrap();
        let expected = expected.column_by_name(field.name()).unwrap();
        assert_eq!(read.data_type(), expected.data_type(), "{field}");
        assert!(read == expected, "{field} differs");
    }
}

async fn check(settings: &LakeSettings, batches: &[RecordBatch]) {
    let (_, read) = written(settings, batches).await;
    let expected: Vec<RecordBatch> = batches.iter().map(|rows| expected(rows, NOON_US)).collect();
    assert_same(
        &read,
        &concat_batches(&expected[0].schema(), &expected).unwrap(),
    );
}

fn plain(offsets: std::ops::Range<i64>) -> RecordBatch {
    events(&EventRows {
        step_us: 1,
        ..EventRows::of(0, offsets)
    })
}

#[tokio::test]
async fn rows_come_back_as_they_were_written() {
    check(&settings(), &[plain(0..1)]).await;
    check(&settings(), &[plain(0..700), plain(700..1_003)]).await;
}

#[tokio::test]
async fn gaps_and_maps_come_back_as_they_were_written() {
    let batches = [
        with_gaps(&with_maps(&plain(0..500)), 1),
        plain(500..600),
        with_maps(&plain(600..777)),
        with_gaps(&plain(777..1_000), 2),
    ];
    check(&settings(), &batches).await;
}

#[tokio::test]
async fn many_pages_and_row_groups_come_back_as_they_were_written() {
    let batches: Vec<_> = (0..10)
        .map(|at| with_gaps(&with_maps(&plain(at * 8_000..(at + 1) * 8_000)), at as u64))
        .collect();
    check(&settings(), &batches).await;
    let small_groups = LakeSettings {
        row_group_rows_max: 3_001,
        ..settings()
    };
    check(&small_groups, &batches[..2]).await;
}

#[tokio::test]
async fn dictionaries_that_are_given_up_come_back_as_they_were_written() {
    const ROWS: i64 = 150_000;
    let users: Vec<String> = (0..ROWS).map(|user| format!("user {user}")).collect();
    let keys = Int32Array::from_iter_values(0..ROWS as i32);
    let labels = DictionaryArray::<Int32Type>::new(keys, Arc::new(StringArray::from(users)));
    let rows = plain(0..ROWS);
    let costs = rows.column_by_name("cost_usd").unwrap();
    let costs = costs.as_primitive::<arrow::datatypes::Decimal128Type>();
    let costs = arrow::array::Decimal128Array::from_iter_values(0..i128::from(ROWS))
        .with_data_type(costs.data_type().clone());
    let rows = with(&rows, "user_id", Arc::new(labels));
    let rows = with(&rows, "cost_usd", Arc::new(costs));
    let batches = [
        rows.slice(0, 149_000),
        rows.slice(149_000, 1_000),
        plain(ROWS..ROWS + 50),
    ];
    check(&settings(), &batches).await;
}

#[tokio::test]
async fn labels_that_point_to_a_null_are_null() {
    let rows = plain(0..4);
    let keys = Int32Array::from(vec![Some(0), Some(1), None, Some(0)]);
    let texts = StringArray::from(vec![Some("search"), None]);
    let labels = DictionaryArray::<Int32Type>::new(keys, Arc::new(texts));
    let rows = with(&rows, "feature", Arc::new(labels));
    let (_, read) = written(&settings(), &[rows]).await;
    let features = read.column_by_name("feature").unwrap().as_string::<i32>();
    let features: Vec<_> = features.iter().collect();
    assert_eq!(features, [Some("search"), None, None, Some("search")]);
}

#[tokio::test]
async fn rows_of_several_days_go_to_their_days() {
    let rows = plain(0..6);
    let midnight = NOON_US - NOON_US % (S_PER_DAY * US_PER_S);
    let times = [midnight - 1, midnight, NOON_US, midnight - 9, -1, midnight];
    let times = TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC");
    let rows = with(&rows, "event_time", Arc::new(times));
    let (store, read) = written(&settings(), &[rows.clone(), rows.slice(0, 0)]).await;
    assert_eq!(read.num_rows(), 6);
    let delta = delta_table(&store, Table::Events).await;
    let files = delta.snapshot().unwrap().log_data();
    let mut days: Vec<(String, usize)> = files
        .iter()
        .map(|view| {
            let date = view.partition_values_map()["date"].clone().unwrap();
            assert!(view.path().starts_with(&format!("date={date}/")));
            (date, view.num_records().unwrap())
        })
        .collect();
    days.sort();
    let expected = [("1969-12-31", 1), ("2026-11-22", 2), ("2026-11-23", 3)];
    assert_eq!(days, expected.map(|(date, rows)| (date.to_owned(), rows)));
}

#[tokio::test]
async fn statistics_bound_what_a_file_holds() {
    let small_groups = LakeSettings {
        row_group_rows_max: 70,
        ..settings()
    };
    let rows = with_gaps(&plain(0..200), 3);
    let times = (0..200).map(|row| NOON_US + 500 + row);
    let times = TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC");
    let rows = with(&rows, "event_time", Arc::new(times));
    let (store, read) = written(&small_groups, &[rows]).await;
    let delta = delta_table(&store, Table::Events).await;
    let view = delta.snapshot().unwrap().log_data().iter().next().unwrap();
    let statistics: Value = serde_json::from_str(&view.stats().unwrap()).unwrap();
    let (low, high) = (&statistics["minValues"], &statistics["maxValues"]);
    assert_eq!(statistics["numRecords"], 200);
    assert_eq!(low["event_time"], "2026-11-23T12:00:00.000Z");
    assert_eq!(high["event_time"], "2026-11-23T12:00:00.001Z");
    assert_eq!(
        (&low["kafka_offset"], &high["kafka_offset"]),
        (&0.into(), &199.into())
    );
    assert_eq!(low["kafka_topic"], "usage");
    let features = read.column_by_name("feature").unwrap();
    assert_eq!(statistics["nullCount"]["feature"], features.null_count());
    let features = features.as_string::<i32>();
    assert_eq!(low["feature"], *features.iter().flatten().min().unwrap());
    assert_eq!(high["feature"], *features.iter().flatten().max().unwrap());
    assert!(low.get("event_id").is_none() && low.get("cost_usd").is_none());
}
