//! Completes names and keywords, and tells where a statement ends.

use std::collections::BTreeSet;

use readers::catalog::CatalogTable;
use rustyline::completion::{Completer, Pair};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper, Highlighter, Hinter};

use crate::commands::sql::statements;

const KEYWORDS: &[&str] = &[
    "ALL",
    "AND",
    "AS",
    "ASC",
    "AVG",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "COALESCE",
    "COUNT",
    "CURRENT_DATE",
    "DATE",
    "DATE_TRUNC",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "ELSE",
    "END",
    "EXISTS",
    "EXPLAIN",
    "FALSE",
    "FILTER",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "IN",
    "INNER",
    "INTERVAL",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "LIMIT",
    "MAX",
    "MIN",
    "NOT",
    "NOW",
    "NULL",
    "NULLIF",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "RIGHT",
    "SELECT",
    "SHOW",
    "SUM",
    "TABLES",
    "THEN",
    "TIMESTAMP",
    "TRUE",
    "UNION",
    "USING",
    "WHEN",
    "WHERE",
    "WITH",
];

/// What the line editor asks while a line is typed.
#[derive(Helper, Hinter, Highlighter)]
pub(super) struct LineHelper {
    names: BTreeSet<String>,
}

impl LineHelper {
    pub(super) fn new(catalog: &[CatalogTable]) -> Self {
        let tables = catalog.iter().map(|table| table.name.to_owned());
        let columns = catalog
            .iter()
            .flat_map(|table| table.columns.iter().map(|column| column.name.clone()));
        Self {
            names: tables.chain(columns).collect(),
        }
    }

    /// What the word before the cursor may become, and where that word starts.
    pub(super) fn candidates(&self, line: &str, cursor: usize) -> (usize, Vec<String>) {
        let before = &line[..cursor];
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let start = before.rfind(|c: char| !is_part(c)).map_or(0, |at| {
            at + before[at..].chars().next().map_or(1, char::len_utf8)
        });
        let word = &before[start..];
        if word.is_empty() {
            return (start, Vec::new());
        }
        let lower = word.to_lowercase();
        let names = self
            .names
            .iter()
            .filter(|name| name.starts_with(&lower))
            .cloned();
        let upper = word.to_uppercase();
        let is_lower = word.chars().all(char::is_lowercase);
        let keywords = KEYWORDS
            .iter()
            .filter(|keyword| keyword.starts_with(&upper));
        let keywords = keywords.map(|keyword| match is_lower {
            true => keyword.to_lowercase(),
            false => (*keyword).to_owned(),
        });
        (start, names.chain(keywords).collect())
    }
}

impl Completer for LineHelper {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        cursor: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, candidates) = self.candidates(line, cursor);
        let pairs = candidates.into_iter().map(|candidate| Pair {
            display: candidate.clone(),
            replacement: candidate,
        });
        Ok((start, pairs.collect()))
    }
}

impl Validator for LineHelper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let is_command = text.trim_start().starts_with('\\');
        Ok(if is_command || statements::is_complete(text) {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

#[cfg(test)]
mod tests;
