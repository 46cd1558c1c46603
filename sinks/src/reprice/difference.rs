//! What a reprice changes, in rows and money, by model and by tenant.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::Decimal128Type;
use schemas::money::PicoUsd;
use schemas::priced::PriceStatus;

use crate::encode::typed_column;
use crate::error::SinkError;

/// Rows and costs of one model, one tenant, or all.
///
/// # Units
/// Costs: 10^-12 US dollars; a call without a cost adds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RepriceAmounts {
    /// Calls of the span that were looked at.
    pub rows: u64,
    /// Those whose cost or status changes.
    pub rows_changed: u64,
    /// Those without a known price, before.
    pub old_unpriced: u64,
    /// The same after.
    pub new_unpriced: u64,
    /// What all calls looked at cost before.
    pub old_cost: PicoUsd,
    /// The same after.
    pub new_cost: PicoUsd,
}

/// What a reprice changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RepriceDifference {
    /// All calls of the span.
    pub total: RepriceAmounts,
    /// Rows that are written anew: those of [`RepriceAmounts::rows_changed`], and those that cost
    /// what they did but name another book or entry now.
    pub rows_rewritten: u64,
    /// Those whose cost or status changes, by provider and model.
    pub by_model: BTreeMap<(String, String), RepriceAmounts>,
    /// The same by tenant.
    pub by_tenant: BTreeMap<String, RepriceAmounts>,
}

impl RepriceAmounts {
    /// What the calls cost more than before.
    #[must_use]
    pub const fn difference(&self) -> PicoUsd {
        PicoUsd(self.new_cost.0 - self.old_cost.0)
    }

    const fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.rows_changed += other.rows_changed;
        self.old_unpriced += other.old_unpriced;
        self.new_unpriced += other.new_unpriced;
        self.old_cost.0 += other.old_cost.0;
        self.new_cost.0 += other.new_cost.0;
    }
}

impl RepriceDifference {
    /// Adds what another part of the span changes.
    pub(super) fn add(&mut self, other: &Self) {
        self.total.add(&other.total);
        self.rows_rewritten += other.rows_rewritten;
        for (key, amounts) in &other.by_model {
            self.by_model.entry(key.clone()).or_default().add(amounts);
        }
        for (key, amounts) in &other.by_tenant {
            self.by_tenant.entry(key.clone()).or_default().add(amounts);
        }
    }

    /// Adds rows, before and after.
    ///
    /// # Shape
    /// `old`, `new`: the same rows with the columns of the table's files; `changed`: whether a
    /// row's cost or status differs.
    pub(super) fn add_rows(
        &mut self,
        old: &RecordBatch,
        new: &RecordBatch,
        changed: &BooleanArray,
    ) -> Result<(), SinkError> {
        let [providers, models, tenants] =
            ["provider", "model", "tenant"].map(|name| text_column(old, name));
        let (providers, models, tenants) = (providers?, models?, tenants?);
        let old_costs = typed_column::<Decimal128Type>(old, "cost_usd")?;
        let new_costs = typed_column::<Decimal128Type>(new, "cost_usd")?;
        let old_statuses = text_column(old, "price_status")?;
        let new_statuses = text_column(new, "price_status")?;
        let is_unpriced = |statuses: &StringArray, row: usize| {
            u64::from(statuses.value(row) == PriceStatus::Unpriced.as_str())
        };
        // Few models and tenants follow on each other in any order: look each up once a batch.
        let mut by_model: BTreeMap<(&str, &str), RepriceAmounts> = BTreeMap::new();
        let mut by_tenant: BTreeMap<&str, RepriceAmounts> = BTreeMap::new();
        for row in 0..old.num_rows() {
            let amounts = RepriceAmounts {
                rows: 1,
                rows_changed: u64::from(changed.value(row)),
                old_unpriced: is_unpriced(old_statuses, row),
                new_unpriced: is_unpriced(new_statuses, row),
                old_cost: PicoUsd(cost_of(old_costs, row)),
                new_cost: PicoUsd(cost_of(new_costs, row)),
            };
            self.total.add(&amounts);
            if changed.value(row) {
                let model = (providers.value(row), models.value(row));
                by_model.entry(model).or_default().add(&amounts);
                let tenant = tenants.value(row);
                by_tenant.entry(tenant).or_default().add(&amounts);
            }
        }
        for ((provider, model), amounts) in by_model {
            let key = (provider.to_owned(), model.to_owned());
            self.by_model.entry(key).or_default().add(&amounts);
        }
        for (tenant, amounts) in by_tenant {
            let key = tenant.to_owned();
            self.by_tenant.entry(key).or_default().add(&amounts);
        }
        Ok(())
    }
}

fn cost_of(costs: &arrow::array::Decimal128Array, row: usize) -> i128 {
    if costs.is_valid(row) {
        costs.value(row)
    } else {
        0
    }
}

/// A column of plain texts.
pub(super) fn text_column<'a>(
    rows: &'a RecordBatch,
    name: &str,
) -> Result<&'a StringArray, SinkError> {
    rows.column_by_name(name)
        .and_then(|column| column.as_string_opt::<i32>())
        .ok_or_else(|| SinkError::Accounting {
            detail: format!("rows have no column {name} of texts"),
        })
}
