//! What pricing reads of a batch of events.

use arrow::array::{
    Array, ArrowPrimitiveType, AsArray, Decimal128Array, MapArray, PrimitiveArray, RecordBatch,
    StringArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType};
use schemas::price_book::Usage;
use schemas::usage_unit::{USAGE_COLUMNS, UsageUnit};

use crate::error::AggregateError;
use crate::pricing::column_rates::{COLUMN_UNITS, COLUMNS, Counters};

const APP_CACHE: &str = "app_cache";

/// A column of texts of which few are distinct.
#[derive(Debug)]
pub(super) struct Label<'a> {
    keys: &'a [i32],
    nulls: Option<&'a NullBuffer>,
    texts: &'a StringArray,
}

impl<'a> Label<'a> {
    /// The place of a row's text among [`Self::texts`].
    #[inline]
    pub(super) fn key(&self, row: usize) -> Option<usize> {
        if self.nulls.is_some_and(|nulls| nulls.is_null(row)) {
            return None;
        }
        usize::try_from(self.keys[row]).ok()
    }

    /// The texts by key; not all of them need occur.
    pub(super) const fn texts(&self) -> &'a StringArray {
        self.texts
    }
}

/// The texts of a row's map, or the quantities.
#[derive(Debug)]
struct Entries<'a> {
    map: &'a MapArray,
    names: &'a StringArray,
}

impl Entries<'_> {
    /// Where a row's entries stand; empty if it has none.
    #[inline]
    fn range(&self, row: usize) -> std::ops::Range<usize> {
        if self.map.is_null(row) {
            return 0..0;
        }
        let offsets = self.map.value_offsets();
        let place = |offset: i32| usize::try_from(offset).unwrap_or(0);
        place(offsets[row])..place(offsets[row + 1])
    }
}

/// The columns of one batch, by their types.
#[derive(Debug)]
pub(super) struct EventColumns<'a> {
    pub(super) provider: Label<'a>,
    pub(super) model: Label<'a>,
    pub(super) service_tier: Label<'a>,
    pub(super) route: Label<'a>,
    pub(super) region: Label<'a>,
    event_time: &'a [i64],
    served_from: Label<'a>,
    /// By key of `served_from`.
    is_app_cache: Vec<bool>,
    counters: [&'a PrimitiveArray<Int64Type>; COLUMNS],
    gpu_seconds: &'a Decimal128Array,
    other_usage: Entries<'a>,
    other_quantities: &'a Decimal128Array,
    attributes: Entries<'a>,
    attribute_values: &'a StringArray,
}

impl<'a> EventColumns<'a> {
    /// # Errors
    /// [`AggregateError::Column`] if one is missing or has another type.
    pub(super) fn new(events: &'a RecordBatch) -> Result<Self, AggregateError> {
        let served_from = label(events, "served_from")?;
        let is_app_cache = served_from.texts.iter().map(|text| text == Some(APP_CACHE));
        let mut counters = Vec::with_capacity(COLUMNS);
        for name in USAGE_COLUMNS {
            counters.push(primitive::<Int64Type>(events, name)?);
        }
        let other_usage = entries(events, "other_usage")?;
        let attributes = entries(events, "attributes")?;
        let quantities = other_usage
            .map
            .values()
            .as_primitive_opt::<Decimal128Type>();
        let texts = attributes.map.values().as_string_opt::<i32>();
        Ok(Self {
            provider: label(events, "provider")?,
            model: label(events, "model")?,
            service_tier: label(events, "service_tier")?,
            route: label(events, "route")?,
            region: label(events, "region")?,
            event_time: primitive::<TimestampMicrosecondType>(events, "event_time")?.values(),
            is_app_cache: is_app_cache.collect(),
            served_from,
            counters: counters.try_into().map_err(|_| wrong("input_tokens"))?,
            gpu_seconds: primitive::<Decimal128Type>(events, "gpu_seconds")?,
            other_quantities: quantities.ok_or_else(|| wrong("other_usage"))?,
            other_usage,
            attribute_values: texts.ok_or_else(|| wrong("attributes"))?,
            attributes,
        })
    }

