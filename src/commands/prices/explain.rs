//! `tokenmeter prices explain`: the sum by which a stored event got its cost.

use std::sync::Arc;

use aggregate::pricing::{Explanation, Pricer};
use anyhow::Context;
use arrow::array::RecordBatch;
use readers::LakeReader;
use schemas::event::event_schema;
use schemas::price_book::PriceBook;
use serde::Serialize;

use crate::cli::prices_options::{ExplainOptions, PricesFormat};
use crate::commands::prices::answer::{Answer, AnswerColumns, answers};
use crate::commands::prices::sum;
use crate::config::Config;
use crate::console;
use crate::kept_books;
use crate::lake_store::open_existing_store;

/// How the stored cost compares with that of pricing the event once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    /// Status, all three costs and entry are the same, to the last digit.
    Equal,
    /// The same book gives something else.
    Different,
    /// Another book priced the event, and this one gives the same.
    EqualByAnotherBook,
    /// Another book priced the event, and this one gives something else.
    AnotherBook,
}

/// What the lake holds of an event's price, under the names of its columns.
#[derive(Debug, Serialize)]
struct Stored {
    price_status: String,
    cost_usd: Option<String>,
    list_cost_usd: Option<String>,
    contracted_cost_usd: Option<String>,
    price_book: String,
    price_entry: Option<String>,
}

/// One stored event with its sum.
#[derive(Debug, Serialize)]
struct Explained {
    #[serde(flatten)]
    again: Answer,
    source_urls: Vec<String>,
    stored: Stored,
    verdict: Verdict,
}

/// Reads the event from the lake, prices it once more and compares.
///
/// # Errors
/// A lake that cannot be read, an id that it does not hold, or a cost that the same book does not
/// give again.
pub(crate) async fn run(
    config: &Config,
    book: Arc<PriceBook>,
    options: ExplainOptions,
) -> anyhow::Result<()> {
    let store = open_existing_store(&config.lake.url, config.lake.options.as_map())?;
    let reader = LakeReader::new(Arc::clone(&store.store), store.url);
    let batches = reader.events_of_id(&options.event_id).await?;
    anyhow::ensure!(
        !batches.is_empty(),
        "the lake at {} holds no event {:?}: it may not be committed yet, or stand in `rejects`",
        reader.url(),
        options.event_id
    );
    let mut differs = false;
    for row in batches.iter().flat_map(rows) {
        let stored_by = AnswerColumns::of(&row)?.answer(0, &Explanation::Unmetered);
        // The book that priced it, so that a sum can be shown long after prices have changed.
        let book = kept_books::find(&reader, &book, &stored_by.price_book).await?;
        let mut pricer = Pricer::new(Arc::clone(&book));
        for explained in explain(&mut pricer, &book, &row)? {
            differs |= explained.verdict == Verdict::Different;
            match options.format {
                PricesFormat::Table => console::text(text(&explained))?,
                PricesFormat::Json => console::line(serde_json::to_string(&explained)?)?,
            }
        }
    }
    anyhow::ensure!(
        !differs,
        "the price book that priced the event gives another cost than the stored one"
    );
    Ok(())
}

/// Each row as a batch of its own.
fn rows(batch: &RecordBatch) -> impl Iterator<Item = RecordBatch> + '_ {
    (0..batch.num_rows()).map(|row| batch.slice(row, 1))
}

/// Prices stored events once more.
fn explain(
    pricer: &mut Pricer,
    book: &PriceBook,
    stored: &RecordBatch,
) -> anyhow::Result<Vec<Explained>> {
    let schema = event_schema();
    // The columns of the event stand before those that pricing added.
    let columns = stored.columns()[..schema.fields().len()].to_vec();
    let events = RecordBatch::try_new(schema, columns).context("the lake's events are not ours")?;
    let columns = AnswerColumns::of(stored)?;
    let again = answers(pricer, &events)?.into_iter().enumerate();
    let explained = again.map(|(row, again)| {
        // Of the stored row only the columns are asked for.
        let stored = columns.answer(row, &Explanation::Unmetered);
        let stored = Stored {
            price_status: stored.price_status,
            cost_usd: stored.cost_usd,
            list_cost_usd: stored.list_cost_usd,
            contracted_cost_usd: stored.contracted_cost_usd,
            price_book: stored.price_book,
            price_entry: stored.price_entry,
        };
        let entry = again.price_entry.as_deref().unwrap_or_default();
        Explained {
            verdict: verdict(&stored, &again),
            source_urls: book.source_urls(entry).to_vec(),
            again,
            stored,
        }
    });
    Ok(explained.collect())
}

fn verdict(stored: &Stored, again: &Answer) -> Verdict {
    let is_same = stored.price_status == again.price_status
        && stored.cost_usd == again.cost_usd
        && stored.list_cost_usd == again.list_cost_usd
        && stored.contracted_cost_usd == again.contracted_cost_usd
        && stored.price_entry == again.price_entry;
    match (stored.price_book == again.price_book, is_same) {
        (true, true) => Verdict::Equal,
        (true, false) => Verdict::Different,
        (false, true) => Verdict::EqualByAnotherBook,
        (false, false) => Verdict::AnotherBook,
    }
}

fn text(explained: &Explained) -> String {
    let (stored, again) = (&explained.stored, &explained.again);
    let id = again.event_id.as_deref().unwrap_or_default();
    let mut text = format!("event    {id}\n{}", sum::text(again));
    for url in &explained.source_urls {
        text.push_str(&format!("source   {url}\n"));
    }
    let cost = stored.cost_usd.as_deref().unwrap_or("no cost");
    let book = &stored.price_book;
    let said = match explained.verdict {
        Verdict::Equal => "equal to the last digit".to_owned(),
        Verdict::Different => format!(
            "DIFFERENT, stored as {} by the entry {}, contracted {}, at list {}",
            stored.price_status,
            stored.price_entry.as_deref().unwrap_or("none"),
            stored.contracted_cost_usd.as_deref().unwrap_or("none"),
            stored.list_cost_usd.as_deref().unwrap_or("none")
        ),
        Verdict::EqualByAnotherBook => {
            format!("equal to the last digit, though priced by another book, {book}")
        }
        Verdict::AnotherBook => format!(
            "priced by another book, {book}, entry {}: the sum above is that of the book {}",
            stored.price_entry.as_deref().unwrap_or("none"),
            again.price_book
        ),
    };
    text.push_str(&format!("stored   {cost}, {said}\n"));
    text
}

#[cfg(test)]
mod tests;
