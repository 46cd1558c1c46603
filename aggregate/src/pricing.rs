//! Prices each event with the price in force at its event time.
//!
//! - `event_columns`: what pricing reads of a batch; `price_columns`: what it adds
//! - `request_class`: kinds of requests that pay alike; `batch_entries`: the entries that a batch's
//!   rows mean; `entry_cache`: what is remembered of them between batches; `entry_names`: their names
//! - [`explanation`]: the parts of a charge, for people who ask for them
//! - `column_rates`: the fast arithmetic for events with none but the common counters
//! - [`counts`]: what could not be priced, for metrics

use std::sync::Arc;

use arrow::array::RecordBatch;
use schemas::price_book::{CostOutcome, PriceBook};
use schemas::priced::{PriceStatus, priced_schema};

use crate::error::AggregateError;
use batch_entries::{BatchEntries, Entry};
use entry_cache::{EntryCache, Force};
use event_columns::EventColumns;
use price_columns::{Answer, PriceColumns};
use request_class::RequestClasses;

mod batch_entries;
mod column_rates;
pub mod counts;
mod entry_cache;
mod entry_names;
mod event_columns;
pub mod explanation;
mod price_columns;
mod request_class;

pub use counts::{PricingCounts, UnpricedModel};
pub use explanation::Explanation;

/// Prices batches of events.
///
/// What it remembers between batches is a cache: two pricers with the same book price alike.
#[derive(Debug)]
pub struct Pricer {
    classes: RequestClasses,
    cache: EntryCache,
    counts: PricingCounts,
}

impl Pricer {
    /// A pricer with this book.
    #[must_use]
    pub fn new(book: Arc<PriceBook>) -> Self {
        Self {
            classes: RequestClasses::new(&book),
            cache: EntryCache::new(book),
            counts: PricingCounts::default(),
        }
    }

    /// Prices each event of a batch.
    ///
    /// # Shape
    /// In: N rows of [`schemas::event::event_schema`]. Out: the same N rows of
    /// [`schemas::priced::priced_schema`] in the same order; the event's columns are shared, not
    /// copied. `list_cost_usd` and `contracted_cost_usd` share the array of `cost_usd` where the
    /// batch has no event that they differ for.
    ///
    /// The first of these that applies is an event's status:
    /// - `served_from` is `app_cache`: `priced` at zero, by the entry `app_cache`;
    /// - no usage counter at all (`gpu_seconds` is one): `unmetered`;
    /// - no price book knows the model, or its first price is later, or a fleet has no price but for
    ///   the GPU time that the event does not say: `unpriced`;
    /// - the counters contradict each other, or the cost exceeds
    ///   [`schemas::money::EVENT_COST_MAX`]: `invalid_usage`;
    /// - `priced`.
    ///
    /// Unless the status is `priced`, the costs, `price_match` and `price_entry` are null.
    /// # Units
    /// Costs: US dollars, `Decimal128(38, 12)`.
    /// # Errors
    /// [`AggregateError::Column`] if the batch is not of the event schema;
    /// [`AggregateError::Pricing`] if the priced rows cannot be put together.
    pub fn price(&mut self, events: &RecordBatch) -> Result<RecordBatch, AggregateError> {
        let columns = EventColumns::new(events)?;
        let mut entries = BatchEntries::new(&columns, &self.classes);
        let mut added = PriceColumns::with_capacity(events.num_rows());
        for row in 0..events.num_rows() {
            let answer = answer_of(&columns, row, &mut entries, &mut self.cache);
            added.push(answer);
        }
        self.counts.add_statuses(added.status_counts());
        entries.add_unpriced(&mut self.counts);
        let names = self.cache.entry_names();
        let added = added.finish(self.cache.book_id(), names);
        let mut all = events.columns().to_vec();
        all.extend(added.map_err(AggregateError::Pricing)?);
        RecordBatch::try_new(priced_schema(), all).map_err(AggregateError::Pricing)
    }

