//! Which reported names mean a model or provider.

use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;

/// A clause as the facts write it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum MatchFact {
    Equals(String),
    StartsWith(String),
    EndsWith(String),
    Contains(String),
    Regex(String),
    Any(Vec<MatchFact>),
    All(Vec<MatchFact>),
}

/// A clause ready to be asked. Texts are in lower case.
#[derive(Debug)]
pub(super) enum NameMatch {
    Equals(String),
    StartsWith(String),
    EndsWith(String),
    Contains(String),
    Pattern(Pattern),
    Any(Vec<NameMatch>),
    All(Vec<NameMatch>),
}

/// A regular expression, with what it refuses at the start of the name.
#[derive(Debug)]
pub(super) struct Pattern {
    refused: Option<LazyRegex>,
    wanted: LazyRegex,
}

/// A regular expression that is compiled when it is first asked: that takes far longer than to read
/// it, and most are for models that nobody calls.
#[derive(Debug)]
struct LazyRegex {
    text: String,
    compiled: OnceLock<Result<Regex, regex::Error>>,
}

impl NameMatch {
    pub(super) fn new(fact: MatchFact) -> Self {
        let all = |facts: Vec<MatchFact>| facts.into_iter().map(Self::new).collect::<Vec<_>>();
        match fact {
            MatchFact::Equals(text) => Self::Equals(text.to_lowercase()),
            MatchFact::StartsWith(text) => Self::StartsWith(text.to_lowercase()),
            MatchFact::EndsWith(text) => Self::EndsWith(text.to_lowercase()),
            MatchFact::Contains(text) => Self::Contains(text.to_lowercase()),
            MatchFact::Regex(text) => Self::Pattern(Pattern::new(text)),
            MatchFact::Any(facts) => Self::Any(all(facts)),
            MatchFact::All(facts) => Self::All(all(facts)),
        }
    }

    /// Compiles all regular expressions.
    ///
    /// # Errors
    /// What is wrong with the first that is none; such a one matches no name.
    pub(super) fn check(&self) -> Result<(), regex::Error> {
        match self {
            Self::Pattern(pattern) => pattern.check(),
            Self::Any(clauses) | Self::All(clauses) => clauses.iter().try_for_each(Self::check),
            Self::Equals(_) | Self::StartsWith(_) | Self::EndsWith(_) | Self::Contains(_) => Ok(()),
        }
    }

    /// Whether a name in lower case is meant.
    pub(super) fn is_match(&self, name: &str) -> bool {
        match self {
            Self::Equals(text) => name == text,
            Self::StartsWith(text) => name.starts_with(text.as_str()),
            Self::EndsWith(text) => name.ends_with(text.as_str()),
            Self::Contains(text) => name.contains(text.as_str()),
            Self::Pattern(pattern) => pattern.is_match(name),
            Self::Any(clauses) => clauses.iter().any(|clause| clause.is_match(name)),
            Self::All(clauses) => clauses.iter().all(|clause| clause.is_match(name)),
        }
    }
}

impl Pattern {
    /// A pattern that may open with `^(?!..)`.
    ///
    /// The regex crate knows no look-ahead. At the very start it is the same as two patterns: the
    /// name must not match `^(..)` and must match `^` and the rest.
    fn new(text: String) -> Self {
        let split = text.strip_prefix("^(?!").and_then(split_group);
        let split =
            split.map(|(refused, rest)| (format!("^(?:{refused})"), format!("^(?:{rest})")));
        let (refused, wanted) = match split {
            Some((refused, wanted)) => (Some(LazyRegex::new(refused)), wanted),
            None => (None, text),
        };
        Self {
            refused,
            wanted: LazyRegex::new(wanted),
        }
    }

    fn check(&self) -> Result<(), regex::Error> {
        for regex in self.refused.iter().chain([&self.wanted]) {
            regex.get().map_err(Clone::clone)?;
        }
        Ok(())
    }

    fn is_match(&self, name: &str) -> bool {
        // A pattern of which a half is broken matches nothing.
        let refuses = match &self.refused {
            Some(refused) => refused.get().map(|regex| regex.is_match(name)),
            None => Ok(false),
        };
        let wants = self.wanted.get().map(|regex| regex.is_match(name));
        wants == Ok(true) && refuses == Ok(false)
    }
}

impl LazyRegex {
    const fn new(text: String) -> Self {
        Self {
            text,
            compiled: OnceLock::new(),
        }
    }

    fn get(&self) -> Result<&Regex, &regex::Error> {
        let compiled = self.compiled.get_or_init(|| Regex::new(&self.text));
        compiled.as_ref()
    }
}

/// Splits behind the parenthesis that closes a group whose opening one has been taken away.
fn split_group(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let mut in_class = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'(' if !in_class => depth += 1,
            b')' if !in_class && depth == 0 => return Some((&text[..at], &text[at + 1..])),
            b')' if !in_class => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests;
