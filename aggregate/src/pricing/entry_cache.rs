//! What is remembered of the price book's answers between batches.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::ArrayRef;
use hashbrown::{Equivalent, HashMap};
use schemas::price_book::{EntryId, PriceBook, PriceMatch, Rates, Span};

use crate::pricing::column_rates::ColumnRates;
use crate::pricing::entry_names::EntryNames;
use crate::pricing::request_class::{RequestClass, RequestClasses};

/// Names of providers and models that are remembered; when there are more, all are forgotten.
const NAMES_MAX: usize = 16_384;
/// Spans of time that are remembered of each entry. Prices by the hour have a few a day.
const SPANS_MAX: usize = 8;

/// Rates that hold in a span of time, ready for use.
#[derive(Debug)]
pub(super) struct Force {
    pub(super) rates: Rates,
    /// The same for the common counters; `None` if the fast arithmetic cannot follow them.
    pub(super) columns: Option<ColumnRates>,
    pub(super) price_match: PriceMatch,
    /// Its name's place among the names of entries.
    pub(super) name_key: i32,
    span: Span,
}

/// An entry, with the rates that were in force at the times that were asked for.
#[derive(Debug)]
struct Timeline {
    entry: EntryId,
    forces: Vec<Force>,
    /// Which of them is forgotten for the next one.
    oldest: usize,
}

/// What events name a price by.
#[derive(Debug, PartialEq, Eq)]
struct PriceName {
    provider: String,
    model: String,
    class: RequestClass,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct PriceNameRef<'a> {
    provider: &'a str,
    model: &'a str,
    class: RequestClass,
}

impl PriceName {
    fn as_ref(&self) -> PriceNameRef<'_> {
        PriceNameRef {
            provider: &self.provider,
            model: &self.model,
            class: self.class,
        }
    }
}

impl Hash for PriceName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_ref().hash(state);
    }
}

/// The entries that were asked for, bounded: by [`NAMES_MAX`], and by the number of the book's
/// models and variants.
#[derive(Debug)]
pub(super) struct EntryCache {
    book: Arc<PriceBook>,
    by_name: HashMap<PriceName, Option<usize>, foldhash::fast::RandomState>,
    by_entry: HashMap<EntryId, usize, foldhash::fast::RandomState>,
    timelines: Vec<Timeline>,
    names: EntryNames,
}

impl Equivalent<PriceName> for PriceNameRef<'_> {
    fn equivalent(&self, name: &PriceName) -> bool {
        *self == name.as_ref()
    }
}

impl EntryCache {
    pub(super) fn new(book: Arc<PriceBook>) -> Self {
        Self {
            book,
            by_name: HashMap::default(),
            by_entry: HashMap::default(),
            timelines: Vec::new(),
            names: EntryNames::new(),
        }
    }

    /// The id under which the book is told of in the lake.
    pub(super) fn book_id(&self) -> &str {
        self.book.short_id()
    }

    /// The names of entries, by the keys that forces have.
    pub(super) fn entry_names(&mut self) -> ArrayRef {
        self.names.array()
    }

    /// The timeline of the entry that a name means, or `None` if the book has no such entry.
    pub(super) fn timeline(
        &mut self,
        provider: &str,
        model: &str,
        class: RequestClass,
        classes: &RequestClasses,
    ) -> Option<usize> {
        let name = PriceNameRef {
            provider,
            model,
            class,
        };
        if let Some(&timeline) = self.by_name.get(&name) {
            return timeline;
        }
        let entry = self
            .book
            .resolve(provider, model, &classes.attributes(class));
        let timeline = entry.map(|entry| self.timeline_of(entry));
        if self.by_name.len() >= NAMES_MAX {
            self.by_name.clear();
        }
        let name = PriceName {
            provider: provider.to_owned(),
            model: model.to_owned(),
            class,
        };
        self.by_name.insert(name, timeline);
        timeline
    }

    fn timeline_of(&mut self, entry: EntryId) -> usize {
        *self.by_entry.entry(entry).or_insert_with(|| {
            self.timelines.push(Timeline {
                entry,
                forces: Vec::new(),
                oldest: 0,
            });
            self.timelines.len() - 1
        })
    }

    /// What is in force at an instant; `None` before an entry's first price.
    #[inline]
    pub(super) fn force(&mut self, timeline: usize, time_us: i64) -> Option<&Force> {
        let forces = &self.timelines[timeline].forces;
        let known = forces.iter().position(|force| force.span.contains(time_us));
        let place = match known {
            Some(place) => place,
            None => self.remember(timeline, time_us)?,
        };
        Some(&self.timelines[timeline].forces[place])
    }

    #[cold]
    fn remember(&mut self, timeline: usize, time_us: i64) -> Option<usize> {
        let timeline = &mut self.timelines[timeline];
        let in_force = self.book.rates_at(timeline.entry, time_us)?;
        let force = Force {
            columns: ColumnRates::new(&in_force.rates),
            rates: in_force.rates,
            price_match: in_force.price_match,
            name_key: self.names.key(in_force.name),
            span: in_force.span,
        };
        if timeline.forces.len() < SPANS_MAX {
            timeline.forces.push(force);
            return Some(timeline.forces.len() - 1);
        }
        let place = timeline.oldest;
        timeline.oldest = (place + 1) % SPANS_MAX;
        timeline.forces[place] = force;
        Some(place)
    }
}
