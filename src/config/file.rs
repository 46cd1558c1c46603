//! Reads a TOML text into settings; every line that is wrong becomes a problem with its place.

use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::config::key::{self, Named};
use crate::config::layer::{self, Settings};
use crate::config::origin::{self, Origin};
use crate::config::problem::Problem;

/// Takes the embedded defaults.
pub(crate) fn apply_defaults(text: &str, settings: &mut Settings, problems: &mut Vec<Problem>) {
    read(&Origin::Text { name: None, text }, text, settings, problems);
}

/// Takes a config file. `name` is how messages call it.
pub(crate) fn apply(name: &str, text: &str, settings: &mut Settings, problems: &mut Vec<Problem>) {
    let name = Some(Arc::from(name));
    read(&Origin::Text { name, text }, text, settings, problems);
}

fn read(origin: &Origin<'_>, text: &str, settings: &mut Settings, problems: &mut Vec<Problem>) {
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        // Only the message: the error's own display quotes the line, which may hold a secret.
        let source = origin.source(&error.span().unwrap_or(0..0));
        let message = error.message().replace('\n', ", ");
        problems.push(Problem::new(source, format!("this is not TOML: {message}")));
    }
    // What was recovered around a syntax error may stand in the wrong section.
    if errors.is_empty() {
        walk("", document.get_ref(), origin, settings, problems);
    }
}

fn walk(
    section: &str,
    table: &DeTable<'_>,
    origin: &Origin<'_>,
    settings: &mut Settings,
    problems: &mut Vec<Problem>,
) {
    for (name, value) in in_order(table) {
        let path = join(section, name.get_ref());
        match (key::lookup(&path), value.get_ref()) {
            (Named::Key(key), _) => layer::take(key, value, origin, settings, problems),
            (Named::Section, DeValue::Table(inner)) => {
                walk(&path, inner, origin, settings, problems);
            }
            (Named::PassThrough, DeValue::Table(inner)) => {
                walk_pass_through(&path, inner, origin, settings, problems);
            }
            (Named::Section | Named::PassThrough, other) => problems.push(Problem::new(
                origin.source(&name.span()),
                format!(
                    "`{path}` is a section: write [{path}] and its keys below it; got {}",
                    origin::type_name(other)
                ),
            )),
            (Named::Unknown, _) => {
                let hint = key::did_you_mean(key::suggestion(&path));
                let message = format!("unknown key `{path}`{hint}");
                problems.push(Problem::new(origin.source(&name.span()), message));
            }
        }
    }
}

/// Takes the entries of a pass-through section.
///
/// The libraries' names have dots: unquoted, TOML reads them as tables, which are joined again.
fn walk_pass_through(
    section: &str,
    table: &DeTable<'_>,
    origin: &Origin<'_>,
    settings: &mut Settings,
    problems: &mut Vec<Problem>,
) {
    for (name, value) in in_order(table) {
        let path = join(section, name.get_ref());
        match Spanned::get_ref(value) {
            DeValue::Table(inner) => {
                walk_pass_through(&path, inner, origin, settings, problems);
            }
            _ => layer::take_pass_through(path, value, origin, settings, problems),
        }
    }
}

/// The entries as they stand in the text, so that problems are named from top to bottom.
fn in_order<'a, 'i>(
    table: &'a DeTable<'i>,
) -> Vec<(&'a Spanned<DeString<'i>>, &'a Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

fn join(section: &str, name: &str) -> String {
    if section.is_empty() {
        name.to_owned()
    } else {
        format!("{section}.{name}")
    }
}
