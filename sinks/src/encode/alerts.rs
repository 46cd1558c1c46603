//! Changes of alerts to the files of table `alerts`, one file a day.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use schemas::alerts::alert::{AlertChange, Contributor};
use schemas::money::{MONEY_PRECISION, MONEY_SCALE};
use schemas::table::Table;
use schemas::time::{date_of_us, format_date};
use serde_json::{Value, json};

use super::EncodedFile;
use super::events::file_id;
use super::file_writer::{FileFormat, FileWriter};
use super::text_map::text_map_column;
use crate::error::SinkError;

/// Encodes changes, of which the first is number `first`.
///
/// # Units
/// `at_us`: when, for the file names; microseconds since the Unix epoch.
pub(crate) fn encode_alerts(
    format: &FileFormat,
    first: i64,
    changes: &[AlertChange],
    at_us: i64,
) -> Result<Vec<EncodedFile>, SinkError> {
    let mut by_date: BTreeMap<i32, Vec<(i64, &AlertChange)>> = BTreeMap::new();
    for (number, change) in (first..).zip(changes) {
        let date = date_of_us(change.changed_at_us);
        by_date.entry(date).or_default().push((number, change));
    }
    let files = by_date.into_iter().map(|(date, changes)| {
        let values = vec![("date", format_date(date))];
        let mut writer = FileWriter::new(format, values, file_id(at_us))?;
        writer.write(&batch(&changes)?)?;
        writer.finish()
    });
    files.collect()
}

/// The rows of `alerts`, in the order of its columns.
fn batch(changes: &[(i64, &AlertChange)]) -> Result<RecordBatch, SinkError> {
    let texts = |text: fn(&AlertChange) -> &str| -> ArrayRef {
        let texts = changes.iter().map(|(_, change)| text(change));
        Arc::new(StringArray::from_iter_values(texts))
    };
    let times = |time: fn(&AlertChange) -> Option<i64>| -> ArrayRef {
        let times = changes.iter().map(|(_, change)| time(change));
        let times = times.collect::<TimestampMicrosecondArray>();
        Arc::new(times.with_timezone("UTC"))
    };
    let decimals = |pico: fn(&AlertChange) -> Option<i128>| -> Result<ArrayRef, SinkError> {
        let values = changes.iter().map(|(_, change)| pico(change));
        let values = values.collect::<Decimal128Array>();
        let values = values.with_precision_and_scale(MONEY_PRECISION, MONEY_SCALE);
        Ok(Arc::new(
            values.map_err(SinkError::arrow("lay out amounts"))?,
        ))
    };
    let schema = Table::Alerts.file_schema();
    let maps = |column, map: fn(&AlertChange) -> &BTreeMap<String, String>| {
        let rows = changes.iter().map(|(_, change)| named(map(change)));
        text_map_column(&schema, column, rows)
    };
    let numbers = changes.iter().map(|(number, _)| *number);
    let change_numbers = changes
        .iter()
        .map(|(_, change)| i64::from(change.change_number));
    let contributors = changes
        .iter()
        .map(|(_, change)| contributors_json(&change.contributors));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(numbers)),
        texts(|change| &change.alert_id),
        Arc::new(Int64Array::from_iter_values(change_numbers)),
        texts(|change| &change.rule_group),
        texts(|change| &change.rule),
        maps("labels", |change| &change.labels)?,
        maps("annotations", |change| &change.annotations)?,
        texts(|change| change.state.as_str()),
        texts(|change| &change.step),
        decimals(|change| Some(change.value.pico))?,
        decimals(|change| change.threshold.map(|amount| amount.pico))?,
        decimals(|change| change.baseline.map(|amount| amount.pico))?,
        texts(|change| change.value.unit.as_str()),
        decimals(|change| change.over_usd.map(|usd| usd.0))?,
        times(|change| Some(change.started_at_us)),
        times(|change| change.fired_at_us),
        times(|change| change.resolved_at_us),
        times(|change| change.projected_at_us),
        times(|change| Some(change.changed_at_us)),
        Arc::new(StringArray::from_iter_values(contributors)),
    ];
    RecordBatch::try_new(schema, columns).map_err(SinkError::arrow("lay out alerts"))
}

fn named(texts: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    let pairs = texts.iter();
    pairs.map(|(name, text)| (name.as_str(), text.as_str()))
}

/// Money and shares as texts, so that no reader makes floats of them.
fn contributors_json(contributors: &[Contributor]) -> String {
    let of = |one: &Contributor| {
        json!({
            "dimension": one.dimension,
            "value": one.value,
            "cost_usd": one.cost_usd.to_string(),
            "calls": one.calls,
            "share_permille": one.share_permille,
        })
    };
    Value::Array(contributors.iter().map(of).collect()).to_string()
}
