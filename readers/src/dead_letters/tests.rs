//! Dead letters in SQL.

use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload};
use schemas::table::Table;

use crate::test_lake::TestLake;

const LETTER: &str = r#"{"receiver":"oncall","number":7,"alert_id":"4f1c","change_number":1,
"rule":"FeatureSpike","state":"firing","reason":"status 404","given_up_at":"2026-11-27T08:00:00.5Z",
"payload":{"type":"alert.firing","data":{"value":"12.500000000000"}}}"#;

async fn rows(lake: &TestLake, sql: &str) -> String {
    let result = lake.reader.sql(sql).await.unwrap();
    let shown = arrow::util::pretty::pretty_format_batches(&result.batches);
    shown.unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_rows() {
    let lake = TestLake::new();
    lake.open_or_create(Table::Alerts).await;
    let path = Path::from("alert_dead_letters/oncall-00000000000000000007.json");
    lake.store
        .put(&path, PutPayload::from_static(LETTER.as_bytes()))
        .await
        .unwrap();
    let sql = "SELECT receiver, number, rule, state, reason, CAST(given_up_at AS TEXT) AS at, payload \
               FROM alert_dead_letters";
    let shown = rows(&lake, sql).await;
    assert!(
        shown.contains("| oncall   | 7      | FeatureSpike | firing | status 404 |"),
        "{shown}"
    );
    assert!(shown.contains("2026-11-27T08:00:00.500"), "{shown}");
    assert!(
        shown.contains(r#"{"type":"alert.firing","data":{"value":"12.500000000000"}}"#),
        "{shown}"
    );
}
