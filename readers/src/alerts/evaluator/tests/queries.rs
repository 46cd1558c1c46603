//! Rules whose alerts are rows of a query.

use std::collections::BTreeMap;

use schemas::alerts::amount::{Amount, Unit};
use schemas::alerts::rule::{Rule, RuleKind, SqlRule};

use super::{Bench, USD, rule};
use crate::alerts::evaluator::QueryRow;

fn query() -> Rule {
    let mut query = rule(RuleKind::Sql(SqlRule {
        query: "SELECT 1".to_owned(),
    }));
    query.keys = Vec::new();
    query
}

fn row(feature: &str, region: &str, value: i128) -> QueryRow {
    let labels = [("feature", feature), ("region", region)];
    let labels = labels.map(|(name, text)| (name.to_owned(), text.to_owned()));
    QueryRow {
        labels: BTreeMap::from(labels),
        value: Amount {
            pico: value * USD,
            unit: Unit::Plain,
        },
    }
}

impl Bench {
    fn answer(&mut self, minute: i64, rows: &[QueryRow]) -> Vec<String> {
        self.evaluator.answer("spend", "TooDear", rows.to_vec());
        self.evaluate(minute, minute)
    }
}

#[test]
fn rows_fire_and_their_absence_resolves() {
    let mut bench = Bench::new(query());
    let (us, asia) = (row("search", "us", 7), row("chat", "asia", 3));
    assert_eq!(
        bench.answer(0, &[us.clone(), asia.clone()]),
        ["chat firing - 3", "search firing - 7"]
    );
    assert_eq!(bench.answer(1, &[us]), ["chat resolved - 3"]);
    assert_eq!(bench.answer(2, &[]), ["search resolved - 7"]);
}

#[test]
fn the_same_rows_are_the_same_alerts() {
    let mut bench = Bench::new(query());
    let rows = [row("search", "us", 7)];
    assert_eq!(bench.answer(0, &rows), ["search firing - 7"]);
    // A larger value is no other alert.
    assert!(bench.answer(1, &rows).is_empty());
    assert!(bench.answer(2, &[row("search", "us", 9)]).is_empty());
    // Without an answer nothing is known, and nothing resolves.
    assert!(bench.evaluate(3, 3).is_empty());
    let mut after = Bench::restored(query(), &bench.said);
    assert!(after.answer(4, &rows).is_empty());
    assert_eq!(after.answer(5, &[]), ["search resolved - 7"]);
    assert_eq!(after.said[0].alert_id, bench.said[0].alert_id);
}

#[test]
fn every_label_of_a_row_is_part_of_its_key() {
    let mut bench = Bench::new(query());
    let (us, asia) = (row("search", "us", 7), row("search", "asia", 7));
    assert_eq!(bench.answer(0, &[us.clone(), asia]).len(), 2);
    assert_ne!(bench.said[0].alert_id, bench.said[1].alert_id);
    let regions: Vec<&str> = bench.said[..2]
        .iter()
        .map(|change| change.labels["region"].as_str())
        .collect();
    assert_eq!(regions, ["asia", "us"]);
    assert_eq!(bench.answer(1, &[us]).len(), 1);
    assert_eq!(bench.said[2].labels["region"], "asia");
}
