//! Settings by key, each with the layer that it came from, and the check of one value.

use std::collections::BTreeMap;
use std::fmt;

use toml::de::DeValue;
use toml::{Spanned, Table, Value};

use crate::config::key::{self, Kind};
use crate::config::origin::{Origin, Source, quote, type_name};
use crate::config::problem::Problem;
use crate::config::secret::{Scrubber, is_secret};
use crate::config::{receivers, rollups};

/// One value and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// The value, of the key's kind.
    pub(crate) value: Value,
    /// The layer that won.
    pub(crate) source: Source,
}

/// All settings by dotted path; pass-through entries stand under their section.
///
/// Values may be secrets: only [`crate::config::show`] prints them.
#[derive(Clone, Default)]
pub(crate) struct Settings(BTreeMap<String, Setting>);

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sources = self.0.iter().map(|(path, setting)| (path, &setting.source));
        f.debug_map().entries(sources).finish()
    }
}

impl Settings {
    /// The setting of a key.
    pub(crate) fn get(&self, path: &str) -> Option<&Setting> {
        self.0.get(path)
    }

    /// The entries of a pass-through section, under the library's names.
    pub(crate) fn entries(&self, section: &str) -> impl Iterator<Item = (&str, &Setting)> {
        self.0.iter().filter_map(move |(path, setting)| {
            let (of, name) = key::pass_through(path)?;
            (of == section).then_some((name, setting))
        })
    }

    /// What removes the secrets of these settings from a text.
    pub(crate) fn scrubber(&self) -> Scrubber {
        let entries = self.0.iter().filter_map(|(path, setting)| {
            let (_, name) = key::pass_through(path)?;
            is_secret(name).then(|| setting.value.as_str()).flatten()
        });
        Scrubber::new(entries.map(str::to_owned))
    }

    /// How many keys and entries are set.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Sets a value, whatever an earlier layer said.
    pub(crate) fn set(&mut self, path: String, value: Value, source: Source) {
        self.0.insert(path, Setting { value, source });
    }

    /// All settings as one TOML table.
    pub(crate) fn to_table(&self) -> Table {
        let mut sections = BTreeMap::from(key::PASS_THROUGH.map(|name| (name, Table::new())));
        for (path, setting) in &self.0 {
            let (section, name) = match key::pass_through(path) {
                Some((section, name)) => (section, name),
                None => path.split_once('.').unwrap_or(("", path)),
            };
            let table = sections.entry(section).or_default();
            table.insert(name.to_owned(), setting.value.clone());
        }
        // A section sorts behind the one that holds it, so each is whole when it moves there.
        while let Some((section, table)) = sections.pop_last() {
            if section.is_empty() {
                return table;
            }
            let (parent, name) = section.rsplit_once('.').unwrap_or(("", section));
            let parent = sections.entry(parent).or_default();
            parent.insert(name.to_owned(), Value::Table(table));
        }
        Table::new()
    }
}

/// Takes one value of a key: checks its type and range, and sets it if it is right.
pub(crate) fn take(
    key: &key::Key,
    value: &Spanned<DeValue<'_>>,
    origin: &Origin<'_>,
    settings: &mut Settings,
    problems: &mut Vec<Problem>,
) {
    let source = origin.source(&value.span());
    let path = key.path;
    let taken = match (key.kind, value.get_ref()) {
        (Kind::Rollups | Kind::Receivers, DeValue::Array(list)) => {
            let count = problems.len();
            let value = match key.kind {
                Kind::Receivers => receivers::check(list, origin, problems),
                _ => rollups::check(list, origin, problems),
            };
            if problems.len() > count {
                return;
            }
            Ok(value)
        }
        (kind, value) => scalar(kind, value),
    };
    match taken {
        Ok(value) => settings.set(path.to_owned(), value, source),
        Err(wrong) => problems.push(Problem::new(source, format!("`{path}` {wrong}"))),
    }
}

/// Takes one entry of a pass-through section.
pub(crate) fn take_pass_through(
    path: String,
    value: &Spanned<DeValue<'_>>,
    origin: &Origin<'_>,
    settings: &mut Settings,
    problems: &mut Vec<Problem>,
) {
    let source = origin.source(&value.span());
    if path.contains(char::is_control) {
        // No library has such a name, and a name of several lines could not be shown as a key.
        let message = format!("the name {path:?} must not have control characters");
        problems.push(Problem::new(source, message));
        return;
    }
    let text = match value.get_ref() {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(value) => value.to_string(),
        other => {
            let got = type_name(other);
            problems.push(Problem::new(
                source,
                format!("`{path}` must be a text, a number, true or false, got {got}"),
            ));
            return;
        }
    };
    settings.set(path, Value::String(text), source);
}

fn scalar(kind: Kind, value: &DeValue<'_>) -> Result<Value, String> {
    match (kind, value) {
        (Kind::Text, DeValue::String(text)) => Ok(Value::String(text.to_string())),
        (Kind::Choice(choices), DeValue::String(text)) => {
            if choices.contains(&text.as_ref()) {
                return Ok(Value::String(text.to_string()));
            }
            let near = key::nearest(text, choices.iter().copied());
            let hint = key::did_you_mean(near);
            Err(format!(
                "must be {}, got {}{hint}",
                kind.expected(),
                quote(value)
            ))
        }
        (Kind::Integer(min, max, unit), DeValue::Integer(number)) => {
            let parsed = i64::from_str_radix(number.as_str(), number.radix()).ok();
            match parsed.filter(|number| (min..=max).contains(number)) {
                Some(number) => Ok(Value::Integer(number)),
                None => Err(format!("must be from {min} to {max} {unit}, got {number}")),
            }
        }
        (Kind::Boolean, DeValue::Boolean(value)) => Ok(Value::Boolean(*value)),
        _ => Err(format!("must be {}, got {}", kind.expected(), quote(value))),
    }
}
