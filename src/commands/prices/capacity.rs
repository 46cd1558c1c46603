//! `tokenmeter prices capacity`: what of commitments and fleets was used, by day.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use arrow::array::{AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use readers::LakeReader;
use schemas::clock::Clock;
use schemas::money::PicoUsd;
use schemas::price_book::PriceBook;
use schemas::price_book::capacity::{CapacityLine, UsedByDay, capacity_of};
use schemas::time::{date_of_us, format_date, parse_rfc3339_us};

use crate::cli::WrongOptions;
use crate::cli::book_options::{CapacityFormat, CapacityOptions};
use crate::config::Config;
use crate::console;
use crate::lake_store::open_existing_store;
use crate::price_books;
use crate::system_clock::SystemClock;

/// Sums the lake's events by capacity and prints a line a day, with totals for people.
///
/// # Errors
/// A book that cannot be used, or a lake that cannot be read.
pub(crate) async fn run(config: &Config, options: CapacityOptions) -> anyhow::Result<()> {
    let book = price_books::load(&config.prices)?;
    let today = date_of_us(SystemClock.now_us());
    let from = options
        .from
        .map_or_else(|| PriceBook::capacity_sums_from(today), |day| day.0);
    let to = options.to.map_or(today + 1, |day| day.0);
    let wrong = || WrongOptions("--from must be earlier than --to".to_owned());
    anyhow::ensure!(from < to, wrong());
    let store = open_existing_store(&config.lake.url, config.lake.options.as_map())?;
    let reader = LakeReader::new(Arc::clone(&store.store), store.url);
    let used = used_by_day(&reader, PriceBook::capacity_sums_from(from), to).await?;
    let lines = book.capacity_lines(from..to, &used);
    console::text(match options.format {
        CapacityFormat::Table => table(&lines),
        CapacityFormat::Csv => csv(&lines),
        CapacityFormat::Json => json(&lines),
    })
}

/// What events cost by day and capacity.
async fn used_by_day(reader: &LakeReader, from: i32, to: i32) -> anyhow::Result<UsedByDay> {
    let query = format!(
        "SELECT CAST(date AS VARCHAR) AS day, price_entry, sum(cost_usd) AS cost_usd FROM events \
         WHERE date >= '{}' AND date < '{}' AND (price_entry LIKE 'fleet:%' \
         OR price_entry LIKE 'commitment:%' OR price_entry LIKE '%|minimum_spend:%') \
         GROUP BY date, price_entry",
        format_date(from),
        format_date(to)
    );
    let mut used = UsedByDay::new();
    for batch in reader.sql(&query).await?.batches {
        add(&batch, &mut used).context("the lake's sums are not as expected")?;
    }
    Ok(used)
}

fn add(batch: &RecordBatch, used: &mut UsedByDay) -> anyhow::Result<()> {
    let texts = |name: &str| -> anyhow::Result<StringArray> {
        let column = batch.column_by_name(name).context("a column is missing")?;
        Ok(cast(column, &DataType::Utf8)?.as_string::<i32>().clone())
    };
    let (days, entries, costs) = (texts("day")?, texts("price_entry")?, texts("cost_usd")?);
    for row in 0..batch.num_rows() {
        let Some(capacity) = capacity_of(entries.value(row)) else {
            continue;
        };
        let day_us = parse_rfc3339_us(&format!("{}T00:00:00Z", days.value(row)));
        let day = date_of_us(day_us.context("a day is none")?);
        let cost: PicoUsd = costs.value(row).parse()?;
        used.entry((day, capacity.to_owned())).or_default().0 += cost.0;
    }
    Ok(())
}

fn table(lines: &[CapacityLine]) -> String {
    let row = |day: &str, line: &CapacityLine| {
        format!(
            "{day:<10}  {:<32} {:>24} {:>24} {:>24}\n",
            line.capacity,
            line.paid.to_string(),
            line.used.to_string(),
            line.unused.to_string()
        )
    };
    let mut text = format!(
        "{:<10}  {:<32} {:>24} {:>24} {:>24}\n",
        "date", "capacity", "paid_usd", "used_usd", "unused_usd"
    );
    let mut totals = BTreeMap::<&str, CapacityLine>::new();
    for line in lines {
        text.push_str(&row(&format_date(line.date), line));
        let total = totals
            .entry(&line.capacity)
            .or_insert_with(|| CapacityLine {
                paid: PicoUsd(0),
                used: PicoUsd(0),
                unused: PicoUsd(0),
                ..line.clone()
            });
        total.paid.0 += line.paid.0;
        total.used.0 += line.used.0;
        total.unused.0 += line.unused.0;
    }
    for total in totals.values() {
        text.push_str(&row("total", total));
    }
    text
}

fn csv(lines: &[CapacityLine]) -> String {
    let mut text = "date,capacity,paid_usd,used_usd,unused_usd\n".to_owned();
    for line in lines {
        text.push_str(&format!(
            "{},{},{},{},{}\n",
            format_date(line.date),
            line.capacity,
            line.paid,
            line.used,
            line.unused
        ));
    }
    text
}

/// Money is text: JSON's numbers are read as binary fractions.
fn json(lines: &[CapacityLine]) -> String {
    let object = |line: &CapacityLine| {
        let value = serde_json::json!({
            "date": format_date(line.date),
            "capacity": line.capacity,
            "paid_usd": line.paid.to_string(),
            "used_usd": line.used.to_string(),
            "unused_usd": line.unused.to_string(),
        });
        format!("{value}\n")
    };
    lines.iter().map(object).collect()
}

#[cfg(test)]
mod tests;
