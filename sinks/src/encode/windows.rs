//! Window rows to the files of table `cost_windows`, one file per rollup and day.

use arrow::array::RecordBatch;
use arrow::compute::take_record_batch;
use arrow::datatypes::TimestampMicrosecondType;
use schemas::time::format_date;
use schemas::window_rows::WindowRows;

use super::dates::{DateSplit, split};
use super::events::file_id;
use super::file_writer::{FileFormat, FileWriter};
use super::{EncodedFile, typed_column};
use crate::error::SinkError;

/// Encodes the windows of an epoch; several batches of one rollup are one file a day.
///
/// # Units
/// `at_us`: when, for the file names; microseconds since the Unix epoch.
pub(crate) fn encode_windows(
    format: &FileFormat,
    windows: &[WindowRows],
    at_us: i64,
) -> Result<Vec<EncodedFile>, SinkError> {
    let mut writers: Vec<((String, i32), FileWriter)> = Vec::new();
    for part in windows {
        for (date, rows) in by_date(&part.rows)? {
            let key = (part.rollup.clone(), date);
            let known = writers.iter_mut().find(|(other, _)| *other == key);
            if let Some((_, writer)) = known {
                writer.write(&rows)?;
                continue;
            }
            let values = vec![("rollup", part.rollup.clone()), ("date", format_date(date))];
            let mut writer = FileWriter::new(format, values, file_id(at_us))?;
            writer.write(&rows)?;
            writers.push((key, writer));
        }
    }
    writers
        .into_iter()
        .map(|(_, writer)| writer.finish())
        .collect()
}

fn by_date(rows: &RecordBatch) -> Result<Vec<(i32, RecordBatch)>, SinkError> {
    let starts = typed_column::<TimestampMicrosecondType>(rows, "window_start")?;
    match split(starts) {
        DateSplit::One(date) => Ok(vec![(date, rows.clone())]),
        DateSplit::Many(parts) => parts
            .into_iter()
            .map(|(date, indices)| {
                let part = take_record_batch(rows, &indices);
                let part = part.map_err(SinkError::arrow("split windows by day"))?;
                Ok((date, part))
            })
            .collect(),
    }
}
