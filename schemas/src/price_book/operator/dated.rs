//! Entries of one subject follow on each other: without overlap, without gap.

use std::collections::BTreeMap;

use crate::price_book::condition::{Period, format_instant};
use crate::price_book::problem::Problems;

/// An entry with its dates.
#[derive(Debug)]
pub(super) struct Dated<T> {
    /// What it is one of the entries of: an id, a currency, a model.
    pub(super) subject: String,
    /// Where it begins in the text.
    pub(super) start: usize,
    pub(super) period: Period,
    /// Since when it was known.
    pub(super) known_from_us: Option<i64>,
    pub(super) item: T,
}

/// Orders entries by subject and time, and ends each where the next of its subject begins.
///
/// Two that begin at once, one that has not ended when the next begins, and time between two that
/// none covers are problems.
pub(super) fn close<T>(
    section: &str,
    entries: Vec<Dated<T>>,
    problems: &mut Problems<'_>,
) -> Vec<Dated<T>> {
    let mut by_subject = BTreeMap::<String, Vec<Dated<T>>>::new();
    for entry in entries {
        let subject = entry.subject.clone();
        by_subject.entry(subject).or_default().push(entry);
    }
    let mut closed = Vec::new();
    for mut of_subject in by_subject.into_values() {
        of_subject.sort_by_key(|entry| (entry.period.from_us, entry.start));
        for at in 1..of_subject.len() {
            let (before, behind) = of_subject.split_at_mut(at);
            if let (Some(earlier), Some(later)) = (before.last_mut(), behind.first()) {
                join(section, earlier, later, problems);
            }
        }
        closed.append(&mut of_subject);
    }
    // As they stand in the text: where several are for one request, the later one wins.
    closed.sort_by_key(|entry| entry.start);
    closed
}

fn join<T>(section: &str, earlier: &mut Dated<T>, later: &Dated<T>, problems: &mut Problems<'_>) {
    let from_us = later.period.from_us;
    let line = problems.line(earlier.start);
    let subject = &later.subject;
    let from = format_instant(from_us);
    if earlier.period.from_us == from_us {
        let message = format!(
            "`{section}` {subject} begins twice at {from}, here and in line {line}: keep one"
        );
        problems.add(later.start, message);
        return;
    }
    match earlier.period.until_us {
        None => earlier.period.until_us = Some(from_us),
        Some(until_us) if until_us > from_us => {
            let until = format_instant(until_us);
            let message = format!(
                "`{section}` {subject} from {from} overlaps the entry of line {line}, which holds \
                 until {until}: end that one at {from}, or leave its `until` out"
            );
            problems.add(later.start, message);
        }
        Some(until_us) if until_us < from_us => {
            let until = format_instant(until_us);
            let message = format!(
                "`{section}` {subject} has a gap from {until}, where the entry of line {line} \
                 ends, to {from}: let one of them reach the other"
            );
            problems.add(later.start, message);
        }
        Some(_) => {}
    }
}
