//! Sets of entries that requests select, each kept once, so that an entry's id stays small.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A set that was met: its place among all. Sets of different books have nothing in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::price_book) struct SelectionId(usize);

/// The sets that were met: as many as there are combinations of entries that requests select.
#[derive(Debug, Default)]
pub(in crate::price_book) struct Selections(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    ids: BTreeMap<Arc<[usize]>, SelectionId>,
    sets: Vec<Arc<[usize]>>,
}

impl Selections {
    /// The id of a set; the same for the same set.
    pub(super) fn id(&self, terms: Vec<usize>) -> SelectionId {
        // What a panic elsewhere left behind is whole: each line below leaves it so.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let terms: Arc<[usize]> = Arc::from(terms);
        if let Some(&id) = known.ids.get(&terms) {
            return id;
        }
        let id = SelectionId(known.sets.len());
        known.sets.push(Arc::clone(&terms));
        known.ids.insert(terms, id);
        id
    }

    /// The set of an id.
    pub(super) fn terms(&self, id: SelectionId) -> Arc<[usize]> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let terms = known.sets.get(id.0).map(Arc::clone);
        terms.unwrap_or_default()
    }
}
