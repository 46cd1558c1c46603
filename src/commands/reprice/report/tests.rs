//! Tests of the report: every digit stands.

use schemas::money::PicoUsd;
use sinks::RepriceReport;
use sinks::reprice::RepriceAmounts;

use super::render;

fn amounts(rows_changed: u64, old: i128, new: i128) -> RepriceAmounts {
    RepriceAmounts {
        rows: 10,
        rows_changed,
        old_unpriced: 3,
        new_unpriced: 1,
        old_cost: PicoUsd(old),
        new_cost: PicoUsd(new),
    }
}

#[test]
fn what_changes_is_listed_to_the_last_digit() {
    let mut report = RepriceReport {
        files_read: 5,
        files_replaced: 2,
        events_version: Some(9),
        ..RepriceReport::default()
    };
    let difference = &mut report.difference;
    difference.total = amounts(4, 2_000_000_000_000, 1_999_999_999_999);
    difference.rows_rewritten = 10;
    let key = |model: &str| ("openai".to_owned(), model.to_owned());
    difference.by_model.insert(key("gpt-4o"), amounts(4, 7, 8));
    difference.by_tenant.insert(String::new(), amounts(4, 9, 0));
    let expected = "\
repriced: all, version 9 of events

10 events, of which 4 change their cost or status and 10 are written anew; 2 of 5 files replaced
unpriced: 3 before, 1 after
cost: $2.000000000000 before, $1.999999999999 after, difference -0.000000000001

model          events    old cost USD    new cost USD       difference
openai/gpt-4o       4  0.000000000007  0.000000000008  +0.000000000001

tenant  events    old cost USD    new cost USD       difference
(none)       4  0.000000000009  0.000000000000  -0.000000000009
";
    assert_eq!(render("repriced", "all", &report), expected);
}
