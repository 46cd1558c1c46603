//! Which statements are refused, and where errors are said to lie.

use datafusion::prelude::{SessionConfig, SessionContext};

use crate::error::{QueryPosition, ReaderError};
use crate::query::{check_reads_only, parse, query_error};

fn context() -> SessionContext {
    let config = SessionConfig::new()
        .with_information_schema(true)
        .set_bool("datafusion.sql_parser.collect_spans", true);
    SessionContext::new_with_config(config)
}

async fn error_of(query: &str) -> Option<ReaderError> {
    let context = context();
    let statement = match parse(&context.state(), query) {
        Ok(statement) => statement,
        Err(error) => return Some(error),
    };
    match context.state().statement_to_plan(statement).await {
        Ok(plan) => check_reads_only(&plan, query).err(),
        Err(error) => Some(query_error(error)),
    }
}

#[tokio::test]
async fn reading_statements_pass() {
    for query in [
        "SELECT 1",
        "SELECT 1;",
        "-- a comment\nSELECT 1",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "VALUES (1), (2)",
        "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE SELECT 1",
        "SHOW TABLES",
        "SHOW ALL",
        "(SELECT 1) UNION ALL (SELECT 2)",
    ] {
        let error = error_of(query).await;
        assert!(error.is_none(), "{query}: {error:?}");
    }
}

#[tokio::test]
async fn everything_that_writes_is_refused() {
    for query in [
        "CREATE TABLE t AS SELECT 1",
        "CREATE VIEW v AS SELECT 1",
        "CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION '/tmp/x'",
        "CREATE SCHEMA s",
        "CREATE DATABASE d",
        "DROP TABLE t",
        "INSERT INTO t VALUES (1)",
        "UPDATE t SET a = 1",
        "DELETE FROM t",
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "SELECT 1 INTO t",
        "EXPLAIN CREATE TABLE t AS SELECT 1",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/x.csv'",
        "SET datafusion.execution.batch_size = 1",
        "RESET datafusion.execution.batch_size",
        "BEGIN",
        "PREPARE p AS SELECT 1",
        "TRUNCATE TABLE t",
    ] {
        match error_of(query).await {
            Some(ReaderError::Refused { .. }) => {}
            other => panic!("{query}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_refusal_names_the_statement_and_what_is_allowed() {
    let error = error_of("insert  into t values (1)").await.unwrap();
    assert_eq!(
        error.to_string(),
        "INSERT INTO is refused: the lake is only read here; allowed are SELECT, EXPLAIN, SHOW \
         and DESCRIBE"
    );
}

async fn position_of(query: &str) -> (Option<QueryPosition>, String) {
    match error_of(query).await {
        Some(ReaderError::Query {
            position, message, ..
        }) => (position, message),
        other => panic!("{query}: {other:?}"),
    }
}

#[tokio::test]
async fn errors_tell_their_place() {
    let at = |line, column| Some(QueryPosition { line, column });
    let (position, message) = position_of("SELECT 1\n  ) x").await;
    assert!(
        position.is_some_and(|position| position.line == 2),
        "{position:?} {message}"
    );
    assert!(!message.contains("Line:"), "{message}");
    let (position, message) = position_of("SELECT 1,\n  missing").await;
    assert_eq!(position, at(2, 3), "{message}");
    assert!(message.contains("missing"), "{message}");
    let (_, message) = position_of("").await;
    assert!(message.starts_with("the query is empty"), "{message}");
    let (_, message) = position_of(" ; -- nothing\n;").await;
    assert!(message.starts_with("the query is empty"), "{message}");
    let (_, message) = position_of("SELECT 1; SELECT 2").await;
    assert!(message.contains("single"), "{message}");
}
