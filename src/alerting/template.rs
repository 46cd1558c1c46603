//! Templates of labels and annotations: `{{ $labels.feature }} costs {{ $over_usd | usd }} more`.
//!
//! A template is a text with expressions: a variable, and behind a `|` the function that writes it.
//! There are no conditions and no loops, and what a label says is never read as a template.
//!
//! - [`parse`]: from text to parts; [`scope`]: which variables and functions a rule may use
//! - [`write`](mod@write): how amounts, instants and durations are written
//! - [`fill`]: what a change of an alert's state says in the end

use std::collections::BTreeMap;

use schemas::alerts::alert::AlertChange;
use schemas::alerts::amount::Amount;

pub(crate) mod fill;
mod parse;
pub(crate) mod scope;
mod write;

/// Longest template, bytes.
pub(crate) const TEMPLATE_BYTES_MAX: usize = 4096;
/// Longest text that comes of one, characters.
const TEXT_CHARS_MAX: usize = 8192;

/// A template, ready to be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// Text as it is.
    Text(String),
    /// What stands between `{{` and `}}`.
    Expression(Expression),
}

/// A variable and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Expression {
    variable: Variable,
    function: Option<Function>,
}

/// What an expression can name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Variable {
    /// A label of the alert.
    Label(String),
    /// What was found.
    Value,
    /// The level that was passed.
    Threshold,
    /// What was to be expected.
    Baseline,
    /// Dollars over what was to be expected.
    OverUsd,
    /// Which step was reached.
    Step,
    /// When the breach began.
    StartedAt,
    /// When a budget will be exceeded.
    ProjectedAt,
    /// How long it has lasted.
    Lasted,
    /// Who made most of it.
    Contributors,
}

impl Variable {
    /// The variables besides labels.
    const NAMED: [(&'static str, Self); 9] = [
        ("$value", Self::Value),
        ("$threshold", Self::Threshold),
        ("$baseline", Self::Baseline),
        ("$over_usd", Self::OverUsd),
        ("$step", Self::Step),
        ("$started_at", Self::StartedAt),
        ("$projected_at", Self::ProjectedAt),
        ("$lasted", Self::Lasted),
        ("$contributors", Self::Contributors),
    ];

    fn name(&self) -> String {
        if let Self::Label(label) = self {
            return format!("$labels.{label}");
        }
        let named = Self::NAMED.iter().find(|(_, variable)| variable == self);
        named.map_or_else(String::new, |(name, _)| (*name).to_owned())
    }
}

/// How a variable is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    /// `$1,234.57`
    Usd,
    /// `23.4%`
    Percent,
    /// `1,234,567`
    Count,
    /// `2d 3h`
    Duration,
    /// `2026-11-27 06:54 UTC`
    Time,
    /// By its unit.
    Humanize,
}

impl Function {
    const NAMED: [(&'static str, Self); 6] = [
        ("usd", Self::Usd),
        ("percent", Self::Percent),
        ("count", Self::Count),
        ("duration", Self::Duration),
        ("time", Self::Time),
        ("humanize", Self::Humanize),
    ];

    fn name(self) -> &'static str {
        let named = Self::NAMED.iter().find(|(_, function)| *function == self);
        named.map_or("", |(name, _)| name)
    }
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TemplateError {
    /// In which expression, counted from 0 by the `{{`.
    pub(crate) expression: usize,
    /// What is wrong and what to do.
    pub(crate) message: String,
}

/// What the variables of a template stand for.
#[derive(Debug, Clone, Copy)]
struct Values<'a> {
    change: &'a AlertChange,
    /// The labels that `$labels` knows.
    labels: &'a BTreeMap<String, String>,
}

/// The value of one variable.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    Text(String),
    Amount(Amount),
    InstantUs(i64),
    SpanUs(i64),
    /// The alert has no such value.
    Unknown,
}

impl Template {
    /// Fills the variables in.
    fn fill(&self, values: Values<'_>) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(written) => text.push_str(written),
                Part::Expression(expression) => {
                    let found = values.find(&expression.variable);
                    text.push_str(&write::write(&found, expression.function));
                }
            }
        }
        if text.chars().count() > TEXT_CHARS_MAX {
            text = text.chars().take(TEXT_CHARS_MAX).collect();
        }
        text
    }

    fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Expression(expression) => Some(expression),
        })
    }
}

impl Values<'_> {
    fn find(&self, variable: &Variable) -> Found {
        let change = self.change;
        let amount = |amount: Option<Amount>| amount.map_or(Found::Unknown, Found::Amount);
        let instant = |at_us: Option<i64>| at_us.map_or(Found::Unknown, Found::InstantUs);
        match variable {
            Variable::Label(name) => {
                Found::Text(self.labels.get(name).cloned().unwrap_or_default())
            }
            Variable::Value => Found::Amount(change.value),
            Variable::Threshold => amount(change.threshold),
            Variable::Baseline => amount(change.baseline),
            Variable::OverUsd => amount(change.over_usd.map(Amount::usd)),
            Variable::Step => Found::Text(change.step.clone()),
            Variable::StartedAt => Found::InstantUs(change.started_at_us),
            Variable::ProjectedAt => instant(change.projected_at_us),
            Variable::Lasted => {
                let end_us = change.resolved_at_us.unwrap_or(change.changed_at_us);
                Found::SpanUs(end_us.saturating_sub(change.started_at_us))
            }
            Variable::Contributors => write::contributors(&change.contributors),
        }
    }
}

#[cfg(test)]
mod tests;
