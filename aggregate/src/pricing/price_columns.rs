//! The columns that pricing adds to a batch.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, DictionaryArray, Int32Array, StringArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::Int32Type;
use arrow::error::ArrowError;
use schemas::money::money_type;
use schemas::price_book::{CallCosts, Cost, PriceMatch};
use schemas::priced::PriceStatus;

use crate::pricing::entry_cache::Force;
use crate::pricing::entry_names::APP_CACHE_KEY;

const STATUSES: usize = PriceStatus::ALL.len();

/// What pricing says of one event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer {
    status: PriceStatus,
    /// Zero unless the event was priced, like the two keys.
    costs: CallCosts,
    match_key: i32,
    entry_key: i32,
}

impl Answer {
    /// The app's own cache answered, and nothing was paid.
    pub(super) const APP_CACHE: Self = Self {
        status: PriceStatus::Priced,
        costs: CallCosts::same(Cost::ZERO),
        match_key: match_key(PriceMatch::Exact),
        entry_key: APP_CACHE_KEY,
    };

    /// The cost is known.
    #[inline]
    pub(super) const fn priced(costs: CallCosts, force: &Force) -> Self {
        Self {
            status: PriceStatus::Priced,
            costs,
            match_key: match_key(force.in_force.price_match),
            entry_key: force.name_key,
        }
    }

    /// The cost is not known, for this reason.
    pub(super) const fn without_cost(status: PriceStatus) -> Self {
        Self {
            status,
            costs: CallCosts::same(Cost::ZERO),
            match_key: 0,
            entry_key: 0,
        }
    }
}

/// The key of a match in the column's dictionary, [`PriceMatch::ALL`].
const fn match_key(price_match: PriceMatch) -> i32 {
    price_match as i32
}

/// Prices of a row beside what is paid, 10^-12 dollars.
#[derive(Debug, Clone, Copy)]
struct Differing {
    row: usize,
    list: i128,
    contracted: i128,
}

/// The added columns while they are filled.
#[derive(Debug)]
pub(super) struct PriceColumns {
    cost: Vec<i128>,
    input: Vec<i128>,
    output: Vec<i128>,
    other: Vec<i128>,
    /// The rows whose list or contract price is another than what is paid.
    differing: Vec<Differing>,
    status_keys: Vec<i32>,
    match_keys: Vec<i32>,
    entry_keys: Vec<i32>,
    status_counts: [u64; STATUSES],
}

impl PriceColumns {
    pub(super) fn with_capacity(rows: usize) -> Self {
        Self {
            cost: Vec::with_capacity(rows),
            input: Vec::with_capacity(rows),
            output: Vec::with_capacity(rows),
            other: Vec::with_capacity(rows),
            differing: Vec::new(),
            status_keys: Vec::with_capacity(rows),
            match_keys: Vec::with_capacity(rows),
            entry_keys: Vec::with_capacity(rows),
            status_counts: [0; STATUSES],
        }
    }

    /// Adds the next row's answer.
    #[inline]
    pub(super) fn push(&mut self, answer: Answer) {
        let CallCosts {
            paid,
            list,
            contracted,
        } = answer.costs;
        let total = paid.total();
        if list != total || contracted != total {
            self.differing.push(Differing {
                row: self.cost.len(),
                list: list.0,
                contracted: contracted.0,
            });
        }
        self.cost.push(total.0);
        self.input.push(paid.input.0);
        self.output.push(paid.output.0);
        self.other.push(paid.other.0);
        self.status_keys.push(answer.status as i32);
        self.match_keys.push(answer.match_key);
        self.entry_keys.push(answer.entry_key);
        self.status_counts[answer.status as usize] += 1;
    }

    /// How many rows have which status, in the order of [`PriceStatus::ALL`].
    pub(super) const fn status_counts(&self) -> [u64; STATUSES] {
        self.status_counts
    }

    /// The columns in the order of [`schemas::priced::PRICE_COLUMNS`].
    ///
    /// # Errors
    /// If Arrow refuses one of them.
    pub(super) fn finish(self, book: &str, entries: ArrayRef) -> Result<Vec<ArrayRef>, ArrowError> {
        let rows = self.cost.len();
        let priced_key = PriceStatus::Priced as i32;
        let all_priced = self.status_counts[PriceStatus::Priced as usize] == rows as u64;
        // Without any null the readers of these columns need not look for one.
        let nulls = (!all_priced).then(|| {
            let is_priced = self.status_keys.iter().map(|&key| key == priced_key);
            NullBuffer::from_iter(is_priced)
        });
        let money = |values: Vec<i128>| -> ArrayRef {
            let array = Decimal128Array::new(values.into(), nulls.clone());
            Arc::new(array.with_data_type(money_type()))
        };
        // Where nothing was negotiated the three prices are one column.
        let beside = |values: fn(&Differing) -> i128| {
            let is_other = |row: &&Differing| values(row) != self.cost[row.row];
            let mut differing = self.differing.iter().filter(is_other).peekable();
            differing.peek()?;
            let mut column = self.cost.clone();
            for row in differing {
                column[row.row] = values(row);
            }
            Some(money(column))
        };
        let list = beside(|row| row.list);
        let contracted = beside(|row| row.contracted);
        let cost = money(self.cost);
        let match_keys = Int32Array::new(self.match_keys.into(), nulls.clone());
        let entry_keys = Int32Array::new(self.entry_keys.into(), nulls.clone());
        Ok(vec![
            Arc::clone(&cost),
            money(self.input),
            money(self.output),
            money(self.other),
            list.unwrap_or_else(|| Arc::clone(&cost)),
            contracted.unwrap_or(cost),
            label(
                Int32Array::from(self.status_keys),
                texts(PriceStatus::ALL.map(PriceStatus::as_str)),
            )?,
            label(match_keys, texts(PriceMatch::ALL.map(PriceMatch::as_str)))?,
            label(Int32Array::from(vec![0; rows]), texts([book]))?,
            label(entry_keys, entries)?,
        ])
    }
}

fn texts<const N: usize>(texts: [&str; N]) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(texts))
}

fn label(keys: Int32Array, values: ArrayRef) -> Result<ArrayRef, ArrowError> {
    Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(
        keys, values,
    )?))
}
