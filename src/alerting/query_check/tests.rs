//! Queries are checked against the tables that a lake has.

use crate::alerting::query_check::EmptyLake;
use crate::alerting::rule_file;

async fn problems(query: &str, summary: &str) -> Vec<String> {
    let text = format!(
        "groups:\n- name: g\n  rules:\n  - alert: A\n    sql:\n      query: |\n        {query}\n    \
         annotations: {{summary: '{summary}'}}\n"
    );
    let groups = rule_file::parse(&text).unwrap();
    let lake = EmptyLake::new().await.unwrap();
    lake.check(&groups[0].rules[0], query).await
}

#[tokio::test]
async fn a_query_knows_tables_and_views() {
    for query in [
        "SELECT region, tenant, count(*) AS value FROM events GROUP BY region, tenant",
        "SELECT model, sum(cost_usd) AS value FROM cost_windows GROUP BY model",
        "SELECT model, calls AS value FROM unpriced_models",
        "SELECT 1 AS value",
        "SELECT region FROM events",
    ] {
        assert_eq!(
            problems(query, "{{ $value }}").await,
            Vec::<String>::new(),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_label_is_no_column_of_the_query() {
    let rules = "groups:\n- name: g\n  labels: {region: eu}\n  rules:\n  - alert: A\n    \
                 sql: {query: SELECT region FROM events}\n";
    let groups = rule_file::parse(rules).unwrap();
    let lake = EmptyLake::new().await.unwrap();
    let query = "SELECT region FROM events";
    let problems = lake.check(&groups[0].rules[0], query).await;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].starts_with("the label `region` is a column"),
        "{problems:?}"
    );
}

#[tokio::test]
async fn what_cannot_run_or_cannot_become_alerts_is_told() {
    let fine = "SELECT region, count(*) AS value FROM events GROUP BY region";
    for (query, summary, problem) in [
        ("SELEC 1", "", "`query`: "),
        ("SELECT regin AS r, 1 AS value FROM events", "", "regin"),
        ("SELECT 1 AS value FROM nowhere", "", "nowhere"),
        ("DELETE FROM events", "", "`query`: "),
        (
            "SELECT region AS value FROM events",
            "",
            "must be a number, and is",
        ),
        (
            "SELECT region AS \"a b\", 1 AS value FROM events",
            "",
            "the column \"a b\" of `query` becomes a label",
        ),
        (
            fine,
            "{{ $labels.regoin }}",
            "`summary` has no label `regoin`; did you mean `region`?",
        ),
    ] {
        let problems = problems(query, summary).await;
        assert_eq!(problems.len(), 1, "{query}: {problems:?}");
        assert!(problems[0].contains(problem), "{query}: {problems:?}");
    }
}
