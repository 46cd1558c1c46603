//! From the text of a template to its parts.

use crate::alerting::fields::shortened;
use crate::alerting::problem::hint;
use crate::alerting::template::{
    Expression, Function, Part, TEMPLATE_BYTES_MAX, Template, TemplateError, Variable,
};

/// How every label is named.
const LABELS: &str = "$labels.";

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<TemplateError>> {
        if text.len() > TEMPLATE_BYTES_MAX {
            let message = format!("has {} bytes, more than {TEMPLATE_BYTES_MAX}", text.len());
            return Err(vec![TemplateError {
                expression: 0,
                message,
            }]);
        }
        let mut pieces = text.split("{{");
        let mut parts = vec![Part::Text(pieces.next().unwrap_or_default().to_owned())];
        let mut errors = Vec::new();
        for (number, piece) in pieces.enumerate() {
            match expression(piece) {
                Ok((expression, behind)) => {
                    parts.push(Part::Expression(expression));
                    parts.push(Part::Text(behind.to_owned()));
                }
                Err(message) => errors.push(TemplateError {
                    expression: number,
                    message,
                }),
            }
        }
        if errors.is_empty() {
            Ok(Self { parts })
        } else {
            Err(errors)
        }
    }
}

/// Reads what stands behind `{{`: the expression, and the text behind its `}}`.
fn expression(piece: &str) -> Result<(Expression, &str), String> {
    let (inside, behind) = piece
        .split_once("}}")
        .ok_or("has a `{{` without its `}}`")?;
    let mut steps = inside.split('|').map(str::trim);
    let variable = variable(steps.next().unwrap_or_default())?;
    let function = steps.next().map(function).transpose()?;
    if steps.next().is_some() {
        return Err(format!(
            "`{}`: one function is enough, it gives a text",
            shortened(inside.trim())
        ));
    }
    Ok((Expression { variable, function }, behind))
}

fn variable(word: &str) -> Result<Variable, String> {
    if let Some(label) = word.strip_prefix(LABELS) {
        if is_label_name(label) {
            return Ok(Variable::Label(label.to_owned()));
        }
        return Err(format!("`{}` is no label's name", shortened(label)));
    }
    if let Some((_, variable)) = Variable::NAMED.iter().find(|(name, _)| *name == word) {
        return Ok(variable.clone());
    }
    if word.is_empty() {
        return Err("has an empty `{{ }}`: name a variable, such as $value".to_owned());
    }
    if word.starts_with('$') && !word.contains(char::is_whitespace) {
        let names = Variable::NAMED.iter().map(|(name, _)| *name);
        let known: Vec<&str> = std::iter::once("$labels.NAME").chain(names).collect();
        let hint = hint(word, &known);
        return Err(format!("has no variable `{}`{hint}", shortened(word)));
    }
    Err(format!(
        "`{}` is no variable: write {{{{ $value }}}}, or {{{{ $value | usd }}}} to choose how it is \
         written; there are no conditions and loops",
        shortened(word)
    ))
}

fn function(word: &str) -> Result<Function, String> {
    if let Some((_, function)) = Function::NAMED.iter().find(|(name, _)| *name == word) {
        return Ok(*function);
    }
    let hint = hint(word, &Function::NAMED.map(|(name, _)| name));
    Err(format!("has no function `{}`{hint}", shortened(word)))
}

/// Whether Prometheus and Alertmanager take it as a label's name.
pub(crate) fn is_label_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(allowed)
}