    /// Says of each event of a batch what it is charged for, part by part; for people, as it takes the
    /// exact arithmetic for every event. Nothing is counted.
    ///
    /// # Shape
    /// In: N rows of [`schemas::event::event_schema`]. Out: N explanations in the same order, of the
    /// statuses and costs that [`Self::price`] gives.
    /// # Errors
    /// [`AggregateError::Column`] if the batch is not of the event schema.
    pub fn explain(&mut self, events: &RecordBatch) -> Result<Vec<Explanation>, AggregateError> {
        let columns = EventColumns::new(events)?;
        let mut entries = BatchEntries::new(&columns, &self.classes);
        let rows = 0..events.num_rows();
        let explain = |row| match charge_of(&columns, row, &mut entries, &mut self.cache) {
            Charge::AppCache => Explanation::AppCache,
            Charge::Unmetered => Explanation::Unmetered,
            Charge::Unpriced(_) => Explanation::Unpriced,
            Charge::At(force, _) => {
                let gpu_seconds = columns.gpu_seconds(row);
                Explanation::of(&force.in_force, &columns.usage(row), gpu_seconds)
            }
        };
        Ok(rows.map(explain).collect())
    }

    /// What was priced since the last call, for metrics.
    pub fn take_counts(&mut self) -> PricingCounts {
        std::mem::take(&mut self.counts)
    }
}

/// How an event is charged.
enum Charge<'a> {
    /// Not at all: the app's own cache answered.
    AppCache,
    /// It says nothing that could be charged.
    Unmetered,
    /// No price is known.
    Unpriced(Entry),
    /// At these rates.
    At(&'a Force, Entry),
}

#[inline]
fn charge_of<'a>(
    columns: &EventColumns<'_>,
    row: usize,
    entries: &mut BatchEntries<'_>,
    cache: &'a mut EntryCache,
) -> Charge<'a> {
    if columns.is_from_app_cache(row) {
        return Charge::AppCache;
    }
    if !columns.has_usage(row) {
        return Charge::Unmetered;
    }
    let entry = entries.find(row, cache);
    let time_us = columns.event_time_us(row);
    let force = entry
        .timeline
        .and_then(|timeline| cache.force(timeline, time_us));
    force.map_or(Charge::Unpriced(entry), |force| Charge::At(force, entry))
}

fn answer_of(
    columns: &EventColumns<'_>,
    row: usize,
    entries: &mut BatchEntries<'_>,
    cache: &mut EntryCache,
) -> Answer {
    let (force, entry) = match charge_of(columns, row, entries, cache) {
        Charge::AppCache => return Answer::APP_CACHE,
        Charge::Unmetered => return Answer::without_cost(PriceStatus::Unmetered),
        Charge::Unpriced(entry) => {
            entries.count_unpriced(entry);
            return Answer::without_cost(PriceStatus::Unpriced);
        }
        Charge::At(force, entry) => (force, entry),
    };
    let by_gpu_time = force.prices_gpu_seconds && columns.gpu_seconds(row).is_some();
    let fast = if columns.has_other_usage(row) || by_gpu_time {
        None
    } else {
        force.price_columns(&columns.counters(row))
    };
    let costs = match fast {
        Some(costs) => CostOutcome::Priced(costs),
        None => price_exactly(columns, row, force),
    };
    match costs {
        CostOutcome::Priced(costs) => Answer::priced(costs, force),
        CostOutcome::Invalid(_) => Answer::without_cost(PriceStatus::InvalidUsage),
        CostOutcome::Unpriced => {
            entries.count_unpriced(entry);
            Answer::without_cost(PriceStatus::Unpriced)
        }
    }
}

/// Prices any usage, by the book's own arithmetic.
fn price_exactly(columns: &EventColumns<'_>, row: usize, force: &Force) -> CostOutcome {
    let gpu_seconds = columns.gpu_seconds(row);
    force.in_force.price(&columns.usage(row), gpu_seconds)
}
