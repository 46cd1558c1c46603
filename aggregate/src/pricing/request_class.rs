//! Kinds of requests that pay alike, so that a price is resolved once for all of a kind.

use arrow::array::StringArray;
use schemas::price_book::{AttributeKey, PriceBook, RequestAttributes};

use crate::pricing::event_columns::EventColumns;

const KEYS: usize = AttributeKey::ALL.len();
/// The service tier that means a way of processing too.
const BATCH: &str = "batch";
/// Stands for all tiers and regions that no entry asks for: it is no name of one.
const UNKNOWN: &str = "?";

/// One kind of requests: of each attribute, 0 if it does not matter, else a value of
/// [`RequestClasses`] counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct RequestClass([u32; KEYS]);

/// The values of request attributes that a book tells apart.
#[derive(Debug)]
pub(super) struct RequestClasses {
    /// By attribute, in the order of [`AttributeKey::ALL`]; in lower case.
    values: [Vec<String>; KEYS],
}

impl RequestClasses {
    pub(super) fn new(book: &PriceBook) -> Self {
        Self {
            values: AttributeKey::ALL.map(|key| values_of(book, key)),
        }
    }

    /// The class of each text of a dictionary.
    pub(super) fn of_texts(&self, key: AttributeKey, texts: &StringArray) -> Vec<u32> {
        let texts = texts.iter();
        texts
            .map(|text| text.map_or(0, |text| self.of_value(key, text)))
            .collect()
    }

    /// The attributes of a class, as a price book is asked.
    pub(super) fn attributes(&self, class: RequestClass) -> RequestAttributes<'_> {
        let mut attributes = RequestAttributes::default();
        for key in AttributeKey::ALL {
            let values = self.values[key as usize].iter();
            let place = class.0[key as usize];
            let value = (1..).zip(values).find(|&(number, _)| number == place);
            attributes.set(key, value.map(|(_, value)| value.as_str()));
        }
        attributes
    }

    /// Whether an event may have an attribute that matters beside its fields.
    pub(super) fn asks_for(&self, names: &StringArray) -> bool {
        let mut names = names.iter().flatten();
        names.any(|name| map_key(name).is_some_and(|key| !self.values[key as usize].is_empty()))
    }

    /// Adds what the event's `attributes` say to a class.
    pub(super) fn with_attributes(
        &self,
        mut class: RequestClass,
        columns: &EventColumns<'_>,
        row: usize,
    ) -> RequestClass {
        for (name, value) in columns.attributes(row) {
            if let Some(key) = map_key(name) {
                class.set(key, self.of_value(key, value));
            }
        }
        class
    }

    fn of_value(&self, key: AttributeKey, value: &str) -> u32 {
        let mut named = RequestAttributes::default();
        named.set(key, Some(value));
        let known = if named.names_tier() || named.names_region() {
            [value, UNKNOWN]
        } else {
            [value, value]
        };
        let place = |value: &str| {
            let values = (1..).zip(&self.values[key as usize]);
            let mut same = values.filter(|(_, known)| known.eq_ignore_ascii_case(value));
            same.next().map(|(number, _)| number)
        };
        known.into_iter().find_map(place).unwrap_or(0)
    }
}

impl RequestClass {
    /// Nothing matters.
    pub(super) const NONE: Self = Self([0; KEYS]);

    pub(super) const fn set(&mut self, key: AttributeKey, class: u32) {
        self.0[key as usize] = class;
    }
}

fn map_key(name: &str) -> Option<AttributeKey> {
    let key = AttributeKey::from_name(name)?;
    (!key.is_field()).then_some(key)
}

fn values_of(book: &PriceBook, key: AttributeKey) -> Vec<String> {
    let mut values: Vec<_> = book
        .attribute_values(key)
        .into_iter()
        .map(str::to_owned)
        .collect();
    match key {
        AttributeKey::ServiceTier => values.extend([BATCH.to_owned(), UNKNOWN.to_owned()]),
        AttributeKey::Processing | AttributeKey::Region => values.push(UNKNOWN.to_owned()),
        AttributeKey::Route
        | AttributeKey::Speed
        | AttributeKey::SearchType
        | AttributeKey::Account
        | AttributeKey::Deployment
        | AttributeKey::Key => {}
    }
    values
}
