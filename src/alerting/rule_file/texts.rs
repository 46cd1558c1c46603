//! Labels and annotations: names that receivers take, and templates that can be filled in.

use std::collections::BTreeMap;

use schemas::alerts::alert::ALERT_NAME;
use schemas::alerts::amount::Unit;
use schemas::rollup::Dimension;

use crate::alerting::fields::{Fields, mapping, shortened, text};
use crate::alerting::problem::Problems;
use crate::alerting::rule_file::Reading;
use crate::alerting::template::Template;
use crate::alerting::template::scope::{Scope, is_label_name};
use crate::alerting::yaml::{Key, Scalar};

/// Most labels and most annotations of a rule.
const TEXTS_MAX: usize = 32;

/// A label or an annotation as it is written.
pub(super) type Entry<'a> = (&'a Key, &'a Scalar);

/// What the templates of a rule can use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Uses<'a> {
    /// The key; `None`: the columns of a query.
    pub(super) keys: Option<&'a [Dimension]>,
    /// The unit of what is found.
    pub(super) unit: Unit,
}

/// The entries of a field that maps names to texts.
pub(super) fn entries<'a>(
    fields: &Fields<'a>,
    field: &str,
    problems: &mut Problems,
) -> Vec<Entry<'a>> {
    let Some(node) = fields.get(field) else {
        return Vec::new();
    };
    let entries = mapping(&format!("`{field}`"), node, problems).unwrap_or_default();
    if entries.len() > TEXTS_MAX {
        let message = format!(
            "`{field}` has {} entries, more than {TEXTS_MAX}",
            entries.len()
        );
        problems.add(node.place, message);
    }
    let mut read = Vec::new();
    for (key, value) in entries {
        if !is_label_name(&key.text) {
            let message = format!(
                "\"{}\" is no name of {field}: it takes letters, digits and _, and begins with no digit",
                shortened(&key.text)
            );
            problems.add(key.place, message);
        }
        let value = text(&format!("`{}`", shortened(&key.text)), value, problems);
        read.extend(value.map(|value| (key, value)));
    }
    read
}

/// The labels of a rule: its own over those of its group.
pub(super) fn labels(
    own: &[Entry<'_>],
    defaults: &[Entry<'_>],
    uses: Uses<'_>,
    reading: &mut Reading<'_>,
) -> BTreeMap<String, String> {
    let is_own = |name: &str| own.iter().any(|(key, _)| key.text == name);
    let inherited = defaults.iter().filter(|(key, _)| !is_own(&key.text));
    let all: Vec<Entry<'_>> = inherited.chain(own).copied().collect();
    for (key, _) in &all {
        let column = Dimension::from_column(&key.text);
        let taken = if key.text == ALERT_NAME {
            "holds the rule's name"
        } else if column.is_some_and(|column| uses.keys.is_some_and(|keys| keys.contains(&column)))
        {
            "holds the key, because `by` names it"
        } else {
            continue;
        };
        let message = format!("the label `{}` {taken}: choose another name", key.text);
        reading.problems.add(key.place, message);
    }
    let scope = Scope {
        labels: key_labels(uses),
        unit: uses.unit,
        is_identity: true,
    };
    check(&all, &scope, reading)
}

/// The annotations of a rule with these labels.
pub(super) fn annotations(
    own: &[Entry<'_>],
    labels: &BTreeMap<String, String>,
    uses: Uses<'_>,
    reading: &mut Reading<'_>,
) -> BTreeMap<String, String> {
    let known = key_labels(uses).map(|mut known| {
        let own = labels.keys().filter(|label| !known.contains(label));
        let own: Vec<String> = own.cloned().collect();
        known.extend(own);
        known
    });
    let scope = Scope {
        labels: known,
        unit: uses.unit,
        is_identity: false,
    };
    check(own, &scope, reading)
}

/// The labels that a rule's alerts have before its own ones.
fn key_labels(uses: Uses<'_>) -> Option<Vec<String>> {
    let keys = uses.keys?.iter().map(|key| key.column().to_owned());
    Some(std::iter::once(ALERT_NAME.to_owned()).chain(keys).collect())
}

/// Checks templates, and returns their texts by name.
fn check(
    entries: &[Entry<'_>],
    scope: &Scope,
    reading: &mut Reading<'_>,
) -> BTreeMap<String, String> {
    for (key, value) in entries {
        let errors = match Template::parse(&value.text) {
            Ok(template) => scope.check(&template),
            Err(errors) => errors,
        };
        for error in errors {
            let place = value.place_of("{{", error.expression, reading.source);
            let message = format!("`{}` {}", key.text, error.message);
            reading.problems.add(place.unwrap_or(key.place), message);
        }
    }
    let texts = entries
        .iter()
        .map(|(key, value)| (key.text.clone(), value.text.clone()));
    texts.collect()
}
