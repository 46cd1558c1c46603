//! Days add up: to a fleet's hours, to a month's fee, to the larger of minimum and spend.

use proptest::prelude::{prop, prop_assert_eq, proptest};

use crate::money::PicoUsd;
use crate::price_book::PriceBook;
use crate::price_book::capacity::{CapacityLine, UsedByDay, capacity_of};
use crate::time::{date_of_us, parse_rfc3339_us};

fn book(text: &str) -> PriceBook {
    PriceBook::built_in().unwrap().with_operator(text).unwrap()
}

fn date(day: &str) -> i32 {
    date_of_us(parse_rfc3339_us(&format!("{day}T00:00:00Z")).unwrap())
}

fn sum(lines: &[CapacityLine], what: fn(&CapacityLine) -> PicoUsd) -> i128 {
    lines.iter().map(|line| what(line).0).sum()
}

fn dollars(text: &str) -> i128 {
    text.parse::<PicoUsd>().unwrap().0
}

const BOOK: &str = r#"
[[fleets]]
id = "fra"
gpu = "H100"
count = 7
usd_per_gpu_hour = "3.43"
terms = "reserved"
provider = "own-fleet"
models = ["llama"]
from = "2026-10-10T18:30:00Z"
until = "2026-12-01"

[[commitments]]
id = "scale"
kind = "scale_tier"
provider = "openai"
price = "9999.99"
per = "month"
input_tokens_per_minute = "1000"
output_tokens_per_minute = "500"
from = "2026-10-17"

[[commitments]]
id = "floor"
kind = "minimum_spend"
provider = "anthropic"
price = "1000"
per = "month"
from = "2026-01-01"
"#;

#[test]
fn entries_name_their_capacity() {
    for (entry, capacity) in [
        ("fleet:fra/2026-01-01", Some("fleet:fra")),
        ("commitment:scale/2026-01-01", Some("commitment:scale")),
        (
            "openai/o3|acme@2026-01-01|minimum_spend:floor",
            Some("minimum_spend:floor"),
        ),
        ("openai/o3|acme@2026-01-01", None),
        ("fleet/o3", None),
        ("commitments/o3", None),
        ("app_cache", None),
    ] {
        assert_eq!(capacity_of(entry), capacity, "{entry}");
    }
}

/// A day of a fleet: what its events cost and what was idle add up to what the GPUs cost.
#[test]
fn a_fleet_s_day_adds_up() {
    let book = book(BOOK);
    let day = date("2026-11-20");
    let used = dollars("123.456789012345");
    let used = UsedByDay::from([((day, "fleet:fra".to_owned()), PicoUsd(used))]);
    let lines = book.capacity_lines(day..day + 1, &used);
    let line = lines
        .iter()
        .find(|line| line.capacity == "fleet:fra")
        .unwrap();
    assert_eq!(line.paid.0, dollars("576.24"), "7 x 3.43 x 24");
    assert_eq!(line.used.0 + line.unused.0, line.paid.0);
    // The first day is as long as the fleet was there, and behind its end there is no line.
    let of = |first: i32| book.capacity_lines(first..first + 1, &UsedByDay::new());
    assert_eq!(
        of(date("2026-10-10"))[0].paid.0,
        dollars("132.055"),
        "7 x 3.43 x 5.5"
    );
    let is_fleet = |line: &CapacityLine| line.capacity.starts_with("fleet");
    assert!(!of(date("2026-12-01")).iter().any(is_fleet));
    // All of it: 51 days and five and a half hours.
    let all = book.capacity_lines(date("2026-10-01")..date("2027-01-01"), &UsedByDay::new());
    let fleet: Vec<_> = all.into_iter().filter(is_fleet).collect();
    assert_eq!(
        sum(&fleet, |line| line.paid),
        dollars("29520.295"),
        "7 x 3.43 x 1229.5"
    );
}

/// A month of a commitment: its days add up to the invoice, though no day's share is a whole amount.
#[test]
fn a_commitment_s_month_adds_up() {
    let book = book(BOOK);
    let scale = |from: &str, until: &str| {
        let lines = book.capacity_lines(date(from)..date(until), &UsedByDay::new());
        let lines: Vec<_> = lines
            .into_iter()
            .filter(|line| line.capacity == "commitment:scale")
            .collect();
        sum(&lines, |line| line.paid)
    };
    for (from, until) in [
        ("2026-11-01", "2026-12-01"),
        ("2026-12-01", "2027-01-01"),
        ("2027-02-01", "2027-03-01"),
    ] {
        assert_eq!(scale(from, until), dollars("9999.99"), "{from}");
    }
    // A commitment that begins on the 17th of a month of 31 days pays 15 of 31 parts.
    assert_eq!(
        scale("2026-10-01", "2026-11-01"),
        dollars("9999.99") * 15 / 31
    );
}

proptest! {
    /// However the spend falls, a month's lines and its events add up to the larger of both.
    #[test]
    fn a_minimum_spend_s_month_adds_up(
        spend in prop::collection::vec(0_i128..100_000_000_000_000, 30),
    ) {
        let book = book(BOOK);
        let first = date("2026-11-01");
        let days = (first..).zip(&spend);
        let used: UsedByDay = days
            .map(|(day, pico)| ((day, "minimum_spend:floor".to_owned()), PicoUsd(*pico)))
            .collect();
        let lines = book.capacity_lines(first..first + 30, &used);
        let lines: Vec<_> = lines
            .into_iter()
            .filter(|line| line.capacity == "minimum_spend:floor")
            .collect();
        let spent: i128 = spend.iter().sum();
        prop_assert_eq!(sum(&lines, |line| line.used), spent);
        prop_assert_eq!(sum(&lines, |line| line.unused) + spent, spent.max(dollars("1000")));
        prop_assert_eq!(PriceBook::capacity_sums_from(first + 17), first);
    }
}

#[test]
fn what_was_used_of_a_capacity_that_is_gone_is_told() {
    let book = book("");
    let used = UsedByDay::from([((5, "fleet:old".to_owned()), PicoUsd(3))]);
    let lines = book.capacity_lines(0..10, &used);
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].paid, lines[0].unused), (PicoUsd(0), PicoUsd(-3)));
}
