//! The views that tell how far the lake is.

use schemas::table::Table;
use serde_json::json;

use crate::test_lake::TestLake;

async fn complete(lake: &TestLake) -> Vec<bool> {
    let rows = lake
        .csv("SELECT complete FROM windows ORDER BY window_start")
        .await;
    rows.lines().map(|line| line == "true").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_are_complete_when_every_partition_has_passed_them() {
    let lake = TestLake::new();
    let window = |minute: u32| json!({"rollup": "feature", "window_start": format!("2026-11-23T10:{minute:02}:00Z"), "window_seconds": 60});
    let windows = [window(0), window(1), window(2)];
    let ms = |time: &str| crate::test_lake::us(time) / 1_000;
    let (p0, p1) = ("main/usage@T1/0", "main/usage@T1/1");
    lake.append(Table::CostWindows, &windows, &[(p0, 10), (p1, 5)])
        .await;
    assert_eq!(complete(&lake).await, [false; 3], "no partition is known");
    let txns = [
        (p0, 10),
        (p1, 5),
        ("wm/usage@T1/0", ms("2026-11-23T10:02:00Z")),
    ];
    lake.append(Table::Events, &[], &txns).await;
    assert_eq!(
        complete(&lake).await,
        [false; 3],
        "one partition has no watermark"
    );
    lake.append(
        Table::Events,
        &[],
        &[("wm/usage@T1/1", ms("2026-11-23T10:01:59.999Z"))],
    )
    .await;
    assert_eq!(complete(&lake).await, [true, false, false]);
    lake.append(
        Table::Events,
        &[],
        &[("wm/usage@T1/1", ms("2026-11-23T10:02:00Z"))],
    )
    .await;
    assert_eq!(complete(&lake).await, [true, true, false]);

    // Events go on, and the windows have not followed yet.
    let late = json!({"kafka_offset": 11, "event_time": "2026-11-23T10:01:30Z"});
    let txns = [
        (p0, 12),
        ("wm/usage@T1/0", ms("2026-11-23T11:00:00Z")),
        ("wm/usage@T1/1", ms("2026-11-23T11:00:00Z")),
    ];
    lake.append(Table::Events, &[late], &txns).await;
    assert_eq!(
        complete(&lake).await,
        [true, false, false],
        "a late event is not in them"
    );
    lake.append(Table::CostWindows, &[window(1)], &[(p0, 12)])
        .await;
    assert_eq!(complete(&lake).await, [true; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_show_what_the_transactions_say() {
    let lake = TestLake::new();
    let txns = [
        ("main/usage@T1/0", 10),
        ("seed/usage@T1/0", 3),
        ("counts/events/usage@T1/0", 6),
        ("counts/duplicates/usage@T1/0", 1),
        ("wm/usage@T1/0", 1_000),
        ("main/usage@T1/1", 5),
    ];
    lake.append(Table::Events, &[], &txns).await;
    assert_eq!(
        lake.csv("SELECT * FROM partitions ORDER BY partition")
            .await,
        "main,usage,T1,0,3,10,6,0,1,0,0,0,1970-01-01T00:00:01.000000Z\nmain,usage,T1,1,,5,0,0,0,0,0,0,\n"
    );
    let accounted = "SELECT next_offset - seed_offset = events + rejects + duplicates + tombstones + gaps + expired \
                     FROM partitions WHERE partition = 0";
    assert_eq!(lake.csv(accounted).await, "true\n");
}
