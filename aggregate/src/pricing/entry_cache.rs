//! What is remembered of the price book's answers between batches.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::ArrayRef;
use hashbrown::{Equivalent, HashMap};
use schemas::price_book::{CallCosts, Cost, EntryId, PriceBook, Rates, RatesInForce};

use crate::pricing::column_rates::{ColumnRates, Counters};
use crate::pricing::entry_names::EntryNames;
use crate::pricing::request_class::{RequestClass, RequestClasses};

/// Names of providers and models that are remembered; when there are more, all are forgotten.
const NAMES_MAX: usize = 16_384;
/// Spans of time that are remembered of each entry. Prices by the hour have a few a day.
const SPANS_MAX: usize = 8;

/// Rates that hold in a span of time, ready for use.
#[derive(Debug)]
pub(super) struct Force {
    pub(super) in_force: RatesInForce,
    /// Its name's place among the names of entries.
    pub(super) name_key: i32,
    /// All prices of the common counters; `None` if the fast arithmetic cannot follow one of them.
    columns: Option<AllColumns>,
    /// Whether GPU time has a price, which is not for the fast arithmetic.
    pub(super) prices_gpu_seconds: bool,
}

/// The prices of the common counters.
#[derive(Debug)]
struct AllColumns {
    paid: ColumnRates,
    /// `None` if list and contract are what is paid.
    other: Option<Box<OtherColumns>>,
}

/// The list and the contract for the common counters; `None` where that is what is paid.
#[derive(Debug)]
struct OtherColumns {
    list: Option<ColumnRates>,
    contracted: Option<ColumnRates>,
}

impl AllColumns {
    fn new(in_force: &RatesInForce) -> Option<Self> {
        let follow = |rates: &Option<Rates>| match rates {
            Some(rates) => ColumnRates::new(rates).map(Some),
            None => Some(None),
        };
        let other = match &in_force.other {
            None => None,
            Some(other) if other.needs_gpu_seconds => return None,
            Some(other) => Some(Box::new(OtherColumns {
                list: follow(&other.list)?,
                contracted: follow(&other.contracted)?,
            })),
        };
        Some(Self {
            paid: ColumnRates::new(&in_force.rates)?,
            other,
        })
    }
}

impl Force {
    fn new(in_force: RatesInForce, name_key: i32) -> Self {
        let other = in_force.other.as_ref();
        Self {
            columns: AllColumns::new(&in_force),
            prices_gpu_seconds: other.is_some_and(|other| other.gpu_second.is_some()),
            in_force,
            name_key,
        }
    }

    /// What the common counters cost; `None` if that is for the exact arithmetic to say.
    #[inline]
    pub(super) fn price_columns(&self, counters: &Counters) -> Option<CallCosts> {
        let columns = self.columns.as_ref()?;
        let paid = columns.paid.price(counters)?;
        let Some(other) = &columns.other else {
            return Some(CallCosts::same(paid));
        };
        let total = |rates: &Option<ColumnRates>| match rates {
            Some(rates) => rates.price(counters).map(Cost::total),
            None => Some(paid.total()),
        };
        Some(CallCosts {
            paid,
            list: total(&other.list)?,
            contracted: total(&other.contracted)?,
        })
    }
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
/// models, variants and negotiated entries.
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
        let known = forces
            .iter()
            .position(|force| force.in_force.span.contains(time_us));
        let place = match known {
            Some(place) => place,
            None => self.remember(timeline, time_us)?,
        };
        Some(&self.timelines[timeline].forces[place])
    }

    #[cold]
    fn remember(&mut self, timeline: usize, time_us: i64) -> Option<usize> {
        let timeline = &mut self.timelines[timeline];
        let mut in_force = self.book.rates_at(timeline.entry, time_us)?;
        let name_key = self.names.key(std::mem::take(&mut in_force.name));
        let force = Force::new(in_force, name_key);
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
