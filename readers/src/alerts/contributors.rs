//! Who made most of what broke a rule: which user, which model, which workflow.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::prelude::{Expr, col, lit};
use datafusion::scalar::ScalarValue;
use futures::TryStreamExt;
use schemas::alerts::alert::{AlertChange, Contributor};
use schemas::money::{PicoUsd, money_type};
use schemas::rollup::Dimension;
use schemas::table::Table;
use schemas::time::{S_PER_DAY, US_PER_S, date_of_us};

use crate::error::ReaderError;
use crate::lake::LakeReader;
use crate::query::query_error;
use crate::row_columns::column_as;
use crate::tables::TextType;

/// The dimensions that name causes.
const CAUSES: [Dimension; 4] = [
    Dimension::UserId,
    Dimension::Model,
    Dimension::Workflow,
    Dimension::Feature,
];
/// Values told of each dimension.
const VALUES_MAX: usize = 3;
/// A smaller part of the cost names no cause.
const SHARE_PERMILLE_MIN: u32 = 50;
/// So far back events are looked at, at most.
const LOOK_BACK_US: i64 = 3_600 * US_PER_S;
/// An event of a window may come before the window is found to be broken, so long.
const BEFORE_US: i64 = 300 * US_PER_S;

impl LakeReader {
    /// Who made most of the cost of an alert's key, from the events from five minutes before its
    /// start on, an hour at most: of each dimension that the key leaves open and that some calls name
    /// the three dearest values with a twentieth of the cost or more.
    ///
    /// # Errors
    /// What opening and reading `events` gives.
    pub async fn contributors(
        &self,
        change: &AlertChange,
    ) -> Result<Vec<Contributor>, ReaderError> {
        let open = self.open_table(Table::Events, TextType::Plain).await?;
        let Some(open) = open else {
            return Ok(Vec::new());
        };
        let from_us = (change.started_at_us - BEFORE_US).max(change.changed_at_us - LOOK_BACK_US);
        let fixed = Dimension::ALL
            .into_iter()
            .filter_map(|dimension| Some((dimension, change.labels.get(dimension.column())?)));
        let filter = fixed.fold(since(from_us), |filter, (dimension, value)| {
            filter.and(col(dimension.column()).eq(lit(value.as_str())))
        });
        let is_open = |dimension: &Dimension| !change.labels.contains_key(dimension.column());
        let causes: Vec<Dimension> = CAUSES.into_iter().filter(is_open).collect();
        let keys: Vec<Expr> = causes.iter().map(|cause| col(cause.column())).collect();
        let sums = vec![
            sum(col("cost_usd")).alias("cost_usd"),
            count(lit(1_i64)).alias("calls"),
        ];
        let context = self.context(TextType::Plain);
        let rows = async {
            context
                .read_table(open.provider)?
                .filter(filter)?
                .aggregate(keys, sums)?
                .execute_stream()
                .await
        };
        let mut rows = rows.await.map_err(query_error)?;
        let mut tally = Tally::new(causes.len());
        while let Some(batch) = rows.try_next().await.map_err(query_error)? {
            tally.add(&batch, &causes)?;
        }
        Ok(tally.dearest(&causes))
    }
}

fn since(from_us: i64) -> Expr {
    let date = ScalarValue::Date32(Some(date_of_us(from_us - S_PER_DAY)));
    let instant = ScalarValue::TimestampMicrosecond(Some(from_us), Some(Arc::from("UTC")));
    let days = col("date").gt_eq(lit(date));
    days.and(col("event_time").gt_eq(lit(instant)))
}

/// Cost and calls by cause.
#[derive(Debug)]
struct Tally {
    total: i128,
    by_value: Vec<BTreeMap<String, (i128, i64)>>,
}

impl Tally {
    fn new(causes: usize) -> Self {
        Self {
            total: 0,
            by_value: vec![BTreeMap::new(); causes],
        }
    }

    fn add(&mut self, rows: &RecordBatch, causes: &[Dimension]) -> Result<(), ReaderError> {
        let column = |name, data_type: &DataType| column_as(rows, Table::Events, name, data_type);
        let costs = column("cost_usd", &money_type())?;
        let costs = costs.as_primitive::<Decimal128Type>();
        let calls = column("calls", &DataType::Int64)?;
        let calls = calls.as_primitive::<Int64Type>();
        let cost_of = |row: usize| {
            if costs.is_valid(row) {
                costs.value(row)
            } else {
                0
            }
        };
        self.total += (0..rows.num_rows()).map(cost_of).sum::<i128>();
        for (cause, by_value) in causes.iter().zip(&mut self.by_value) {
            let texts = column(cause.column(), &DataType::Utf8)?;
            let texts = texts.as_string::<i32>();
            let text_of = |row: usize| texts.is_valid(row).then(|| texts.value(row));
            for row in 0..rows.num_rows() {
                let text = text_of(row).unwrap_or_default();
                let of_value = by_value.entry(text.to_owned()).or_default();
                of_value.0 += cost_of(row);
                of_value.1 += calls.value(row);
            }
        }
        Ok(())
    }

    fn dearest(self, causes: &[Dimension]) -> Vec<Contributor> {
        let mut all = Vec::new();
        for (cause, by_value) in causes.iter().zip(self.by_value) {
            if by_value.keys().all(String::is_empty) {
                // Calls that never name one say nothing by it.
                continue;
            }
            let mut values: Vec<(String, (i128, i64))> = by_value.into_iter().collect();
            values.sort_by_key(|(_, (cost, _))| std::cmp::Reverse(*cost));
            let told = values.into_iter().take(VALUES_MAX);
            all.extend(told.map(|(value, (cost, calls))| Contributor {
                dimension: cause.column().to_owned(),
                value,
                cost_usd: PicoUsd(cost),
                calls,
                share_permille: permille(cost, self.total),
            }));
        }
        all.retain(|one| one.share_permille >= SHARE_PERMILLE_MIN);
        all.sort_by_key(|one| std::cmp::Reverse(one.share_permille));
        all
    }
}

fn permille(part: i128, whole: i128) -> u32 {
    if whole <= 0 {
        return 0;
    }
    let share = part.checked_mul(1_000).map_or(0, |part| part / whole);
    u32::try_from(share.clamp(0, 1_000)).unwrap_or(0)
}
