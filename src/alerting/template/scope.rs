//! Which variables and functions a template of a rule may use.

use schemas::alerts::amount::Unit;

use crate::alerting::problem::hint;
use crate::alerting::template::{Expression, Function, Template, TemplateError, Variable};

pub(crate) use crate::alerting::template::parse::is_label_name;

/// What a template may use.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    /// The labels that its alerts have; `None`: nobody knows before the query runs.
    pub(crate) labels: Option<Vec<String>>,
    /// The unit of `$value`, `$threshold` and `$baseline`.
    pub(crate) unit: Unit,
    /// Whether the text names an alert, which must not change as long as it lasts.
    pub(crate) is_identity: bool,
}

/// What a variable holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Instant,
    Span,
    Amount(Unit),
}

impl Scope {
    /// Everything in a template that this scope does not have.
    pub(crate) fn check(&self, template: &Template) -> Vec<TemplateError> {
        let checked = template
            .expressions()
            .map(|expression| self.check_one(expression));
        let wrong = checked
            .enumerate()
            .filter_map(|(expression, checked)| Some((expression, checked.err()?)));
        wrong
            .map(|(expression, message)| TemplateError {
                expression,
                message,
            })
            .collect()
    }

    fn check_one(&self, expression: &Expression) -> Result<(), String> {
        let name = expression.variable.name();
        if let Variable::Label(label) = &expression.variable {
            if let Some(known) = self.labels.as_ref().filter(|known| !known.contains(label)) {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                return Err(format!("has no label `{label}`{}", hint(label, &known)));
            }
        } else if self.is_identity {
            return Err(format!(
                "uses `{name}`, which changes while the alert lasts, and labels are the alert's \
                 name: put it into an annotation"
            ));
        }
        let Some(function) = expression.function else {
            return Ok(());
        };
        let shape = self.shape(&expression.variable);
        if writes(function, shape) {
            return Ok(());
        }
        let fitting = Function::NAMED.iter();
        let fitting: Vec<String> = fitting
            .filter(|(_, function)| writes(*function, shape))
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        let instead = match fitting.as_slice() {
            [] => "it is a text and needs no function".to_owned(),
            fitting => format!("what fits is {}", fitting.join(" or ")),
        };
        Err(format!(
            "`{}` cannot write `{name}`: {instead}",
            function.name()
        ))
    }

    fn shape(&self, variable: &Variable) -> Shape {
        match variable {
            Variable::Label(_) | Variable::Step | Variable::Contributors => Shape::Text,
            Variable::Value | Variable::Threshold | Variable::Baseline => Shape::Amount(self.unit),
            Variable::OverUsd => Shape::Amount(Unit::Usd),
            Variable::StartedAt | Variable::ProjectedAt => Shape::Instant,
            Variable::Lasted => Shape::Span,
        }
    }
}

/// Whether a function makes sense of a value.
fn writes(function: Function, shape: Shape) -> bool {
    match (function, shape) {
        (_, Shape::Text) => false,
        (Function::Humanize, _) | (_, Shape::Amount(Unit::Plain)) => function != Function::Time,
        (Function::Usd, Shape::Amount(unit)) => {
            matches!(
                unit,
                Unit::Usd | Unit::UsdPerCall | Unit::UsdPerToken | Unit::UsdPerUser
            )
        }
        (Function::Percent, Shape::Amount(unit)) => unit == Unit::Share,
        (Function::Count, Shape::Amount(unit)) => {
            matches!(unit, Unit::Tokens | Unit::Calls | Unit::TokensPerCall)
        }
        (Function::Duration, Shape::Span | Shape::Amount(Unit::Days)) => true,
        (Function::Time, Shape::Instant) => true,
        _ => false,
    }
}
