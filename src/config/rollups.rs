//! The list of rollups: checked field by field, and turned into the rollups that stages know.

use std::collections::BTreeSet;

use schemas::rollup::{Dimension, Rollup};
use schemas::time::S_PER_DAY;
use serde::{Deserialize, Deserializer};
use toml::de::{DeArray, DeTable, DeValue};
use toml::{Spanned, Table, Value};

use crate::config::key::{did_you_mean, nearest};
use crate::config::origin::{Origin, quote};
use crate::config::problem::Problem;

const FIELDS: [&str; 3] = ["name", "window_seconds", "dimensions"];
/// Longest name of a rollup: it becomes a folder of the lake.
const NAME_CHARS_MAX: usize = 64;

/// One `[[rollups]]` section.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    name: String,
    window_seconds: u32,
    dimensions: Vec<String>,
}

/// Turns checked sections into rollups.
///
/// # Errors
/// If a section has another shape, which [`check`] excludes.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Rollup>, D::Error> {
    let sections = Vec::<Section>::deserialize(deserializer)?;
    let rollup = |section: Section| {
        let columns = section.dimensions.iter();
        let dimensions = columns.map(|column| Dimension::from_column(column));
        Some(Rollup {
            name: section.name,
            window_seconds: section.window_seconds,
            dimensions: dimensions.collect::<Option<Vec<_>>>()?,
        })
    };
    let rollups: Option<Vec<Rollup>> = sections.into_iter().map(rollup).collect();
    rollups.ok_or_else(|| serde::de::Error::custom("a rollup has an unknown dimension"))
}

/// Checks a list of rollups, and returns it as a plain value.
pub(crate) fn check(list: &DeArray<'_>, origin: &Origin<'_>, problems: &mut Vec<Problem>) -> Value {
    let mut names = BTreeSet::new();
    let mut checked = Vec::new();
    for entry in list.iter() {
        let mut wrong = |message: String| {
            problems.push(Problem::new(origin.source(&entry.span()), message));
        };
        let DeValue::Table(table) = entry.get_ref() else {
            wrong(format!(
                "a rollup must be a table, got {}",
                quote(entry.get_ref())
            ));
            continue;
        };
        for (field, _) in table.iter() {
            let field = field.get_ref().as_ref();
            if !FIELDS.contains(&field) {
                let hint = match nearest(field, FIELDS) {
                    near @ Some(_) => did_you_mean(near),
                    None => format!("; known are {}", FIELDS.join(", ")),
                };
                wrong(format!("unknown key `rollups.{field}`{hint}"));
            }
        }
        let name = check_name(table, &mut wrong);
        if !name.is_empty() && !names.insert(name.clone()) {
            wrong(format!(
                "two rollups are named \"{name}\": give each its own name"
            ));
        }
        let mut section = Table::new();
        section.insert("name".to_owned(), Value::String(name));
        section.insert("window_seconds".to_owned(), check_width(table, &mut wrong));
        section.insert("dimensions".to_owned(), check_dimensions(table, &mut wrong));
        checked.push(Value::Table(section));
    }
    Value::Array(checked)
}

fn field<'a, 'i>(table: &'a DeTable<'i>, name: &str) -> Option<&'a DeValue<'i>> {
    table.get(name).map(Spanned::get_ref)
}

fn check_name(table: &DeTable<'_>, wrong: &mut impl FnMut(String)) -> String {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    match field(table, "name") {
        Some(DeValue::String(name))
            if !name.is_empty() && name.len() <= NAME_CHARS_MAX && name.chars().all(allowed) =>
        {
            return name.to_string();
        }
        Some(other) => wrong(format!(
            "`rollups.name` must be 1 to {NAME_CHARS_MAX} of a-z, 0-9, _ and -, got {}",
            quote(other)
        )),
        None => wrong("a rollup needs a `name`".to_owned()),
    }
    String::new()
}

fn check_width(table: &DeTable<'_>, wrong: &mut impl FnMut(String)) -> Value {
    match field(table, "window_seconds") {
        Some(DeValue::Integer(number)) => {
            let width = i64::from_str_radix(number.as_str(), number.radix()).unwrap_or(0);
            if width >= 1 && S_PER_DAY % width == 0 {
                return Value::Integer(width);
            }
            wrong(format!(
                "`rollups.window_seconds` must divide a day of {S_PER_DAY} seconds, so that days \
                 are unions of windows (60, 300, 900, 3600 ...), got {number}"
            ));
        }
        Some(other) => wrong(format!(
            "`rollups.window_seconds` must be a whole number, got {}",
            quote(other)
        )),
        None => wrong("a rollup needs `window_seconds`".to_owned()),
    }
    Value::Integer(0)
}

fn check_dimensions(table: &DeTable<'_>, wrong: &mut impl FnMut(String)) -> Value {
    let mut names: Vec<String> = Vec::new();
    let list = match field(table, "dimensions") {
        Some(DeValue::Array(list)) => list,
        Some(other) => {
            let got = quote(other);
            wrong(format!(
                "`rollups.dimensions` must be a list of texts, got {got}"
            ));
            return Value::Array(Vec::new());
        }
        None => {
            wrong("a rollup needs `dimensions`".to_owned());
            return Value::Array(Vec::new());
        }
    };
    for entry in list.iter() {
        let DeValue::String(name) = entry.get_ref() else {
            let got = quote(entry.get_ref());
            wrong(format!(
                "`rollups.dimensions` must be a list of texts, got {got}"
            ));
            continue;
        };
        if Dimension::from_column(name).is_none() {
            let known = Dimension::ALL.map(Dimension::column);
            let hint = match nearest(name, known) {
                near @ Some(_) => did_you_mean(near),
                None => format!("; known are {}", known.join(", ")),
            };
            wrong(format!(
                "unknown dimension \"{name}\" in `rollups.dimensions`{hint}"
            ));
        } else if names.iter().any(|known| known == name) {
            wrong(format!("`rollups.dimensions` names \"{name}\" twice"));
        } else {
            names.push(name.to_string());
        }
    }
    Value::Array(names.into_iter().map(Value::String).collect())
}
