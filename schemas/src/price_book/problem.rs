//! What is wrong with the text of a book: all of it at once, each with its line.

use std::fmt;

/// One thing that is wrong with a book, or should be known of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BookProblem {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there and what to do.
    pub message: String,
}

impl fmt::Display for BookProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// The problems of one text while it is read.
#[derive(Debug)]
pub(super) struct Problems<'a> {
    text: &'a str,
    found: Vec<BookProblem>,
}

impl<'a> Problems<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self {
            text,
            found: Vec::new(),
        }
    }

    /// The line of a byte of the text, counted from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().iter().take(at);
        1 + before.filter(|byte| **byte == b'\n').count()
    }

    /// Notes what is wrong at a byte of the text.
    pub(super) fn add(&mut self, at: usize, message: impl Into<String>) {
        let line = self.line(at);
        self.add_line(line, message);
    }

    /// Notes what is wrong with a line.
    pub(super) fn add_line(&mut self, line: usize, message: impl Into<String>) {
        self.found.push(BookProblem {
            line,
            message: message.into(),
        });
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them, from top to bottom.
    pub(super) fn into_sorted(mut self) -> Vec<BookProblem> {
        self.found.sort();
        self.found.dedup();
        self.found
    }
}

/// `; did you mean "..."?`, or the known names if none is near and they are few.
pub(super) fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    const LISTED_MAX: usize = 16;
    let known: Vec<&str> = known.into_iter().collect();
    let edits_max = (name.chars().count() / 3).max(1);
    let near = known
        .iter()
        .map(|candidate| (edits(name, candidate), candidate))
        .filter(|(edits, _)| *edits <= edits_max)
        .min_by_key(|(edits, _)| *edits);
    match near {
        Some((_, candidate)) => format!("; did you mean \"{candidate}\"?"),
        None if known.len() <= LISTED_MAX => format!("; known are {}", known.join(", ")),
        None => String::new(),
    }
}

/// How many letters must be put in, taken out or changed.
fn edits(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, letter) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, other) in right.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}
