//! Single events are found by their id, each as it stands.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use schemas::priced::priced_schema;
use schemas::table::Table;
use serde_json::json;

use crate::test_lake::TestLake;

#[tokio::test(flavor = "multi_thread")]
async fn events_of_an_id_stand_in_the_order_of_their_offsets() {
    let lake = TestLake::new();
    assert!(lake.reader.events_of_id("it's").await.unwrap().is_empty());
    let first = [
        json!({"event_id": "it's", "kafka_offset": 7, "cost_usd": "0.000000000001"}),
        json!({"event_id": "other", "kafka_offset": 8}),
    ];
    let second = [json!({"event_id": "it's", "kafka_offset": 5})];
    lake.append(Table::Events, &first, &[]).await;
    lake.append(Table::Events, &second, &[]).await;
    let batches = lake.reader.events_of_id("it's").await.unwrap();
    let mut offsets = Vec::<i64>::new();
    for batch in &batches {
        assert_eq!(batch.schema(), priced_schema());
        let column = batch.column_by_name("kafka_offset").unwrap();
        offsets.extend(column.as_primitive::<Int64Type>().values());
    }
    assert_eq!(offsets, [5, 7]);
    assert!(lake.reader.events_of_id("nobody").await.unwrap().is_empty());
}
