//! What pricing says of one event, in the form in which programs read it.

use std::fmt::Display;

use aggregate::pricing::{Explanation, Pricer};
use anyhow::Context;
use arrow::array::{Array, AsArray, Decimal128Array, RecordBatch, StringArray};
use arrow::datatypes::{Decimal128Type, Int32Type};
use schemas::money::PicoUsd;
use schemas::price_book::{GpuTime, Leaf};
use schemas::priced::PriceStatus;
use schemas::reject::{Reject, RejectReason};
use schemas::usage_unit::{GPU_SECONDS, QUANTITY_ONE};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// The status of a line that is no valid event.
const REJECTED: &str = "rejected";

/// What pricing says of one event.
///
/// # Units
/// Costs: US dollars with 12 decimal places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Answer {
    /// `None` if the line tells none.
    pub(crate) event_id: Option<String>,
    /// As the column of the lake; or `rejected` if the line is no valid event.
    pub(crate) price_status: String,
    /// `None` if the call could not be priced.
    pub(crate) cost_usd: Option<String>,
    /// The cost before what was negotiated.
    pub(crate) list_cost_usd: Option<String>,
    /// The cost by contract, as if no capacity had been bought.
    pub(crate) contracted_cost_usd: Option<String>,
    /// Whether the book had a price for just this kind of request.
    pub(crate) price_match: Option<String>,
    /// Names the book, as the column of the lake does.
    pub(crate) price_book: String,
    /// The entry of the book that priced the call.
    pub(crate) price_entry: Option<String>,
    /// The parts of the charge, whose costs add up to the whole.
    pub(crate) leaves: Vec<LeafAnswer>,
    /// Why the line is no valid event, or its counters no valid usage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// The field or unit at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

/// One part of a charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct LeafAnswer {
    /// The unit whose rate was charged; `gpu_seconds` if GPU time is what is paid.
    pub(crate) unit: &'static str,
    /// How much of it.
    pub(crate) count: Count,
    /// The price of `per` units, US dollars, with every digit that the book has.
    pub(crate) rate: String,
    /// How many units the rate buys.
    pub(crate) per: u64,
    /// What the part costs, US dollars.
    pub(crate) cost_usd: String,
}

/// A quantity, 10^-12 of a unit: in JSON a number if it is whole, else the text of a decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) i128);

impl Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 % QUANTITY_ONE == 0 {
            return write!(f, "{}", self.0 / QUANTITY_ONE);
        }
        // A quantity has the decimal places of money.
        f.write_str(PicoUsd(self.0).to_string().trim_end_matches('0'))
    }
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % QUANTITY_ONE == 0 {
            serializer.serialize_i128(self.0 / QUANTITY_ONE)
        } else {
            serializer.collect_str(self)
        }
    }
}

impl LeafAnswer {
    fn of(leaf: &Leaf) -> Self {
        Self {
            unit: leaf.unit.name(),
            count: Count(leaf.quantity),
            rate: leaf.dollars(),
            per: leaf.per,
            cost_usd: leaf.cost.to_string(),
        }
    }

    fn of_gpu_time(time: &GpuTime) -> Self {
        Self {
            unit: GPU_SECONDS,
            count: Count(time.quantity),
            rate: time.dollars(),
            per: GpuTime::PER,
            cost_usd: time.cost.to_string(),
        }
    }

    fn all_of(explanation: &Explanation) -> Vec<Self> {
        match explanation {
            Explanation::OnGpus(time) => vec![Self::of_gpu_time(time)],
            _ => explanation.leaves().iter().map(Self::of).collect(),
        }
    }
}

impl Answer {
    /// The answer to a message that the decoder rejected.
    pub(crate) fn rejected(reject: &Reject, book: &str) -> Self {
        let status = match reject.reason {
            RejectReason::NegativeUsage | RejectReason::UsagePartsExceedTotal => {
                PriceStatus::InvalidUsage.as_str()
            }
            _ => REJECTED,
        };
        Self {
            event_id: event_id_of(&reject.raw),
            reason: Some(reject.reason.as_str().to_owned()),
            detail: Some(reject.detail.clone()),
            ..Self::without_cost(status, book)
        }
    }

    /// The answer to a line without a single byte.
    pub(crate) fn empty(book: &str) -> Self {
        Self {
            reason: Some("empty".to_owned()),
            detail: Some("the line holds no event".to_owned()),
            ..Self::without_cost(REJECTED, book)
        }
    }

