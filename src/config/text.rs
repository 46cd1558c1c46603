//! Settings from texts: the variables of the environment, and flags.

use std::ffi::OsString;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeString, DeValue};

use crate::config::key::{self, KAFKA_PROPERTIES, KEYS, Kind, LAKE_OPTIONS, Named};
use crate::config::layer::{self, Settings};
use crate::config::origin::{Origin, Source};
use crate::config::problem::Problem;

/// How every variable begins that sets a key.
pub(crate) const PREFIX: &str = "TOKENMETER_";
/// Names the config file; no key.
pub(crate) const CONFIG_VARIABLE: &str = "TOKENMETER_CONFIG";

/// A key that a flag sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Override {
    /// The flag, for messages: `--topic`.
    pub(crate) flag: &'static str,
    /// The dotted path of the key.
    pub(crate) path: String,
    /// Its value, as a text.
    pub(crate) value: OverrideText,
}

/// A flag's value; `Debug` hides it, because it may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct OverrideText(pub(crate) String);

impl std::fmt::Debug for OverrideText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(not shown)")
    }
}

/// The variables that set keys, sorted by name.
pub(crate) fn variables(
    environment: impl Iterator<Item = (OsString, OsString)>,
    problems: &mut Vec<Problem>,
) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    for (name, value) in environment {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        if name == CONFIG_VARIABLE || is_service_link(name) {
            continue;
        }
        match value.into_string() {
            Ok(value) => variables.push((name.to_owned(), value)),
            Err(_) => problems.push(Problem::new(
                format!("environment {name}"),
                "the value is not UTF-8",
            )),
        }
    }
    variables.sort();
    variables
}

/// Whether Kubernetes set the variable, because a service there is named `tokenmeter` or
/// `tokenmeter-something`: it is none of ours.
fn is_service_link(name: &str) -> bool {
    let parts: Vec<&str> = name.split('_').collect();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let host = name.ends_with("_SERVICE_HOST") || name.contains("_SERVICE_PORT");
    let address = parts
        .windows(2)
        .any(|pair| pair[0] == "PORT" && is_number(pair[1]));
    host || address || name.ends_with("_PORT")
}

/// The variable that sets a key.
pub(crate) fn variable_of(path: &str) -> String {
    let name = path.replacen('.', "__", 1).to_ascii_uppercase();
    format!("{PREFIX}{name}")
}

/// The dotted path that a variable names.
///
/// `kafka.properties` takes `_` for the dots of librdkafka's names, which have no `_` themselves.
fn path_of(variable: &str) -> Option<String> {
    let name = variable.strip_prefix(PREFIX)?.to_ascii_lowercase();
    let entry = |section: &str| {
        let prefix = format!("{}__", section.replace('.', "__"));
        name.strip_prefix(&prefix).map(str::to_owned)
    };
    if let Some(property) = entry(KAFKA_PROPERTIES) {
        return Some(format!("{KAFKA_PROPERTIES}.{}", property.replace('_', ".")));
    }
    if let Some(option) = entry(LAKE_OPTIONS) {
        return Some(format!("{LAKE_OPTIONS}.{option}"));
    }
    let key = KEYS.iter().find(|key| variable_of(key.path) == variable)?;
    Some(key.path.to_owned())
}

/// Takes the variables of the environment.
///
/// A variable with `__` must name a key. One without may belong to a script around the program: it
/// is refused only if it looks like a key that was meant.
pub(crate) fn apply_environment(
    variables: &[(String, String)],
    settings: &mut Settings,
    problems: &mut Vec<Problem>,
) {
    for (name, value) in variables {
        let source = Source::Variable(Arc::from(name.as_str()));
        match (path_of(name), meant(name)) {
            (Some(path), _) => take(&path, value, source, settings, problems),
            (None, None) if !name.contains("__") => {}
            (None, meant) => {
                let hint = key::did_you_mean(meant.as_deref());
                let message = format!("no key is set by this variable{hint}");
                problems.push(Problem::new(source, message));
            }
        }
    }
}

/// The variable that somebody who wrote this one most likely meant.
fn meant(variable: &str) -> Option<String> {
    let name = variable.strip_prefix(PREFIX)?;
    let variables: Vec<String> = KEYS.iter().map(|key| variable_of(key.path)).collect();
    let names = variables
        .iter()
        .filter_map(|name| name.strip_prefix(PREFIX));
    match key::nearest(name, names) {
        Some(near) => Some(format!("{PREFIX}{near}")),
        None => {
            let path = name.replace("__", ".").to_ascii_lowercase();
            key::suggestion(&path).map(variable_of)
        }
    }
}

/// Takes what flags set.
pub(crate) fn apply_flags(
    flags: &[Override],
    settings: &mut Settings,
    problems: &mut Vec<Problem>,
) {
    for flag in flags {
        let source = Source::Flag(Arc::from(flag.flag));
        take(&flag.path, &flag.value.0, source, settings, problems);
    }
}

fn take(
    path: &str,
    text: &str,
    source: Source,
    settings: &mut Settings,
    problems: &mut Vec<Problem>,
) {
    let as_text = || Spanned::new(0..0, DeValue::String(DeString::Borrowed(text)));
    let origin = Origin::Value(source.clone());
    if key::pass_through(path).is_some() {
        let path = path.to_owned();
        return layer::take_pass_through(path, &as_text(), &origin, settings, problems);
    }
    let Named::Key(key) = key::lookup(path) else {
        let hint = key::did_you_mean(key::suggestion(path));
        problems.push(Problem::new(source, format!("unknown key `{path}`{hint}")));
        return;
    };
    let value = match key.kind {
        Kind::Text | Kind::Choice(_) => as_text(),
        // What is no TOML value is a text, which the check then refuses by its type.
        _ => DeValue::parse(text.trim()).unwrap_or_else(|_| as_text()),
    };
    layer::take(key, &value, &origin, settings, problems);
}

#[cfg(test)]
mod tests;
