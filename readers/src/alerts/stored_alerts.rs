//! Reads the changes of alerts back that the lake has.

use std::collections::BTreeMap;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Int64Array, MapArray, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Decimal128Type, Int64Type, TimestampMicrosecondType};
use datafusion::prelude::{Expr, col, lit};
use schemas::alerts::alert::{AlertChange, AlertState, Contributor};
use schemas::alerts::alert_columns::ALERT_COLUMNS;
use schemas::alerts::amount::{Amount, Unit};
use schemas::money::{PicoUsd, money_type};
use schemas::table::Table;
use schemas::time::timestamp_type;
use serde::Deserialize;

use crate::error::ReaderError;
use crate::lake::LakeReader;
use crate::row_columns::column_as;

/// A change with its number in the lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChange {
    /// Counts all changes of all alerts of the lake.
    pub number: i64,
    /// The change.
    pub change: AlertChange,
}

impl LakeReader {
    /// The newest change of each alert that is not resolved, or was changed at or behind an instant;
    /// in the order of their numbers. None if there is no table yet.
    ///
    /// # Units
    /// `changed_from_us`: microseconds since the Unix epoch.
    ///
    /// # Errors
    /// What opening and reading the table gives.
    pub async fn standing_alerts(
        &self,
        changed_from_us: i64,
    ) -> Result<Vec<StoredChange>, ReaderError> {
        let mut newest: BTreeMap<String, StoredChange> = BTreeMap::new();
        self.each_change(lit(true), &mut |stored| {
            let known = newest.get(&stored.change.alert_id);
            if known.is_none_or(|known| known.number < stored.number) {
                newest.insert(stored.change.alert_id.clone(), stored);
            }
        })
        .await?;
        let mut standing: Vec<StoredChange> = newest
            .into_values()
            .filter(|stored| {
                stored.change.state != AlertState::Resolved
                    || stored.change.changed_at_us >= changed_from_us
            })
            .collect();
        standing.sort_by_key(|stored| stored.number);
        Ok(standing)
    }

    /// The changes from a number on, in order.
    ///
    /// # Errors
    /// What opening and reading the table gives.
    pub async fn alert_changes_from(&self, number: i64) -> Result<Vec<StoredChange>, ReaderError> {
        let mut changes = Vec::new();
        self.each_change(col("number").gt_eq(lit(number)), &mut |stored| {
            changes.push(stored);
        })
        .await?;
        changes.sort_by_key(|stored| stored.number);
        Ok(changes)
    }

    async fn each_change(
        &self,
        filter: Expr,
        each: &mut (dyn FnMut(StoredChange) + Send),
    ) -> Result<(), ReaderError> {
        let columns: Vec<&str> = ALERT_COLUMNS.iter().map(|column| column.name).collect();
        self.scan(Table::Alerts, filter, &columns, &mut |rows| {
            let rows = AlertRows::of(&rows)?;
            for row in 0..rows.numbers.len() {
                each(rows.change(row)?);
            }
            Ok(())
        })
        .await
    }
}

struct AlertRows {
    numbers: Int64Array,
    change_numbers: Int64Array,
    texts: BTreeMap<&'static str, StringArray>,
    times: BTreeMap<&'static str, TimestampMicrosecondArray>,
    decimals: BTreeMap<&'static str, Decimal128Array>,
    labels: ArrayRef,
    annotations: ArrayRef,
}

