//! What workers read when they start or catch up: the right rows, in order, from few files.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use schemas::position::SourcePartition;
use schemas::priced::priced_schema;
use schemas::table::Table;
use serde_json::{Value, json};

use crate::test_lake::{TestLake, source, us};

type Identity = (String, i64, i64, Option<i64>);

fn event(partition: i32, offset: i64, kafka_time: &str) -> Value {
    json!({
        "event_id": format!("e{partition}-{offset}"), "content_hash": offset * 10,
        "kafka_partition": partition, "kafka_offset": offset, "kafka_time": kafka_time,
        "cost_usd": format!("0.{offset:012}"), "model": format!("m{}", offset % 2),
        "attributes": {"offset": offset.to_string()},
    })
}

async fn lake() -> TestLake {
    let lake = TestLake::new();
    let first = [
        event(0, 3, "2026-11-23T09:00:00Z"),
        event(1, 1, "2026-11-23T09:00:00Z"),
        event(0, 1, "2026-11-23T08:00:00Z"),
    ];
    let second = [
        event(0, 7, "2026-11-23T11:00:00Z"),
        event(0, 5, "2026-11-23T10:00:00Z"),
        json!({"event_id": "elsewhere", "kafka_topic_id": "T0", "kafka_offset": 5}),
        json!({"event_id": "elsewhere", "kafka_topic": "other", "kafka_offset": 5}),
    ];
    lake.append(Table::Events, &first, &[]).await;
    lake.append(Table::Events, &second, &[]).await;
    lake
}

async fn identities(
    lake: &TestLake,
    source: &SourcePartition,
    since: &str,
    below: i64,
) -> Vec<Identity> {
    let mut found = Vec::new();
    let mut each = |batch: crate::event_scan::EventIdentities<'_>| {
        found.extend(batch.iter().map(|identity| {
            (
                identity.event_id.to_owned(),
                identity.content_hash,
                identity.kafka_offset,
                identity.kafka_time_us,
            )
        }));
    };
    lake.reader
        .event_identities(source, us(since), below, &mut each)
        .await
        .unwrap();
    found.sort_by_key(|identity| identity.2);
    found
}

