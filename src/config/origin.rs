//! Where the values of a configuration come from, and how messages quote them.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use toml::de::DeValue;

/// Characters of a wrong value that a message quotes.
const QUOTE_CHARS_MAX: usize = 60;

/// Where a setting came from; also the place that a problem names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// The embedded defaults.
    Default,
    /// A line of a file, counted from 1.
    File(Arc<str>, usize),
    /// A variable of the environment.
    Variable(Arc<str>),
    /// A flag.
    Flag(Arc<str>),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(name, line) => write!(f, "{name}:{line}"),
            Self::Variable(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// Where values are read from: turns a position into a [`Source`].
#[derive(Debug)]
pub(crate) enum Origin<'a> {
    /// A text of TOML.
    Text {
        /// The file's name; `None` for the embedded defaults.
        name: Option<Arc<str>>,
        /// The whole text.
        text: &'a str,
    },
    /// A single value, whose place is known without a position.
    Value(Source),
}

impl Origin<'_> {
    /// The source of what stands at a position.
    pub(crate) fn source(&self, span: &Range<usize>) -> Source {
        match self {
            Self::Text { name: None, .. } => Source::Default,
            Self::Text {
                name: Some(name),
                text,
            } => {
                let before = text.as_bytes().iter().take(span.start);
                let line = 1 + before.filter(|byte| **byte == b'\n').count();
                Source::File(Arc::clone(name), line)
            }
            Self::Value(source) => source.clone(),
        }
    }
}

/// A value for a message: its type, and its text if it is short.
pub(crate) fn quote(value: &DeValue<'_>) -> String {
    let text = match value {
        DeValue::String(text) => format!("\"{text}\""),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(value) => value.to_string(),
        other => return type_name(other).to_owned(),
    };
    let shown: String = text.chars().take(QUOTE_CHARS_MAX).collect();
    let more = if shown.len() < text.len() { "..." } else { "" };
    format!("{} {shown}{more}", type_name(value))
}

/// The type of a value, for messages that must not quote it.
pub(crate) fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "the text",
        DeValue::Integer(_) => "the number",
        DeValue::Float(_) => "the fraction",
        DeValue::Boolean(_) => "the truth value",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
