//! The lake's sums as days of capacities, and the lines as they are written.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, RecordBatch, StringArray};
use schemas::money::{PicoUsd, money_type};
use schemas::price_book::capacity::{CapacityLine, UsedByDay};

use super::{add, csv, json, table};

const DAY: i32 = 20_777;

fn batch(rows: &[(&str, &str, i128)]) -> RecordBatch {
    let days = StringArray::from_iter_values(rows.iter().map(|row| row.0));
    let entries = StringArray::from_iter_values(rows.iter().map(|row| row.1));
    let costs = Decimal128Array::from_iter_values(rows.iter().map(|row| row.2));
    let columns: [(&str, ArrayRef); 3] = [
        ("day", Arc::new(days)),
        ("price_entry", Arc::new(entries)),
        ("cost_usd", Arc::new(costs.with_data_type(money_type()))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

#[test]
fn sums_are_added_by_day_and_capacity() {
    let mut used = UsedByDay::new();
    let rows = [
        ("2026-11-20", "fleet:fra/2026-01-01", 5),
        ("2026-11-20", "fleet:fra/2026-09-01", 7),
        ("2026-11-21", "fleet:fra/2026-09-01", 1),
        ("2026-11-20", "openai/o3|minimum_spend:floor", 3),
        ("2026-11-20", "openai/o3", 100),
    ];
    add(&batch(&rows), &mut used).unwrap();
    add(&batch(&rows[..1]), &mut used).unwrap();
    let expected = [
        ((DAY, "fleet:fra".to_owned()), PicoUsd(17)),
        ((DAY, "minimum_spend:floor".to_owned()), PicoUsd(3)),
        ((DAY + 1, "fleet:fra".to_owned()), PicoUsd(1)),
    ];
    assert_eq!(used, UsedByDay::from(expected));
}

#[test]
fn lines_are_written_with_every_digit() {
    let line = |date: i32, used: i128| CapacityLine {
        date,
        capacity: "fleet:fra".to_owned(),
        paid: PicoUsd(10_000_000_000_000),
        used: PicoUsd(used),
        unused: PicoUsd(10_000_000_000_000 - used),
    };
    let lines = [line(DAY, 1), line(DAY + 1, 12_000_000_000_000)];
    assert_eq!(
        csv(&lines),
        "date,capacity,paid_usd,used_usd,unused_usd\n\
         2026-11-20,fleet:fra,10.000000000000,0.000000000001,9.999999999999\n\
         2026-11-21,fleet:fra,10.000000000000,12.000000000000,-2.000000000000\n"
    );
    let first = json(&lines);
    let first: serde_json::Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
    assert_eq!(first["used_usd"], "0.000000000001");
    let table = table(&lines);
    let total = table.lines().last().unwrap();
    let words: Vec<&str> = total.split_whitespace().collect();
    assert_eq!(
        words,
        [
            "total",
            "fleet:fra",
            "20.000000000000",
            "12.000000000001",
            "7.999999999999"
        ]
    );
}