    /// How many events there are.
    pub(super) const fn rows(&self) -> usize {
        self.event_time.len()
    }

    /// Microseconds since the Unix epoch.
    #[inline]
    pub(super) const fn event_time_us(&self, row: usize) -> i64 {
        self.event_time[row]
    }

    #[inline]
    pub(super) fn is_from_app_cache(&self, row: usize) -> bool {
        let key = self.served_from.key(row);
        key.is_some_and(|key| self.is_app_cache[key])
    }

    /// 10^-12 seconds.
    #[inline]
    pub(super) fn gpu_seconds(&self, row: usize) -> Option<i128> {
        self.gpu_seconds
            .is_valid(row)
            .then(|| self.gpu_seconds.value(row))
    }

    /// Whether an event says of any unit how much it used.
    #[inline]
    pub(super) fn has_usage(&self, row: usize) -> bool {
        let mut counters = self.counters.iter();
        counters.any(|column| column.is_valid(row))
            || self.has_other_usage(row)
            || self.gpu_seconds.is_valid(row)
    }

    #[inline]
    pub(super) fn has_other_usage(&self, row: usize) -> bool {
        !self.other_usage.range(row).is_empty()
    }

    #[inline]
    pub(super) fn counters(&self, row: usize) -> Counters {
        let mut counters = Counters {
            values: [0; COLUMNS],
            reported: 0,
        };
        for (at, column) in self.counters.iter().enumerate() {
            let reported = column.nulls().is_none_or(|nulls| nulls.is_valid(row));
            counters.reported |= u8::from(reported) << at;
            // What lies under a null is not specified.
            counters.values[at] = if reported { column.values()[row] } else { 0 };
        }
        counters
    }

    /// All that an event says it used.
    pub(super) fn usage(&self, row: usize) -> Usage {
        let mut usage = Usage::new();
        let counters = self.counters(row);
        for (at, unit) in COLUMN_UNITS.into_iter().enumerate() {
            if counters.has(at) {
                usage.set_count(unit, counters.values[at]);
            }
        }
        for at in self.other_usage.range(row) {
            if let Some(unit) = UsageUnit::from_name(self.other_usage.names.value(at)) {
                usage.set(unit, self.other_quantities.value(at));
            }
        }
        usage
    }

    /// The names of all attributes of all rows.
    pub(super) const fn attribute_names(&self) -> &'a StringArray {
        self.attributes.names
    }

    /// An event's attributes.
    pub(super) fn attributes(&self, row: usize) -> impl Iterator<Item = (&'a str, &'a str)> {
        let (names, values) = (self.attributes.names, self.attribute_values);
        self.attributes
            .range(row)
            .map(|at| (names.value(at), values.value(at)))
    }
}

fn wrong(column: &str) -> AggregateError {
    AggregateError::Column {
        column: column.to_owned(),
    }
}

fn label<'a>(events: &'a RecordBatch, name: &str) -> Result<Label<'a>, AggregateError> {
    let column = events.column_by_name(name);
    let dictionary = column.and_then(|column| column.as_dictionary_opt::<Int32Type>());
    let dictionary = dictionary.ok_or_else(|| wrong(name))?;
    Ok(Label {
        keys: dictionary.keys().values(),
        nulls: dictionary.nulls(),
        texts: dictionary
            .values()
            .as_string_opt()
            .ok_or_else(|| wrong(name))?,
    })
}

fn primitive<'a, T: ArrowPrimitiveType>(
    events: &'a RecordBatch,
    name: &str,
) -> Result<&'a PrimitiveArray<T>, AggregateError> {
    let column = events.column_by_name(name);
    let column = column.and_then(|column| column.as_primitive_opt::<T>());
    column.ok_or_else(|| wrong(name))
}

fn entries<'a>(events: &'a RecordBatch, name: &str) -> Result<Entries<'a>, AggregateError> {
    let column = events.column_by_name(name);
    let map = column.and_then(|column| column.as_map_opt());
    let map = map.ok_or_else(|| wrong(name))?;
    let names = map.keys().as_string_opt().ok_or_else(|| wrong(name))?;
    Ok(Entries { map, names })
}
