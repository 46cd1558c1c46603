//! The lake's tables: names, columns, partitioning.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::alerts::alert_columns::ALERT_COLUMNS;
use crate::column::{Column, ColumnType, DESCRIPTION_KEY, table_schema};
use crate::priced::priced_columns;
use crate::reject::REJECT_COLUMNS;
use crate::window_rows::window_schema;

/// A table that tokenmeter writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// One row is one priced event.
    Events,
    /// One row is one additive part of one window of one rollup.
    CostWindows,
    /// One row is one message that is no valid event.
    Rejects,
    /// One row is one change of state of one alert.
    Alerts,
}

const TOPIC_COLUMN: Column = Column::required(
    "kafka_topic",
    ColumnType::Label,
    "Kafka topic, or file:NAME.",
);
const TOPIC_ID_COLUMN: Column = Column::required(
    "kafka_topic_id",
    ColumnType::Label,
    "Id of the topic: another one if a topic was deleted and made again; for a file a hash of its first line.",
);
const INGESTED_AT_COLUMN: Column = Column::required(
    "ingested_at",
    ColumnType::Time,
    "When the event was read (UTC).",
);

impl Table {
    /// All tables.
    pub const ALL: [Self; 4] = [Self::Events, Self::CostWindows, Self::Rejects, Self::Alerts];

    /// The table's name: its folder in the lake, its name in SQL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::CostWindows => "cost_windows",
            Self::Rejects => "rejects",
            Self::Alerts => "alerts",
        }
    }

    /// What one row is, for the table's own description.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Events => "One row is one priced model call.",
            Self::CostWindows => {
                "One row is one additive part of one cost window of one rollup: sum the measures."
            }
            Self::Rejects => "One row is one message that is no valid event.",
            Self::Alerts => "One row is one change of state of one alert.",
        }
    }

    /// The columns by whose values files are laid into folders, in order.
    #[must_use]
    pub const fn partition_columns(self) -> &'static [&'static str] {
        match self {
            Self::CostWindows => &["rollup", "date"],
            Self::Events | Self::Rejects | Self::Alerts => &["date"],
        }
    }

    /// The schema of the table's Parquet files, which leave the partition columns out.
    #[must_use]
    pub fn file_schema(self) -> SchemaRef {
        match self {
            Self::Events => table_schema(priced_columns().chain([
                &TOPIC_COLUMN,
                &TOPIC_ID_COLUMN,
                &INGESTED_AT_COLUMN,
            ])),
            Self::CostWindows => window_schema(),
            Self::Rejects => table_schema(REJECT_COLUMNS),
            Self::Alerts => table_schema(ALERT_COLUMNS),
        }
    }

    /// The table's whole schema: the partition columns, then those of its files.
    #[must_use]
    pub fn schema(self) -> SchemaRef {
        let partition_fields = self
            .partition_columns()
            .iter()
            .map(|&name| Arc::new(partition_field(self, name)));
        let file_schema = self.file_schema();
        let fields = partition_fields.chain(file_schema.fields().iter().cloned());
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }
}

fn partition_field(table: Table, name: &str) -> Field {
    let (data_type, description) = match (table, name) {
        (_, "rollup") => (DataType::Utf8, "Name of the rollup."),
        (Table::Events, _) => (DataType::Date32, "UTC day of event_time."),
        (Table::CostWindows, _) => (DataType::Date32, "UTC day of window_start."),
        (Table::Rejects, _) => (DataType::Date32, "UTC day of the Kafka record's time."),
        (Table::Alerts, _) => (DataType::Date32, "UTC day of changed_at."),
    };
    let comment = [(DESCRIPTION_KEY.to_owned(), description.to_owned())];
    Field::new(name, data_type, false).with_metadata(comment.into())
}
