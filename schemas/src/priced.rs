//! What pricing adds to an event.

use std::sync::{Arc, OnceLock};

use arrow::datatypes::SchemaRef;

use crate::column::{Column, ColumnType, batch_schema};
use crate::event::{EVENT_COLUMNS, POSITION_COLUMNS};

/// The columns that pricing adds.
pub const PRICE_COLUMNS: &[Column] = &[
    Column::optional(
        "cost_usd",
        ColumnType::Money,
        "What the call cost in effect, US dollars: by contract, or on the capacity that served it; null if it could not be priced.",
    ),
    Column::optional(
        "input_cost_usd",
        ColumnType::Money,
        "Part of cost_usd for input units.",
    ),
    Column::optional(
        "output_cost_usd",
        ColumnType::Money,
        "Part of cost_usd for output units.",
    ),
    Column::optional(
        "other_cost_usd",
        ColumnType::Money,
        "Part of cost_usd for everything else.",
    ),
    Column::optional(
        "list_cost_usd",
        ColumnType::Money,
        "Cost at list prices, before what was negotiated.",
    ),
    Column::optional(
        "contracted_cost_usd",
        ColumnType::Money,
        "Cost at negotiated prices, as if no capacity had been bought.",
    ),
    Column::required(
        "price_status",
        ColumnType::Label,
        "priced, unpriced (no book knows the model), unmetered (no usage) or invalid_usage.",
    ),
    Column::optional(
        "price_match",
        ColumnType::Label,
        "exact, or assumed: the book had no rate for the region or tier and took the default.",
    ),
    Column::required(
        "price_book",
        ColumnType::Label,
        "Content hash of the price book that was applied.",
    ),
    Column::optional(
        "price_entry",
        ColumnType::Label,
        "The entry of the book that priced the call.",
    ),
];

/// Whether and how an event was priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PriceStatus {
    /// The cost is known.
    Priced,
    /// No price book knows the model; the cost is null and can be set later.
    Unpriced,
    /// The event carries no usage (an error, or a stream that was cut); the cost is null.
    Unmetered,
    /// The counters contradict each other or overflow; the cost is null.
    InvalidUsage,
}

impl PriceStatus {
    /// All of them, in the order of their discriminants.
    pub const ALL: [Self; 4] = [
        Self::Priced,
        Self::Unpriced,
        Self::Unmetered,
        Self::InvalidUsage,
    ];

    /// The text in `price_status`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Priced => "priced",
            Self::Unpriced => "unpriced",
            Self::Unmetered => "unmetered",
            Self::InvalidUsage => "invalid_usage",
        }
    }
}

/// The schema of priced events: the event's columns, its position, then [`PRICE_COLUMNS`].
#[must_use]
pub fn priced_schema() -> SchemaRef {
    static SCHEMA: OnceLock<SchemaRef> = OnceLock::new();
    Arc::clone(SCHEMA.get_or_init(|| batch_schema(priced_columns())))
}

/// The names of the columns of [`priced_schema`], in its order.
pub fn priced_column_names() -> impl Iterator<Item = &'static str> {
    priced_columns().map(|column| column.name)
}

/// The columns of [`priced_schema`].
pub(crate) fn priced_columns() -> impl Iterator<Item = &'static Column> {
    EVENT_COLUMNS
        .iter()
        .chain(POSITION_COLUMNS)
        .chain(PRICE_COLUMNS)
}
