//! What is wrong with a file of rules or of their tests: all of it at once, each with its place.

use std::fmt;

use crate::config::key;

/// Problems beyond this many are counted, not listed.
const LISTED_MAX: usize = 100;

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// The column in characters, counted from 1.
    pub(crate) column: usize,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RuleProblem {
    /// Where.
    pub(crate) place: Place,
    /// What is wrong there and what to do.
    pub(crate) message: String,
}

/// `LINE:COLUMN: MESSAGE`, to which a file's name is put with a colon.
impl fmt::Display for RuleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column } = self.place;
        write!(f, "{line}:{column}: {}", self.message)
    }
}

/// The problems of one text while it is read.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    found: Vec<RuleProblem>,
    unlisted: usize,
}

impl Problems {
    /// Notes what is wrong at a place.
    pub(crate) fn add(&mut self, place: Place, message: impl Into<String>) {
        if self.found.len() >= LISTED_MAX {
            self.unlisted += 1;
            return;
        }
        self.found.push(RuleProblem {
            place,
            message: message.into(),
        });
    }

    /// A value, if nothing was wrong; otherwise all problems from top to bottom.
    ///
    /// # Errors
    /// The problems.
    pub(crate) fn none_or<T>(mut self, value: T) -> Result<T, Vec<RuleProblem>> {
        if self.found.is_empty() {
            return Ok(value);
        }
        self.found.sort();
        self.found.dedup();
        if let (1.., Some(last)) = (self.unlisted, self.found.last_mut()) {
            last.message
                .push_str(&format!("; and {} more", self.unlisted));
        }
        Err(self.found)
    }
}

/// `; did you mean ...?`, or the known names if none is near.
pub(crate) fn hint(name: &str, known: &[&str]) -> String {
    match key::nearest(name, known.iter().copied()) {
        near @ Some(_) => key::did_you_mean(near),
        None => format!("; known are {}", known.join(", ")),
    }
}
