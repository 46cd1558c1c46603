//! Additive parts of windows: rows that readers sum.

use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::column::{Column, ColumnType, table_schema};
use crate::measure::MEASURES;
use crate::rollup::Dimension;

/// The columns that name a window.
pub const WINDOW_COLUMNS: &[Column] = &[
    Column::required(
        "window_start",
        ColumnType::Time,
        "Start of the window (UTC), inclusive.",
    ),
    Column::required(
        "window_seconds",
        ColumnType::Count,
        "Width of the window, seconds.",
    ),
];

/// The columns of the dimensions, null where the rollup has none or the event named none.
#[must_use]
pub fn dimension_columns() -> Vec<Column> {
    let description = |dimension: Dimension| match dimension {
        Dimension::Tenant => "Customer or business unit; null if the rollup does not group by it.",
        Dimension::UserId => "End user; null if the rollup does not group by it.",
        Dimension::Feature => "Product feature; null if the rollup does not group by it.",
        Dimension::Workflow => "Business workflow; null if the rollup does not group by it.",
        Dimension::Provider => "Who was paid; null if the rollup does not group by it.",
        Dimension::Model => "The model that answered; null if the rollup does not group by it.",
        Dimension::RequestedModel => "The model asked for; null unless the rollup groups by it.",
        Dimension::Agent => "Agent; null unless the rollup groups by it.",
        Dimension::Region => "Region; null unless the rollup groups by it.",
        Dimension::Route => "Routing rule; null unless the rollup groups by it.",
        Dimension::ServiceTier => "Tier that served; null unless the rollup groups by it.",
        Dimension::Status => "Outcome of the calls; null unless the rollup groups by it.",
    };
    Dimension::ALL
        .into_iter()
        .map(|dimension| {
            Column::optional(dimension.column(), ColumnType::Text, description(dimension))
        })
        .collect()
}

/// The schema of [`WindowRows::rows`]: [`WINDOW_COLUMNS`], [`dimension_columns`], then the
/// columns of [`MEASURES`], in the lake's types.
#[must_use]
pub fn window_schema() -> SchemaRef {
    static SCHEMA: OnceLock<SchemaRef> = OnceLock::new();
    Arc::clone(SCHEMA.get_or_init(|| {
        let dimensions = dimension_columns();
        let measures = MEASURES.iter().map(|measure| &measure.column);
        table_schema(WINDOW_COLUMNS.iter().chain(&dimensions).chain(measures))
    }))
}

/// Additive parts of one rollup's windows.
///
/// # Shape
/// `rows`: one row of [`window_schema`] per window and combination of dimensions.
#[derive(Debug, Clone)]
pub struct WindowRows {
    /// The rollup's name.
    pub rollup: String,
    /// Its parts.
    pub rows: RecordBatch,
}