impl AlertRows {
    fn of(rows: &RecordBatch) -> Result<Self, ReaderError> {
        let column = |name, data_type: &DataType| column_as(rows, Table::Alerts, name, data_type);
        let counts = |name| {
            let counts = column(name, &DataType::Int64)?;
            Ok::<_, ReaderError>(counts.as_primitive::<Int64Type>().clone())
        };
        let (mut texts, mut times, mut decimals) =
            (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for known in ALERT_COLUMNS {
            let name = known.name;
            let data_type = known.column_type.table_type();
            if data_type == DataType::Utf8 {
                let found = column(name, &data_type)?;
                texts.insert(name, found.as_string::<i32>().clone());
            } else if data_type == timestamp_type() {
                let found = column(name, &data_type)?;
                let found = found.as_primitive::<TimestampMicrosecondType>();
                times.insert(name, found.clone());
            } else if data_type == money_type() {
                let found = column(name, &data_type)?;
                decimals.insert(name, found.as_primitive::<Decimal128Type>().clone());
            }
        }
        let map = |name: &str| {
            let found = rows.column_by_name(name).cloned();
            found.ok_or_else(|| unfit(name, "it is missing"))
        };
        Ok(Self {
            numbers: counts("number")?,
            change_numbers: counts("change_number")?,
            texts,
            times,
            decimals,
            labels: map("labels")?,
            annotations: map("annotations")?,
        })
    }

    fn text(&self, name: &str, row: usize) -> &str {
        self.texts.get(name).map_or("", |texts| texts.value(row))
    }

    fn time_us(&self, name: &str, row: usize) -> Option<i64> {
        let times = self.times.get(name)?;
        times.is_valid(row).then(|| times.value(row))
    }

    fn pico(&self, name: &str, row: usize) -> Option<i128> {
        let decimals = self.decimals.get(name)?;
        decimals.is_valid(row).then(|| decimals.value(row))
    }

    fn change(&self, row: usize) -> Result<StoredChange, ReaderError> {
        let state = AlertState::from_name(self.text("state", row))
            .ok_or_else(|| unfit("state", "a state that is unknown"))?;
        let unit = unit_of(self.text("unit", row));
        let amount = |name: &str| self.pico(name, row).map(|pico| Amount { pico, unit });
        let change_number = u32::try_from(self.change_numbers.value(row));
        let change = AlertChange {
            alert_id: self.text("alert_id", row).to_owned(),
            change_number: change_number
                .map_err(|_| unfit("change_number", "a number out of range"))?,
            rule_group: self.text("rule_group", row).to_owned(),
            rule: self.text("rule", row).to_owned(),
            labels: text_map("labels", &self.labels, row)?,
            annotations: text_map("annotations", &self.annotations, row)?,
            state,
            step: self.text("step", row).to_owned(),
            value: amount("value").ok_or_else(|| unfit("value", "a null"))?,
            threshold: amount("threshold"),
            baseline: amount("baseline"),
            over_usd: self.pico("over_usd", row).map(PicoUsd),
            started_at_us: self.time_us("started_at", row).unwrap_or_default(),
            fired_at_us: self.time_us("fired_at", row),
            resolved_at_us: self.time_us("resolved_at", row),
            projected_at_us: self.time_us("projected_at", row),
            changed_at_us: self.time_us("changed_at", row).unwrap_or_default(),
            contributors: contributors(self.text("contributors", row))?,
        };
        Ok(StoredChange {
            number: self.numbers.value(row),
            change,
        })
    }
}

fn unfit(column: &str, detail: &str) -> ReaderError {
    ReaderError::Column {
        table: Table::Alerts.name(),
        column: column.to_owned(),
        detail: detail.to_owned(),
    }
}

fn unit_of(name: &str) -> Unit {
    const UNITS: [Unit; 9] = [
        Unit::Usd,
        Unit::Tokens,
        Unit::Calls,
        Unit::UsdPerCall,
        Unit::UsdPerToken,
        Unit::TokensPerCall,
        Unit::UsdPerUser,
        Unit::Share,
        Unit::Days,
    ];
    let known = UNITS.into_iter().find(|unit| unit.as_str() == name);
    known.unwrap_or(Unit::Plain)
}

fn text_map(
    name: &str,
    column: &ArrayRef,
    row: usize,
) -> Result<BTreeMap<String, String>, ReaderError> {
    let maps: &MapArray = column.as_map_opt().ok_or_else(|| unfit(name, "no map"))?;
    if maps.is_null(row) {
        return Ok(BTreeMap::new());
    }
    let entries = maps.value(row);
    let texts = |at: usize| {
        let texts = arrow::compute::cast(entries.column(at), &DataType::Utf8);
        texts.map_err(|error| unfit(name, &error.to_string()))
    };
    let (keys, values) = (texts(0)?, texts(1)?);
    let (keys, values) = (keys.as_string::<i32>(), values.as_string::<i32>());
    let pairs = (0..keys.len()).map(|at| (keys.value(at).to_owned(), values.value(at).to_owned()));
    Ok(pairs.collect())
}

#[derive(Deserialize)]
struct ContributorJson {
    dimension: String,
    value: String,
    cost_usd: String,
    calls: i64,
    share_permille: u32,
}

fn contributors(text: &str) -> Result<Vec<Contributor>, ReaderError> {
    let failed = |detail: &str| unfit("contributors", detail);
    let listed: Vec<ContributorJson> =
        serde_json::from_str(text).map_err(|error| failed(&error.to_string()))?;
    let contributor = |one: ContributorJson| {
        Ok(Contributor {
            cost_usd: one.cost_usd.parse().map_err(|_| failed("no money"))?,
            dimension: one.dimension,
            value: one.value,
            calls: one.calls,
            share_permille: one.share_permille,
        })
    };
    listed.into_iter().map(contributor).collect()
}
