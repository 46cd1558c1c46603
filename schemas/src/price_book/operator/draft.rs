//! What was read of an operator's book so far: terms, models and aliases, still unchecked.

use std::sync::Arc;

use crate::price_book::condition::Period;
use crate::price_book::facts::Price;
use crate::price_book::name_match::NameMatch;
use crate::price_book::operator::dated::{Dated, close};
use crate::price_book::operator::scope::Scope;
use crate::price_book::operator::{Term, TermKind};
use crate::price_book::problem::Problems;

/// All entries of a text that could be read.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) terms: Vec<(usize, Term)>,
    pub(super) models: Vec<OwnModel>,
    pub(super) aliases: Vec<AliasDraft>,
}

/// A model of one's own.
#[derive(Debug)]
pub(super) struct OwnModel {
    pub(super) start: usize,
    pub(super) provider: String,
    pub(super) model: String,
    pub(super) name_match: NameMatch,
    pub(super) prices: Vec<Price>,
}

/// An alias whose target is not looked up yet.
#[derive(Debug)]
pub(super) struct AliasDraft {
    pub(super) start: usize,
    pub(super) provider: String,
    pub(super) name: String,
    pub(super) target_provider: String,
    pub(super) model: String,
}

/// An entry with what all kinds of terms have.
#[derive(Debug)]
pub(super) struct Entry<T> {
    pub(super) scope: Arc<Scope>,
    /// The same thing in each part of its time.
    pub(super) parts: Vec<(Period, T)>,
}

/// Ends entries where the next ones begin, and makes terms of them.
pub(super) fn add_terms<T>(
    section: &'static str,
    entries: Vec<Dated<Entry<T>>>,
    kind: fn(T) -> TermKind,
    draft: &mut Draft,
    problems: &mut Problems<'_>,
) {
    let closed = close(section, entries, problems);
    for (at, entry) in closed.iter().enumerate() {
        let same = closed[..at].iter().find(|other| {
            other.subject != entry.subject
                && other.item.scope.text == entry.item.scope.text
                && other.period.intersection(entry.period).is_some()
        });
        // Capacity may be bought in several pieces for the same requests; prices may not.
        if let (Some(other), "rates" | "discounts") = (same, section) {
            let message = format!(
                "`{section}` {} is for the same requests as {} in line {}, at the same time: put \
                 both into one entry",
                entry.subject,
                other.subject,
                problems.line(other.start)
            );
            problems.add(entry.start, message);
        }
    }
    for entry in closed {
        for (part, item) in entry.item.parts {
            let Some(period) = part.intersection(entry.period) else {
                continue;
            };
            let term = Term {
                id: entry.subject.clone(),
                kind: kind(item),
                scope: Arc::clone(&entry.item.scope),
                period,
                entry_from_us: entry.period.from_us,
                known_from_us: entry.known_from_us,
            };
            draft.terms.push((entry.start, term));
        }
    }
}
