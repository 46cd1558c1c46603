//! The operator's own layer of a price book: what was negotiated, committed to and built.
//!
//! - `entries`, `models`, `capacities`: read the entries of a TOML text into a `draft`; `fields`,
//!   `scope`, `prices`, `currency`: their parts; `dated`: entries of one subject in time
//! - `layer`: checks them against a book and lays them over it; `terms`: what they make of a
//!   request's prices; `selections`: which of them requests select

use std::sync::Arc;

use crate::price_book::condition::Period;
use crate::price_book::factor::Factor;
use crate::price_book::operator::capacities::{Commitment, Fleet};
use crate::price_book::operator::scope::Scope;
use crate::price_book::operator::selections::Selections;
use crate::price_book::problem::BookProblem;
use crate::price_book::rate::TieredRate;
use crate::usage_unit::UsageUnit;

pub(super) mod capacities;
mod currency;
mod dated;
mod draft;
mod entries;
mod fields;
mod layer;
mod models;
mod prices;
pub(super) mod scope;
pub(super) mod selections;
pub(super) mod terms;

pub(super) use prices::rate_text;

/// The operator's layer of a book.
#[derive(Debug)]
pub(super) struct Operator {
    /// As they stand in the text, those of one kind together.
    pub(super) terms: Vec<Term>,
    pub(super) aliases: Vec<Alias>,
    pub(super) selections: Selections,
    /// What is right and yet should be known.
    pub(super) notes: Vec<BookProblem>,
}

/// One entry that changes what requests pay, in a span of time in which it is the same.
#[derive(Debug)]
pub(super) struct Term {
    pub(super) id: String,
    pub(super) kind: TermKind,
    pub(super) scope: Arc<Scope>,
    pub(super) period: Period,
    /// When the entry begins as it was written: a term begins later where the exchange rate changed.
    pub(super) entry_from_us: i64,
    pub(super) known_from_us: Option<i64>,
}

/// What an entry does.
#[derive(Debug)]
pub(super) enum TermKind {
    /// Multiplies all rates by this.
    Discount(Factor),
    /// Replaces these rates.
    Rates(Vec<(UsageUnit, TieredRate)>),
    /// Capacity of a provider, bought by time.
    Commitment(Commitment),
    /// GPUs of one's own.
    Fleet(Fleet),
}

/// What events call a model of the book.
#[derive(Debug)]
pub(super) struct Alias {
    /// In lower case.
    pub(super) provider: String,
    /// In lower case.
    pub(super) name: String,
    /// The provider's place in the book, whose model it is.
    pub(super) target_provider: usize,
    /// The model's place in the book.
    pub(super) target_model: usize,
}

#[cfg(test)]
mod tests;
