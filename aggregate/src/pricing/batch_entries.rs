//! Which entry of the price book each row of a batch means: found once per distinct combination.

use arrow::array::Array;
use hashbrown::HashMap;
use schemas::price_book::AttributeKey;

use crate::pricing::counts::PricingCounts;
use crate::pricing::entry_cache::EntryCache;
use crate::pricing::event_columns::EventColumns;
use crate::pricing::request_class::{RequestClass, RequestClasses};

/// Combinations of dictionary keys that are laid out in one table, at most.
const TABLE_MAX: usize = 1 << 16;
/// Larger tables than this are laid out only for batches with more rows than that.
const TABLE_SMALL: usize = 1 << 12;
const UNKNOWN: u32 = u32::MAX;

/// What a row's provider, model and kind of request mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Its place among those of the batch.
    place: usize,
    /// The timeline of its prices; `None` if the book has none.
    pub(super) timeline: Option<usize>,
}

/// One combination that occurs in the batch.
#[derive(Debug)]
struct Combination {
    provider: usize,
    model: usize,
    timeline: Option<usize>,
    unpriced: u64,
}

/// The combinations that occur in one batch.
#[derive(Debug)]
pub(super) struct BatchEntries<'a> {
    columns: &'a EventColumns<'a>,
    classes: &'a RequestClasses,
    /// By key of `service_tier`.
    tier_classes: Vec<u32>,
    /// By key of `route`.
    route_classes: Vec<u32>,
    /// By key of `region`.
    region_classes: Vec<u32>,
    asks_attributes: bool,
    models: usize,
    /// How many classes occur, at least one of each.
    tiers: usize,
    routes: usize,
    regions: usize,
    /// Places of combinations by their number, [`UNKNOWN`] where none was met; empty if there are
    /// too many numbers.
    table: Vec<u32>,
    others: HashMap<(usize, usize, RequestClass), u32, foldhash::fast::RandomState>,
    combinations: Vec<Combination>,
}

impl<'a> BatchEntries<'a> {
    pub(super) fn new(columns: &'a EventColumns<'a>, classes: &'a RequestClasses) -> Self {
        let tier_classes =
            classes.of_texts(AttributeKey::ServiceTier, columns.service_tier.texts());
        let route_classes = classes.of_texts(AttributeKey::Route, columns.route.texts());
        let region_classes = classes.of_texts(AttributeKey::Region, columns.region.texts());
        let models = columns.model.texts().len();
        let tiers = occurring(&tier_classes);
        let routes = occurring(&route_classes);
        let regions = occurring(&region_classes);
        let numbers = [
            columns.provider.texts().len(),
            models,
            tiers,
            routes,
            regions,
        ]
        .into_iter()
        .try_fold(1_usize, usize::checked_mul);
        let limit = TABLE_MAX.min(TABLE_SMALL.max(columns.rows()));
        let numbers = numbers.filter(|&numbers| numbers <= limit).unwrap_or(0);
        Self {
            tier_classes,
            route_classes,
            region_classes,
            asks_attributes: classes.asks_for(columns.attribute_names()),
            columns,
            classes,
            models,
            tiers,
            routes,
            regions,
            table: vec![UNKNOWN; numbers],
            others: HashMap::default(),
            combinations: Vec::new(),
        }
    }

    /// The entry that a row means.
    #[inline]
    pub(super) fn find(&mut self, row: usize, cache: &mut EntryCache) -> Entry {
        let provider = self.columns.provider.key(row).unwrap_or(0);
        let model = self.columns.model.key(row).unwrap_or(0);
        let tier = self.columns.service_tier.key(row);
        let tier = tier.map_or(0, |key| self.tier_classes[key]);
        let route = self.columns.route.key(row);
        let route = route.map_or(0, |key| self.route_classes[key]);
        let region = self.columns.region.key(row);
        let region = region.map_or(0, |key| self.region_classes[key]);
        if self.table.is_empty() || self.asks_attributes {
            let class = class_of(tier, route, region);
            return self.find_other(row, (provider, model, class), cache);
        }
        let number = (provider * self.models + model) * self.tiers + tier as usize;
        let number = (number * self.routes + route as usize) * self.regions + region as usize;
        if self.table[number] == UNKNOWN {
            let class = class_of(tier, route, region);
            self.table[number] = self.add(provider, model, class, cache);
        }
        self.entry(self.table[number])
    }

    fn find_other(
        &mut self,
        row: usize,
        (provider, model, mut class): (usize, usize, RequestClass),
        cache: &mut EntryCache,
    ) -> Entry {
        if self.asks_attributes {
            class = self.classes.with_attributes(class, self.columns, row);
        }
        let place = match self.others.get(&(provider, model, class)) {
            Some(&place) => place,
            None => {
                let place = self.add(provider, model, class, cache);
                self.others.insert((provider, model, class), place);
                place
            }
        };
        self.entry(place)
    }

    #[cold]
    fn add(
        &mut self,
        provider: usize,
        model: usize,
        class: RequestClass,
        cache: &mut EntryCache,
    ) -> u32 {
        let provider_text = self.columns.provider.texts().value(provider);
        let model_text = self.columns.model.texts().value(model);
        let timeline = cache.timeline(provider_text, model_text, class, self.classes);
        self.combinations.push(Combination {
            provider,
            model,
            timeline,
            unpriced: 0,
        });
        // A batch has fewer rows than this type counts.
        u32::try_from(self.combinations.len() - 1).unwrap_or(UNKNOWN)
    }

    #[inline]
    fn entry(&self, place: u32) -> Entry {
        let place = place as usize;
        Entry {
            place,
            timeline: self.combinations[place].timeline,
        }
    }

    /// Remembers that a row of this entry had no price.
    pub(super) fn count_unpriced(&mut self, entry: Entry) {
        self.combinations[entry.place].unpriced += 1;
    }

    /// Tells which models had no price.
    pub(super) fn add_unpriced(&self, counts: &mut PricingCounts) {
        for combination in &self.combinations {
            if combination.unpriced > 0 {
                let provider = self.columns.provider.texts().value(combination.provider);
                let model = self.columns.model.texts().value(combination.model);
                counts.add_unpriced_model(provider, model, combination.unpriced);
            }
        }
    }
}

/// How many classes there are up to the largest one that occurs, that of no value included.
fn occurring(classes: &[u32]) -> usize {
    classes.iter().max().map_or(1, |&max| max as usize + 1)
}

const fn class_of(tier: u32, route: u32, region: u32) -> RequestClass {
    let mut class = RequestClass::NONE;
    class.set(AttributeKey::ServiceTier, tier);
    class.set(AttributeKey::Route, route);
    class.set(AttributeKey::Region, region);
    class
}
