//! The statistics by which readers skip files: from a Parquet footer to Delta's JSON.

use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::statistics::Statistics;
use schemas::table::Table;
use schemas::time::{US_PER_MS, format_rfc3339};
use serde_json::{Map, Value, json};

use crate::table_definition::statistics_columns;

/// The range of one column in one file.
#[derive(Debug, Clone, PartialEq)]
enum Range {
    Number(i64, i64),
    /// Microseconds since the Unix epoch.
    Time(i64, i64),
    Text(String, String),
}

/// The statistics of a file, as the log keeps them.
///
/// # Shape
/// `numRecords`, and for each of the table's statistics columns `nullCount`, `minValues`,
/// `maxValues` where the footer says them for every row group.
/// # Units
/// Times are milliseconds: a minimum is rounded down, a maximum up.
pub(crate) fn delta_statistics(table: Table, metadata: &ParquetMetaData) -> String {
    let mut minima = Map::new();
    let mut maxima = Map::new();
    let mut nulls = Map::new();
    for name in statistics_columns(table) {
        let chunks = metadata.row_groups().iter().map(|group| {
            let mut columns = group.columns().iter();
            columns.find(|chunk| {
                chunk
                    .column_path()
                    .parts()
                    .first()
                    .is_some_and(|part| part == name)
            })
        });
        let Some(chunks) = chunks.collect::<Option<Vec<&ColumnChunkMetaData>>>() else {
            continue;
        };
        let Some(null_count) = null_count(&chunks) else {
            continue;
        };
        nulls.insert((*name).to_owned(), json!(null_count));
        if let Some((minimum, maximum)) = range(&chunks).and_then(range_json) {
            minima.insert((*name).to_owned(), minimum);
            maxima.insert((*name).to_owned(), maximum);
        }
    }
    json!({
        "numRecords": metadata.file_metadata().num_rows(),
        "minValues": minima,
        "maxValues": maxima,
        "nullCount": nulls,
    })
    .to_string()
}

fn null_count(chunks: &[&ColumnChunkMetaData]) -> Option<u64> {
    let counts = chunks
        .iter()
        .map(|chunk| chunk.statistics()?.null_count_opt());
    counts.sum()
}

/// The range over all row groups; `None` if one of them does not say, or all values are null.
fn range(chunks: &[&ColumnChunkMetaData]) -> Option<Range> {
    let mut whole: Option<Range> = None;
    for chunk in chunks {
        let statistics = chunk.statistics()?;
        let rows = u64::try_from(chunk.num_values()).ok()?;
        if statistics.null_count_opt() == Some(rows) {
            continue;
        }
        let part = chunk_range(chunk, statistics)?;
        whole = Some(match whole {
            None => part,
            Some(so_far) => so_far.union(part)?,
        });
    }
    whole
}

fn chunk_range(chunk: &ColumnChunkMetaData, statistics: &Statistics) -> Option<Range> {
    let is_time = chunk
        .column_descr()
        .logical_type_ref()
        .is_some_and(|logical| matches!(logical, parquet::basic::LogicalType::Timestamp(_)));
    match statistics {
        Statistics::Int64(values) if is_time => {
            Some(Range::Time(*values.min_opt()?, *values.max_opt()?))
        }
        Statistics::Int64(values) => Some(Range::Number(*values.min_opt()?, *values.max_opt()?)),
        Statistics::Int32(values) => Some(Range::Number(
            i64::from(*values.min_opt()?),
            i64::from(*values.max_opt()?),
        )),
        // A bound that was cut is still a bound: the maximum's last kept character is raised.
        Statistics::ByteArray(_) => Some(Range::Text(
            text(statistics.min_bytes_opt()?)?,
            text(statistics.max_bytes_opt()?)?,
        )),
        _ => None,
    }
}

fn text(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

impl Range {
    fn union(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Number(a, b), Self::Number(c, d)) => Some(Self::Number(a.min(c), b.max(d))),
            (Self::Time(a, b), Self::Time(c, d)) => Some(Self::Time(a.min(c), b.max(d))),
            (Self::Text(a, b), Self::Text(c, d)) => Some(Self::Text(a.min(c), b.max(d))),
            _ => None,
        }
    }
}

fn range_json(range: Range) -> Option<(Value, Value)> {
    match range {
        Range::Number(minimum, maximum) => Some((json!(minimum), json!(maximum))),
        Range::Text(minimum, maximum) => Some((json!(minimum), json!(maximum))),
        Range::Time(minimum, maximum) => {
            let floor_ms = minimum.div_euclid(US_PER_MS);
            let ceiling_ms = maximum.checked_add(US_PER_MS - 1)?.div_euclid(US_PER_MS);
            Some((time_json(floor_ms)?, time_json(ceiling_ms)?))
        }
    }
}

/// `None` for an instant that RFC 3339 cannot say.
fn time_json(time_ms: i64) -> Option<Value> {
    let text = format_rfc3339(time_ms.checked_mul(US_PER_MS)?);
    let in_ms = text.strip_suffix("000Z")?;
    // Four digits of year: other forms are read by nobody.
    (in_ms.len() == "2026-11-23T00:00:00.000".len()).then(|| json!(format!("{in_ms}Z")))
}

#[cfg(test)]
mod tests;
