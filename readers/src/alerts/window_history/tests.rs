//! The history of real Delta tables: in the order of the windows' ends, parts merged.

use arrow::array::AsArray;
use arrow::datatypes::Decimal128Type;
use schemas::rollup::Dimension;
use schemas::table::Table;
use serde_json::{Value, json};

use super::super::evaluator::RollupNeed;
use crate::test_lake::{TestLake, us};

fn window(rollup: &str, start: &str, cost: &str) -> Value {
    json!({"rollup": rollup, "date": &start[..10], "window_start": start, "feature": "a",
           "window_seconds": 60, "cost_usd": cost})
}

#[tokio::test]
async fn windows_come_when_they_are_over_and_parts_are_merged() {
    let lake = TestLake::new();
    let rows = [
        window("feature", "2026-11-24T00:01:00Z", "4"),
        window("feature", "2026-11-23T23:59:00Z", "1"),
        window("feature", "2026-11-23T23:59:00Z", "2"),
        window("user", "2026-11-23T23:45:00Z", "8"),
        window("feature", "2026-11-24T00:02:00Z", "16"),
        window("feature", "2026-11-20T00:00:00Z", "32"),
    ];
    lake.append(Table::CostWindows, &rows, &[]).await;
    let need = |rollup: &str, window_seconds| RollupNeed {
        rollup: rollup.to_owned(),
        window_seconds,
        dimensions: vec![Dimension::Feature],
        history_s: 3_600,
    };
    let needs = [need("feature", 60), need("user", 900)];
    let (from_us, to_us) = (us("2026-11-24T00:00:00Z"), us("2026-11-24T00:02:00Z"));
    let history = lake.reader.window_history(&needs, from_us, to_us);
    let mut history = history.await.unwrap();
    assert_eq!(history.first_us(), Some(us("2026-11-23T23:00:00Z")));
    for (until, expected) in [
        ("2026-11-23T23:59:30Z", vec![]),
        ("2026-11-24T00:00:00Z", vec![("feature", 3), ("user", 8)]),
        ("2026-11-24T00:01:30Z", vec![]),
        ("2026-11-24T00:02:00Z", vec![("feature", 4)]),
        ("2026-11-25T00:00:00Z", vec![]),
    ] {
        let mut seen = Vec::new();
        let mut each = |rows: &arrow::array::RecordBatch, rollup: &str| {
            let costs = rows.column_by_name("cost_usd").unwrap();
            let costs = costs.as_primitive::<Decimal128Type>().values().iter();
            seen.extend(costs.map(|cost| (rollup.to_owned(), cost / 1_000_000_000_000)));
            Ok(())
        };
        history.until(us(until), &mut each).await.unwrap();
        let seen: Vec<(&str, i128)> = seen
            .iter()
            .map(|(name, cost)| (name.as_str(), *cost))
            .collect();
        assert_eq!(seen, expected, "{until}");
    }
}
