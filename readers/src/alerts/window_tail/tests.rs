//! The tail of real Delta tables: each row once, merges never.

use schemas::rollup::Dimension;
use schemas::table::Table;
use serde_json::{Value, json};

use super::super::evaluator::RollupNeed;
use super::TailLook;
use crate::test_lake::TestLake;

fn need() -> Vec<RollupNeed> {
    vec![RollupNeed {
        rollup: "feature".to_owned(),
        window_seconds: 60,
        dimensions: vec![Dimension::Feature],
        history_s: 0,
    }]
}

fn window(rollup: &str, feature: &str, cost: &str) -> Value {
    json!({"rollup": rollup, "feature": feature, "window_seconds": 60, "cost_usd": cost})
}

#[tokio::test]
async fn each_row_comes_once_and_only_of_rollups_that_are_needed() {
    let lake = TestLake::new();
    let mut tail = lake.reader.window_tail(&need(), None);
    let mut seen = Vec::new();
    for (given, versions, found) in [
        (vec![], 0, 0),
        (
            vec![window("feature", "a", "1"), window("user", "-", "2")],
            2,
            1,
        ),
        (
            vec![window("feature", "a", "3"), window("feature", "b", "4")],
            1,
            2,
        ),
        (vec![], 0, 0),
    ] {
        if !given.is_empty() {
            lake.append(Table::CostWindows, &given, &[]).await;
        }
        let look = tail
            .look(&mut |rows, rollup| {
                assert_eq!(rollup, "feature");
                assert!(rows.column_by_name("user_id").is_none());
                seen.push(rows.num_rows());
                Ok(())
            })
            .await
            .unwrap();
        let rows = found;
        assert_eq!(look, TailLook::Read { versions, rows });
    }
    assert_eq!(seen.iter().sum::<usize>(), 3);
}
