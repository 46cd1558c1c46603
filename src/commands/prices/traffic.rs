//! What the lake's last events cost by one book and by another.

use std::collections::BTreeMap;
use std::sync::Arc;

use aggregate::AggregateError;
use aggregate::pricing::Pricer;
use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int32Type};
use readers::LakeReader;
use schemas::event::event_schema;
use schemas::money::PicoUsd;
use schemas::price_book::PriceBook;
use schemas::time::{S_PER_DAY, US_PER_S};

use crate::config::Config;
use crate::lake_store::open_existing_store;

/// Events of one model and what they cost by each of two books.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sums {
    events: u64,
    /// Events without a cost, by each book.
    unpriced: [u64; 2],
    cost: [i128; 2],
}

/// A table of what the events of the last days cost by both books, by provider and model.
///
/// # Errors
/// A lake that is not there or cannot be read.
pub(super) async fn compare(
    config: &Config,
    books: [PriceBook; 2],
    now_us: i64,
    days: u16,
) -> anyhow::Result<String> {
    let store = open_existing_store(&config.lake.url, config.lake.options.as_map())?;
    let reader = LakeReader::new(Arc::clone(&store.store), store.url.clone());
    let mut pricers = books.map(|book| Pricer::new(Arc::new(book)));
    let mut sums = BTreeMap::new();
    let mut failed = None;
    let from_us = now_us - i64::from(days) * S_PER_DAY * US_PER_S;
    let mut add = |batch: RecordBatch| {
        if failed.is_none() {
            failed = add_batch(&batch, &mut pricers, &mut sums).err();
        }
    };
    reader
        .priced_events_between(from_us, now_us, &mut add)
        .await?;
    match failed {
        Some(error) => Err(error),
        None => Ok(table(&sums, days, store.url.as_str())),
    }
}

/// Prices a batch by both books and adds its costs.
fn add_batch(
    batch: &RecordBatch,
    pricers: &mut [Pricer; 2],
    sums: &mut BTreeMap<(String, String), Sums>,
) -> anyhow::Result<()> {
    let columns: Vec<usize> = (0..event_schema().fields().len()).collect();
    let events = batch.project(&columns)?;
    let providers = texts(&events, "provider")?;
    let models = texts(&events, "model")?;
    for (book, pricer) in pricers.iter_mut().enumerate() {
        let priced = pricer.price(&events)?;
        let costs = priced.column_by_name("cost_usd");
        let costs = costs.and_then(|costs| costs.as_primitive_opt::<Decimal128Type>());
        let costs = costs.ok_or_else(|| missing("cost_usd"))?;
        for (row, cost) in costs.iter().enumerate() {
            let name = (providers(row), models(row));
            let sum = sums.entry(name).or_default();
            sum.events += u64::from(book == 0);
            match cost {
                Some(cost) => sum.cost[book] += cost,
                None => sum.unpriced[book] += 1,
            }
        }
    }
    Ok(())
}

/// The texts of a column by row.
fn texts(events: &RecordBatch, name: &str) -> anyhow::Result<impl Fn(usize) -> String> {
    let column = events.column_by_name(name).cloned();
    let column = column.ok_or_else(|| missing(name))?;
    let dictionary = column.as_dictionary_opt::<Int32Type>();
    let dictionary = dictionary.ok_or_else(|| missing(name))?.clone();
    let values = dictionary.values().as_string_opt::<i32>().cloned();
    let values = values.ok_or_else(|| missing(name))?;
    Ok(move |row: usize| {
        let key = dictionary.keys().value(row);
        let text = usize::try_from(key).ok().map(|key| values.value(key));
        text.unwrap_or_default().to_owned()
    })
}

fn missing(column: &str) -> AggregateError {
    AggregateError::Column {
        column: column.to_owned(),
    }
}

/// A line for each model that costs differently, and one for all.
fn table(sums: &BTreeMap<(String, String), Sums>, days: u16, lake: &str) -> String {
    let mut total = Sums::default();
    let mut lines = String::new();
    for ((provider, model), sum) in sums {
        total.events += sum.events;
        for book in 0..2 {
            total.cost[book] += sum.cost[book];
            total.unpriced[book] += sum.unpriced[book];
        }
        if sum.cost[0] != sum.cost[1] || sum.unpriced[0] != sum.unpriced[1] {
            lines.push_str(&line(&format!("{provider}/{model}"), sum));
        }
    }
    let header = format!(
        "\nThe events of the last {days} days in {lake}; models that cost the same are left out:\n\
         {:<40} {:>12} {:>20} {:>20} {:>20} {:>12}\n",
        "model", "events", "A usd", "B usd", "B - A", "unpriced"
    );
    format!("{header}{lines}{}", line("all", &total))
}

fn line(name: &str, sum: &Sums) -> String {
    let [before, after] = sum.cost;
    format!(
        "{name:<40} {:>12} {:>20} {:>20} {:>20} {:>12}\n",
        sum.events,
        PicoUsd(before).to_string(),
        PicoUsd(after).to_string(),
        PicoUsd(after - before).to_string(),
        format!("{} / {}", sum.unpriced[0], sum.unpriced[1])
    )
}
