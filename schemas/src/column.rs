//! What a column is: its name, its type in memory and in the lake, its description.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};

use crate::money::money_type;
use crate::time::timestamp_type;

/// Digits of a milliseconds column, and those behind its point.
pub const MILLISECONDS_TYPE: DataType = DataType::Decimal128(18, 3);
/// Digits of a sum of milliseconds, and those behind its point.
pub const MILLISECONDS_SUM_TYPE: DataType = DataType::Decimal128(38, 3);

/// The metadata key under which Delta keeps a column's description.
pub const DESCRIPTION_KEY: &str = "comment";

/// What kind of value a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// A text of which few values are distinct: a dictionary in memory, plain text in the lake.
    Label,
    /// A text of which most values are distinct.
    Text,
    /// Bytes as they came.
    Bytes,
    /// An instant: microseconds since the Unix epoch, UTC.
    Time,
    /// A whole number.
    Count,
    /// A small whole number, such as a partition.
    Integer,
    /// US dollars with 12 decimal places.
    Money,
    /// A quantity of a usage unit with 12 decimal places.
    Quantity,
    /// Milliseconds with 3 decimal places.
    Milliseconds,
    /// A sum of milliseconds with 3 decimal places.
    MillisecondsSum,
    /// Texts by name.
    TextMap,
    /// Quantities by the name of their usage unit.
    QuantityMap,
}

impl ColumnType {
    /// The Arrow type in the batches that stages hand on.
    #[must_use]
    pub fn batch_type(self) -> DataType {
        match self {
            Self::Label => {
                DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
            }
            other => other.table_type(),
        }
    }

    /// The Arrow type of the lake's Parquet files.
    #[must_use]
    pub fn table_type(self) -> DataType {
        match self {
            Self::Label | Self::Text => DataType::Utf8,
            Self::Bytes => DataType::Binary,
            Self::Time => timestamp_type(),
            Self::Count => DataType::Int64,
            Self::Integer => DataType::Int32,
            Self::Money | Self::Quantity => money_type(),
            Self::Milliseconds => MILLISECONDS_TYPE,
            Self::MillisecondsSum => MILLISECONDS_SUM_TYPE,
            Self::TextMap => map_type(DataType::Utf8),
            Self::QuantityMap => map_type(money_type()),
        }
    }
}

fn map_type(value: DataType) -> DataType {
    let entry = Fields::from(vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("value", value, false),
    ]);
    // The names are those that the Delta protocol's own readers expect in Parquet.
    DataType::Map(
        Arc::new(Field::new("key_value", DataType::Struct(entry), false)),
        false,
    )
}

/// One column of a batch or table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name, the same in memory and in the lake.
    pub name: &'static str,
    /// What it holds.
    pub column_type: ColumnType,
    /// Whether a row may lack it.
    pub nullable: bool,
    /// What it means, for the analyst who reads the table's schema.
    pub description: &'static str,
}

impl Column {
    /// A column that every row has.
    #[must_use]
    pub const fn required(
        name: &'static str,
        column_type: ColumnType,
        description: &'static str,
    ) -> Self {
        Self {
            name,
            column_type,
            nullable: false,
            description,
        }
    }

    /// A column that a row may lack.
    #[must_use]
    pub const fn optional(
        name: &'static str,
        column_type: ColumnType,
        description: &'static str,
    ) -> Self {
        Self {
            name,
            column_type,
            nullable: true,
            description,
        }
    }

    /// The Arrow field in the batches that stages hand on.
    #[must_use]
    pub fn batch_field(&self) -> Field {
        Field::new(self.name, self.column_type.batch_type(), self.nullable)
    }

    /// The Arrow field of the lake's files, with the description as metadata.
    #[must_use]
    pub fn table_field(&self) -> Field {
        let description = [(DESCRIPTION_KEY.to_owned(), self.description.to_owned())];
        Field::new(self.name, self.column_type.table_type(), self.nullable)
            .with_metadata(description.into())
    }
}

/// The schema of batches with these columns.
#[must_use]
pub fn batch_schema<'a>(columns: impl IntoIterator<Item = &'a Column>) -> SchemaRef {
    Arc::new(Schema::new(
        columns
            .into_iter()
            .map(Column::batch_field)
            .collect::<Vec<_>>(),
    ))
}

/// The schema of a table with these columns.
#[must_use]
pub fn table_schema<'a>(columns: impl IntoIterator<Item = &'a Column>) -> SchemaRef {
    Arc::new(Schema::new(
        columns
            .into_iter()
            .map(Column::table_field)
            .collect::<Vec<_>>(),
    ))
}