fn identity(offset: i64, kafka_time: &str) -> Identity {
    (
        format!("e0-{offset}"),
        offset * 10,
        offset,
        Some(us(kafka_time)),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn identities_since_a_time_and_below_an_offset() {
    let lake = lake().await;
    let all = identities(&lake, &source(0), "2026-11-23T00:00:00Z", i64::MAX).await;
    let expected = vec![
        identity(1, "2026-11-23T08:00:00Z"),
        identity(3, "2026-11-23T09:00:00Z"),
        identity(5, "2026-11-23T10:00:00Z"),
        identity(7, "2026-11-23T11:00:00Z"),
    ];
    assert_eq!(all, expected);
    let some = identities(&lake, &source(0), "2026-11-23T09:00:00Z", 7).await;
    assert_eq!(some, expected[1..3]);
    assert_eq!(
        identities(&lake, &source(9), "2026-11-23T00:00:00Z", 99).await,
        vec![]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn identities_of_a_file_have_no_time_and_are_all_given() {
    let lake = TestLake::new();
    let row = json!({"kafka_topic": "file:a", "kafka_topic_id": "F", "kafka_time": null, "kafka_offset": 4});
    lake.append(Table::Events, &[row], &[]).await;
    let file = SourcePartition {
        topic: "file:a".into(),
        topic_id: "F".into(),
        partition: 0,
    };
    let found = identities(&lake, &file, "2030-01-01T00:00:00Z", 10).await;
    assert_eq!(found, vec![("e".to_owned(), 1, 4, None)]);
}

async fn priced(lake: &TestLake, source: &SourcePartition, from: i64, to: i64) -> Vec<RecordBatch> {
    let mut batches = Vec::new();
    let mut each = |batch: RecordBatch| batches.push(batch);
    lake.reader
        .priced_events(source, from, to, &mut each)
        .await
        .unwrap();
    batches
}

fn offsets(batches: &[RecordBatch]) -> Vec<i64> {
    let columns = batches
        .iter()
        .map(|batch| batch.column_by_name("kafka_offset").unwrap());
    columns
        .flat_map(|column| column.as_primitive::<Int64Type>().values().to_vec())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn priced_events_come_in_order_and_in_the_shape_of_the_stages() {
    let lake = lake().await;
    let batches = priced(&lake, &source(0), 1, 8).await;
    assert_eq!(offsets(&batches), vec![1, 3, 5, 7]);
    for batch in &batches {
        assert_eq!(batch.schema(), priced_schema());
    }
    let first = &batches[0];
    let cost = first
        .column_by_name("cost_usd")
        .unwrap()
        .as_primitive::<Decimal128Type>();
    assert_eq!(cost.value(0), 1);
    let model = first.column_by_name("model").unwrap();
    assert!(matches!(model.data_type(), DataType::Dictionary(key, _) if **key == DataType::Int32));
    let model = cast(model, &DataType::Utf8).unwrap();
    assert_eq!(model.as_string::<i32>().value(0), "m1");
    assert!(first.column_by_name("feature").unwrap().is_null(0));
    let attributes = first
        .column_by_name("attributes")
        .unwrap()
        .as_map()
        .value(0);
    assert_eq!(attributes.column(1).as_string::<i32>().value(0), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn priced_events_are_those_of_the_range_only() {
    let lake = lake().await;
    assert_eq!(offsets(&priced(&lake, &source(0), 3, 7).await), vec![3, 5]);
    assert_eq!(
        offsets(&priced(&lake, &source(0), 4, 5).await),
        Vec::<i64>::new()
    );
    assert_eq!(
        offsets(&priced(&lake, &source(0), 7, 7).await),
        Vec::<i64>::new()
    );
    assert_eq!(
        offsets(&priced(&lake, &source(1), 0, i64::from(u16::MAX)).await),
        vec![1]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn long_ranges_are_read_in_steps_and_stay_in_order() {
    let lake = TestLake::new();
    let offsets_wide = [5, 200_000, 131_072, 131_077, 400_000, 131_076];
    let rows = offsets_wide.map(|offset| json!({"kafka_offset": offset}));
    lake.append(Table::Events, &rows[..3], &[]).await;
    lake.append(Table::Events, &rows[3..], &[]).await;
    let found = offsets(&priced(&lake, &source(0), 5, 400_001).await);
    assert_eq!(found, vec![5, 131_072, 131_076, 131_077, 200_000, 400_000]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_offsets_from_one_on() {
    let lake = TestLake::new();
    assert_eq!(
        lake.reader.rejected_offsets(&source(0), 0).await.unwrap(),
        Vec::<i64>::new()
    );
    let rows = [9, 2, 5].map(|offset| json!({"kafka_offset": offset, "raw": "ff00"}));
    lake.append(Table::Rejects, &rows, &[]).await;
    lake.append(
        Table::Rejects,
        &[json!({"kafka_offset": 4, "kafka_partition": 1})],
        &[],
    )
    .await;
    assert_eq!(
        lake.reader.rejected_offsets(&source(0), 0).await.unwrap(),
        vec![2, 5, 9]
    );
    assert_eq!(
        lake.reader.rejected_offsets(&source(0), 5).await.unwrap(),
        vec![5, 9]
    );
    assert_eq!(
        lake.reader.rejected_offsets(&source(1), 0).await.unwrap(),
        vec![4]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_tables_there_is_nothing_to_read() {
    let lake = TestLake::new();
    assert_eq!(
        identities(&lake, &source(0), "2026-11-23T00:00:00Z", 9).await,
        vec![]
    );
    assert!(priced(&lake, &source(0), 0, 9).await.is_empty());
}
