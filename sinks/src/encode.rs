//! Rows to Parquet files in memory, with the statistics that the log keeps of each.

use arrow::array::{ArrowPrimitiveType, AsArray, PrimitiveArray, RecordBatch};
use bytes::Bytes;
use schemas::table::Table;
use schemas::time::US_PER_MS;

use crate::error::SinkError;
use crate::log_entry::{AddedFile, add_line};

pub(crate) mod alerts;
mod bits;
mod chunk;
mod column;
pub(crate) mod dates;
pub(crate) mod events;
pub(crate) mod file_writer;
mod levels;
pub(crate) mod rejects;
pub(crate) mod statistics;
mod text_map;
mod values;
pub(crate) mod windows;

/// The column of a name, if it has the type asked for.
pub(crate) fn typed_column<'a, T: ArrowPrimitiveType>(
    rows: &'a RecordBatch,
    name: &str,
) -> Result<&'a PrimitiveArray<T>, SinkError> {
    let column = rows.column_by_name(name);
    column
        .and_then(|column| column.as_primitive_opt::<T>())
        .ok_or_else(|| SinkError::Accounting {
            detail: format!("rows have no column {name} of type {}", T::DATA_TYPE),
        })
}

/// The values of the partition columns, in the table's order.
pub(crate) type PartitionValues = Vec<(&'static str, String)>;

/// A whole data file.
#[derive(Debug, Clone)]
pub(crate) struct EncodedFile {
    pub(crate) table: Table,
    /// Relative to the table.
    pub(crate) path: String,
    pub(crate) partition_values: PartitionValues,
    pub(crate) bytes: Bytes,
    pub(crate) rows: usize,
    /// The Delta statistics, a JSON object as text.
    pub(crate) statistics: String,
}

impl EncodedFile {
    /// The `add` action of the file.
    pub(crate) fn add_line(&self, modified_at_us: i64, data_change: bool) -> String {
        let values = self.partition_values.iter();
        add_line(&AddedFile {
            path: &self.path,
            partition_values: values
                .map(|(column, value)| (*column, Some(value.as_str())))
                .collect(),
            size: self.bytes.len() as u64,
            modified_ms: modified_at_us.div_euclid(US_PER_MS),
            data_change,
            stats: &self.statistics,
        })
    }
}
