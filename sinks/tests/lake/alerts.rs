//! Changes of alerts: numbered without a gap, committed once, and kept through maintenance.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{Decimal128Type, Int64Type};
use object_store::ObjectStore;
use schemas::alerts::alert::{AlertChange, AlertState, Contributor};
use schemas::alerts::amount::{Amount, Unit};
use schemas::money::PicoUsd;
use schemas::table::Table;
use sinks::AlertsOutcome;

use crate::maintain::{merging, policy};
use crate::rig::{Fault, FaultyStore, NOON_US, TestClock, memory, open, read_all};

fn change(feature: &str, change_number: u32) -> AlertChange {
    AlertChange {
        alert_id: format!("id-{feature}"),
        change_number,
        rule_group: "spend".to_owned(),
        rule: "TooDear".to_owned(),
        labels: BTreeMap::from([("feature".to_owned(), feature.to_owned())]),
        annotations: BTreeMap::new(),
        state: AlertState::Firing,
        step: String::new(),
        value: Amount {
            pico: -7,
            unit: Unit::Usd,
        },
        threshold: None,
        baseline: None,
        over_usd: Some(PicoUsd(1)),
        started_at_us: NOON_US,
        fired_at_us: Some(NOON_US),
        resolved_at_us: None,
        projected_at_us: None,
        changed_at_us: NOON_US,
        contributors: vec![Contributor {
            dimension: "model".to_owned(),
            value: "m".to_owned(),
            cost_usd: PicoUsd(5),
            calls: 1,
            share_permille: 1_000,
        }],
    }
}

async fn numbers(store: &Arc<dyn ObjectStore>) -> Vec<i64> {
    let mut numbers = Vec::new();
    for batch in read_all(store, Table::Alerts).await {
        let column = batch.column_by_name("number").unwrap();
        numbers.extend(column.as_primitive::<Int64Type>().values());
    }
    numbers.sort_unstable();
    numbers
}

#[tokio::test]
async fn of_two_evaluators_one_says_it() {
    let store = memory();
    let clock = TestClock::new();
    let (one, other) = (open(&store, &clock).await, open(&store, &clock).await);
    let (one, other) = (
        one.alert_log().await.unwrap(),
        other.alert_log().await.unwrap(),
    );
    let (first, second) = (change("search", 0), change("chat", 0));
    let said = one.commit(0, &[first.clone(), second]).await.unwrap();
    assert_eq!(said, AlertsOutcome::Committed { next: 2 });
    assert_eq!(
        other.commit(0, &[first]).await.unwrap(),
        AlertsOutcome::Fenced
    );
    assert_eq!(other.next_number().await.unwrap(), 2);
    let third = change("search", 1);
    let said = other.commit(2, &[third]).await.unwrap();
    assert_eq!(said, AlertsOutcome::Committed { next: 3 });
    assert_eq!(numbers(&store).await, [0, 1, 2]);
}

#[tokio::test]
async fn a_commit_that_landed_though_it_failed_is_not_made_twice() {
    let store = memory();
    let faulty = FaultyStore::new(Arc::clone(&store));
    let lake = open(
        &(Arc::clone(&faulty) as Arc<dyn ObjectStore>),
        &TestClock::new(),
    )
    .await;
    let log = lake.alert_log().await.unwrap();
    faulty.fail("alerts/_delta_log/00000000000000000001", Fault::After, 1);
    let said = log.commit(0, &[change("search", 0)]).await.unwrap();
    assert_eq!(said, AlertsOutcome::Committed { next: 1 });
    assert_eq!(numbers(&store).await, [0]);
}

#[tokio::test]
async fn marks_of_receivers_never_fall() {
    let store = memory();
    let lake = open(&store, &TestClock::new()).await;
    let log = lake.alert_log().await.unwrap();
    for next in [3, 5, 4] {
        let marks = BTreeMap::from([("pager".to_owned(), next)]);
        let alive_us = BTreeMap::from([("pager".to_owned(), NOON_US)]);
        log.mark_delivered(&marks, &alive_us).await.unwrap();
    }
    let marks = log.delivered().await.unwrap();
    assert_eq!(marks, BTreeMap::from([("pager".to_owned(), 5)]));
}

#[tokio::test]
async fn of_two_evaluators_one_takes_over() {
    let store = memory();
    let clock = TestClock::new();
    let (one, other) = (open(&store, &clock).await, open(&store, &clock).await);
    let one = one.alert_log().await.unwrap();
    let other = other.alert_log().await.unwrap();
    assert!(one.alive_us().await.unwrap().is_empty());
    let first = one.take_over("pager", None).await.unwrap();
    assert!(first.is_some());
    assert_eq!(other.take_over("pager", None).await.unwrap(), None);
    assert_eq!(other.alive_us().await.unwrap().get("pager").copied(), first);
    // The clock stands still, and yet this is another word.
    let second = other.take_over("pager", first).await.unwrap();
    assert_eq!(second, first.map(|said_us| said_us + 1));
    assert_eq!(one.take_over("pager", first).await.unwrap(), None);
    // Another receiver is another matter.
    assert!(one.take_over("chat", None).await.unwrap().is_some());
}

#[tokio::test]
async fn maintenance_keeps_every_change_and_makes_no_table() {
    let store = memory();
    let clock = TestClock::at_machine_time();
    let lake = open(&store, &clock).await;
    drop(lake.maintain(&merging(), &policy()).await.unwrap());
    assert!(
        store
            .get_opts(
                &sinks::paths::commit(Table::Alerts, 0),
                object_store::GetOptions::default()
            )
            .await
            .is_err()
    );
    let log = lake.alert_log().await.unwrap();
    for number in 0..6 {
        let said = log.commit(number, &[change("search", 0)]).await.unwrap();
        assert_eq!(said, AlertsOutcome::Committed { next: number + 1 });
    }
    let report = open(&store, &clock)
        .await
        .maintain(&merging(), &policy())
        .await
        .unwrap();
    assert_eq!((report.merges, report.files_in, report.rows_out), (1, 6, 6));
    assert_eq!(numbers(&store).await, [0, 1, 2, 3, 4, 5]);
    let batches = read_all(&store, Table::Alerts).await;
    let value = batches[0].column_by_name("value").unwrap();
    assert_eq!(value.as_primitive::<Decimal128Type>().value(0), -7);
}