    fn without_cost(status: &str, book: &str) -> Self {
        Self {
            event_id: None,
            price_status: status.to_owned(),
            cost_usd: None,
            list_cost_usd: None,
            contracted_cost_usd: None,
            price_match: None,
            price_book: book.to_owned(),
            price_entry: None,
            leaves: Vec::new(),
            reason: None,
            detail: None,
        }
    }
}

/// Prices a batch of events and says of each why it costs what it does.
///
/// # Shape
/// In: N rows of [`schemas::event::event_schema`]. Out: N answers in the same order.
/// # Errors
/// An error of the pricer means a defect, not bad input.
pub(crate) fn answers(pricer: &mut Pricer, events: &RecordBatch) -> anyhow::Result<Vec<Answer>> {
    let priced = pricer.price(events).context("could not price the events")?;
    let explanations = pricer.explain(events)?;
    let columns = AnswerColumns::of(&priced)?;
    let rows = explanations.iter().enumerate();
    Ok(rows
        .map(|(row, explanation)| columns.answer(row, explanation))
        .collect())
}

/// The columns of priced events that answers repeat.
pub(crate) struct AnswerColumns<'a> {
    event_id: &'a StringArray,
    status: Vec<Option<&'a str>>,
    cost: &'a Decimal128Array,
    list_cost: &'a Decimal128Array,
    contracted_cost: &'a Decimal128Array,
    price_match: Vec<Option<&'a str>>,
    book: Vec<Option<&'a str>>,
    entry: Vec<Option<&'a str>>,
}

impl<'a> AnswerColumns<'a> {
    /// Looks at a batch of [`schemas::priced::priced_schema`].
    ///
    /// # Errors
    /// If it is none.
    pub(crate) fn of(priced: &'a RecordBatch) -> anyhow::Result<Self> {
        let column = |name: &str| {
            let column = priced.column_by_name(name);
            column.with_context(|| format!("priced events have no column {name}"))
        };
        let label = |name: &str| -> anyhow::Result<Vec<Option<&'a str>>> {
            let labels = column(name)?.as_dictionary_opt::<Int32Type>();
            let texts = labels.and_then(|labels| labels.downcast_dict::<StringArray>());
            let texts = texts.with_context(|| format!("the column {name} holds no labels"))?;
            Ok(texts.into_iter().collect())
        };
        let money = |name: &str| {
            let amounts = column(name)?.as_primitive_opt::<Decimal128Type>();
            amounts.with_context(|| format!("the column {name} holds no money"))
        };
        Ok(Self {
            event_id: column("event_id")?
                .as_string_opt()
                .context("the column event_id holds no texts")?,
            status: label("price_status")?,
            cost: money("cost_usd")?,
            list_cost: money("list_cost_usd")?,
            contracted_cost: money("contracted_cost_usd")?,
            price_match: label("price_match")?,
            book: label("price_book")?,
            entry: label("price_entry")?,
        })
    }

    /// The answer that the columns hold of one row.
    pub(crate) fn answer(&self, row: usize, explanation: &Explanation) -> Answer {
        let text = |texts: &[Option<&str>]| texts[row].map(str::to_owned);
        let money = |amounts: &Decimal128Array| {
            let is_known = amounts.is_valid(row);
            is_known.then(|| PicoUsd(amounts.value(row)).to_string())
        };
        let fault = match explanation {
            Explanation::Invalid(fault) => Some(fault),
            _ => None,
        };
        let unit_at_fault = fault.map(|fault| match fault.unit() {
            Some(unit) => unit.name().to_owned(),
            None => "the whole cost".to_owned(),
        });
        Answer {
            event_id: Some(self.event_id.value(row).to_owned()),
            price_status: text(&self.status).unwrap_or_default(),
            cost_usd: money(self.cost),
            list_cost_usd: money(self.list_cost),
            contracted_cost_usd: money(self.contracted_cost),
            price_match: text(&self.price_match),
            price_book: text(&self.book).unwrap_or_default(),
            price_entry: text(&self.entry),
            leaves: LeafAnswer::all_of(explanation),
            reason: fault.map(|fault| fault.as_str().to_owned()),
            detail: unit_at_fault,
        }
    }
}

/// The id that a message tells although it is no valid event.
fn event_id_of(message: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        event_id: Value,
    }
    match serde_json::from_slice(message).ok()? {
        Named {
            event_id: Value::String(id),
        } => Some(id),
        Named { .. } => None,
    }
}
