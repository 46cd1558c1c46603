//! Queries over real tables: types, pruning, snapshots, refusals, what is missing.

use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Decimal128Type};
use object_store::memory::InMemory;
use schemas::table::Table;
use serde_json::{Value, json};
use url::Url;

use crate::error::ReaderError;
use crate::lake::LakeReader;
use crate::test_lake::TestLake;
use crate::views::View;

mod vanishing_store;

use vanishing_store::VanishingStore;

fn costing(offset: i64, day: &str, cost: &str) -> Value {
    json!({
        "event_id": format!("e{offset}"), "kafka_offset": offset, "date": day,
        "event_time": format!("{day}T12:00:00.000001Z"), "cost_usd": cost,
        "input_tokens": 10, "other_usage": {"audio_seconds": "1.5"},
        "attributes": {"team": "search"},
    })
}

async fn lake_of_three_days() -> TestLake {
    let lake = TestLake::new();
    let rows = [
        costing(1, "2026-11-21", "0.000000000001"),
        costing(2, "2026-11-22", "12345678901234567890.123456789012"),
    ];
    lake.append(Table::Events, &rows, &[("main/usage@T1/0", 3)])
        .await;
    let rows = [
        costing(3, "2026-11-23", "0.1"),
        costing(4, "2026-11-23", "0.2"),
    ];
    lake.append(Table::Events, &rows, &[("main/usage@T1/0", 5)])
        .await;
    lake
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lake_says_what_to_do() {
    let store = Arc::new(InMemory::new());
    let reader = LakeReader::new(store, Url::parse("s3://costs/lake/").unwrap());
    let error = reader.sql("SELECT * FROM events").await.unwrap_err();
    assert!(matches!(error, ReaderError::NoLake { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("s3://costs/lake/") && text.contains("tokenmeter run"),
        "{text}"
    );
    assert!(matches!(
        reader.session().await,
        Err(ReaderError::NoLake { .. })
    ));
    assert_eq!(reader.partitions().await.unwrap(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_summed_exactly() {
    let lake = lake_of_three_days().await;
    let sums = lake
        .query("SELECT SUM(cost_usd) AS cost_usd FROM events")
        .await;
    let column = sums.batches[0].column(0);
    assert_eq!(column.data_type(), &DataType::Decimal128(38, 12));
    let exact = 12_345_678_901_234_567_890_423_456_789_013_i128;
    assert_eq!(column.as_primitive::<Decimal128Type>().value(0), exact);
    assert_eq!(
        lake.csv("SELECT SUM(cost_usd), MAX(cost_usd) FROM events")
            .await,
        "12345678901234567890.423456789013,12345678901234567890.123456789012\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_column_can_be_read_and_written() {
    for lake in [lake_of_three_days().await, lake_in_folder().await] {
        let rows = lake
            .json("SELECT * FROM events ORDER BY kafka_offset LIMIT 1")
            .await;
        let row = &rows[0];
        assert_eq!(row["event_time"], "2026-11-21T12:00:00.000001Z");
        assert_eq!(row["date"], "2026-11-21");
        assert_eq!(row["cost_usd"], "0.000000000001");
        assert_eq!(row["input_tokens"], 10);
        assert_eq!(row["output_tokens"], Value::Null);
        assert_eq!(
            row["other_usage"],
            json!({"audio_seconds": "1.500000000000"})
        );
        assert_eq!(row["attributes"], json!({"team": "search"}));
        assert_eq!(row["provider"], "openai");
        let columns = Table::Events.schema();
        assert_eq!(row.as_object().unwrap().len(), columns.fields().len());
    }
}

async fn lake_in_folder() -> TestLake {
    let lake = TestLake::new();
    for offset in 1..=12 {
        lake.append(
            Table::Events,
            &[costing(offset, "2026-11-21", "0.000000000001")],
            &[],
        )
        .await;
    }
    lake
}

/// The number of files that a query's scans opened, as its plan reports it.
async fn files_scanned(lake: &TestLake, query: &str) -> Vec<usize> {
    let plan = lake.csv(&format!("EXPLAIN ANALYZE {query}")).await;
    let counts = plan.split("count_files_scanned=").skip(1);
    counts
        .map(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().unwrap()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_pruned_by_partition_and_by_statistics() {
    let lake = lake_of_three_days().await;
    for (filter, files) in [
        ("TRUE", 3),
        ("date = '2026-11-22'", 1),
        ("date >= DATE '2026-11-22'", 2),
        ("event_time >= '2026-11-22T12:00:00.000001Z'", 2),
        ("event_time > '2026-11-22T13:00:00Z'", 1),
        ("kafka_offset BETWEEN 2 AND 3", 2),
        ("kafka_offset > 100", 0),
        ("kafka_topic = 'other'", 0),
    ] {
        let query = format!("SELECT SUM(cost_usd) FROM events WHERE {filter}");
        let scanned = files_scanned(&lake, &query).await;
        assert_eq!(
            scanned.iter().sum::<usize>(),
            files,
            "{filter}: {scanned:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn microseconds_decide_in_filters() {
    let lake = lake_of_three_days().await;
    for (filter, rows) in [
        ("event_time > '2026-11-23T12:00:00.000000Z'", 2),
        ("event_time >= '2026-11-23T12:00:00.000001Z'", 2),
        ("event_time > '2026-11-23T12:00:00.000001Z'", 0),
        ("event_time = TIMESTAMP '2026-11-23T12:00:00.000001Z'", 2),
        ("event_time < '2026-11-21T12:00:00.000001Z'", 0),
        ("event_time <= '2026-11-21T12:00:00.000001Z'", 1),
        ("date_trunc('day', event_time) = '2026-11-22T00:00:00Z'", 1),
    ] {
        let count = lake
            .csv(&format!("SELECT COUNT(*) FROM events WHERE {filter}"))
            .await;
        assert_eq!(count, format!("{rows}\n"), "{filter}");
    }
    let extremes = "SELECT MIN(event_time), MAX(event_time) FROM events";
    let expected = "2026-11-21T12:00:00.000001Z,2026-11-23T12:00:00.000001Z\n";
    assert_eq!(lake.csv(extremes).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_query_sees_what_was_committed_before_it_and_a_session_stays() {
    let lake = lake_of_three_days().await;
    let count = "SELECT COUNT(*) FROM events";
    let session = lake.reader.session().await.unwrap();
    assert_eq!(lake.csv(count).await, "4\n");
    lake.append(Table::Events, &[costing(5, "2026-11-23", "1")], &[])
        .await;
    assert_eq!(lake.csv(count).await, "5\n");
    let rows = session.sql(count).await.unwrap().collect().await.unwrap();
    assert_eq!(
        rows[0]
            .column(0)
            .as_primitive::<arrow::datatypes::Int64Type>()
            .value(0),
        4
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_are_not_there_yet_are_empty() {
    let lake = lake_of_three_days().await;
    assert_eq!(lake.csv("SELECT COUNT(*) FROM rejects").await, "0\n");
    assert_eq!(lake.csv("SELECT COUNT(*) FROM windows").await, "0\n");
    for view in View::ALL {
        lake.query(&format!("SELECT * FROM {}", view.name())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_that_write_are_refused_and_the_lake_stays_as_it_is() {
    let lake = lake_of_three_days().await;
    for query in [
        "INSERT INTO events SELECT * FROM events",
        "DELETE FROM events",
        "CREATE TABLE t AS SELECT * FROM events",
        "COPY (SELECT * FROM events) TO 'events/x.parquet'",
    ] {
        let error = lake.reader.sql(query).await.unwrap_err();
        assert!(
            matches!(error, ReaderError::Refused { .. }),
            "{query}: {error}"
        );
    }
    let session = lake.reader.session().await.unwrap();
    let inserted = async {
        session
            .sql("INSERT INTO events SELECT * FROM events")
            .await?
            .collect()
            .await
    };
    assert!(
        inserted.await.is_err(),
        "a session must not be able to insert either"
    );
    assert_eq!(lake.csv("SELECT COUNT(*) FROM events").await, "4\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_describe_and_list() {
    let lake = lake_of_three_days().await;
    let tables = lake
        .csv("SELECT table_name FROM information_schema.tables WHERE table_schema = 'tables'")
        .await;
    for name in Table::ALL
        .map(Table::name)
        .into_iter()
        .chain(View::ALL.map(View::name))
    {
        assert!(
            tables.lines().any(|line| line == name),
            "{name} is not in {tables}"
        );
    }
    assert!(lake.query("SHOW TABLES").await.row_count() >= 14);
    let described = lake.csv("DESCRIBE events").await;
    assert!(
        described.contains("cost_usd,\"Decimal128(38, 12)\""),
        "{described}"
    );
    for table in lake.reader.catalog().await.unwrap() {
        for column in table.columns {
            assert!(
                !column.description.is_empty(),
                "{}.{}",
                table.name,
                column.name
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_name_what_is_unknown_and_where() {
    let lake = lake_of_three_days().await;
    let error = lake
        .reader
        .sql("SELECT nothing FROM events")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("line 1, column 8: "), "{error}");
    assert!(error.contains("nothing"), "{error}");
    let error = lake
        .reader
        .sql("SELECT * FROM nothing")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("nothing"), "{error}");
    let error = lake
        .reader
        .sql("SELECT * FORM events")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("line 1, column "), "{error}");
    // Paths mean nothing outside the lake.
    assert!(
        lake.reader
            .sql("SELECT * FROM '/etc/passwd'")
            .await
            .is_err()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vanished_file_makes_the_query_run_again() {
    let lake = lake_of_three_days().await;
    for (vanishing, succeeds) in [(1, true), (1_000, false)] {
        let store = Arc::new(VanishingStore::new(lake.copy_in_memory().await, vanishing));
        let reader = LakeReader::new(store, Url::parse("memory:///").unwrap());
        let result = reader.sql("SELECT SUM(cost_usd) FROM events").await;
        assert_eq!(result.is_ok(), succeeds, "{result:?}");
        if let Err(error) = result {
            assert!(error.is_vanished_file(), "{error:?}");
        }
    }
    let store = Arc::new(VanishingStore::new(lake.copy_in_memory().await, 1));
    let reader = LakeReader::new(store, Url::parse("memory:///").unwrap());
    let mut rows = reader
        .sql_stream("SELECT event_id FROM events")
        .await
        .unwrap();
    let mut count = 0;
    while let Some(batch) = rows.next().await.unwrap() {
        count += batch.num_rows();
    }
    assert_eq!(count, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_limit_is_an_error_not_a_crash() {
    let lake = lake_of_three_days().await;
    let url = Url::parse("memory:///").unwrap();
    let reader = LakeReader::with_memory_limit(lake.copy_in_memory().await, url, 1_000);
    let error = reader
        .sql("SELECT a.event_id FROM events a, events b ORDER BY 1")
        .await;
    assert!(matches!(error, Err(ReaderError::Query { .. })), "{error:?}");
}

#[tokio::test]
async fn a_single_threaded_runtime_will_do() {
    let lake = lake_of_three_days().await;
    assert_eq!(
        lake.csv("SELECT COUNT(*) FROM events WHERE cost_usd > 0.15")
            .await,
        "2\n"
    );
}
