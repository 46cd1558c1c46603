//! Reads the fields of a mapping; what is wrong becomes a problem, and reading goes on.

use crate::alerting::problem::{Place, Problems, hint};
use crate::alerting::yaml::{Content, Key, Node, Scalar};

/// Characters of a wrong value that a message quotes.
const QUOTE_CHARS_MAX: usize = 60;

/// The fields of one mapping.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    /// What the mapping is, for messages: `a rule`.
    pub(crate) what: &'static str,
    /// Where it begins.
    pub(crate) place: Place,
    entries: &'a [(Key, Node)],
}

impl<'a> Fields<'a> {
    /// The fields of a value that is a mapping; keys that it may not have are problems.
    pub(crate) fn new(
        what: &'static str,
        node: &'a Node,
        known: &[&str],
        problems: &mut Problems,
    ) -> Option<Self> {
        let entries = mapping(what, node, problems)?;
        for (key, _) in entries {
            if !known.contains(&key.text.as_str()) {
                let hint = hint(&key.text, known);
                let message = format!("{what} has no key `{}`{hint}", shortened(&key.text));
                problems.add(key.place, message);
            }
        }
        Some(Self {
            what,
            place: node.place,
            entries,
        })
    }

    /// A field, if it is there.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Node> {
        let entry = self.entries.iter().find(|(key, _)| key.text == name)?;
        Some(&entry.1)
    }

    /// Where a field's key stands, or the mapping if it has no such field.
    pub(crate) fn place(&self, name: &str) -> Place {
        let entry = self.entries.iter().find(|(key, _)| key.text == name);
        entry.map_or(self.place, |(key, _)| key.place)
    }

    /// A field that must be there.
    pub(crate) fn required(&self, name: &str, problems: &mut Problems) -> Option<&'a Node> {
        let field = self.get(name);
        if field.is_none() {
            problems.add(self.place, format!("{} needs `{name}`", self.what));
        }
        field
    }

    /// What a field's text means to `read`, if the field is there.
    pub(crate) fn value<T>(
        &self,
        name: &str,
        read: impl Fn(&str) -> Result<T, String>,
        problems: &mut Problems,
    ) -> Option<T> {
        let scalar = text(&format!("`{name}`"), self.get(name)?, problems)?;
        match read(&scalar.text) {
            Ok(value) => Some(value),
            Err(wrong) => {
                let place = self.get(name).map_or(self.place, |node| node.place);
                problems.add(place, format!("`{name}` {wrong}"));
                None
            }
        }
    }

    /// As [`Self::value`], of a field that must be there.
    pub(crate) fn required_value<T>(
        &self,
        name: &str,
        read: impl Fn(&str) -> Result<T, String>,
        problems: &mut Problems,
    ) -> Option<T> {
        self.required(name, problems)?;
        self.value(name, read, problems)
    }

    /// The entries of a field that is a list of at most `entries_max`; none if it is not there.
    pub(crate) fn list(
        &self,
        name: &str,
        entries_max: usize,
        problems: &mut Problems,
    ) -> &'a [Node] {
        let Some(node) = self.get(name) else {
            return &[];
        };
        let wrong = match &node.content {
            Content::List(items) if items.len() > entries_max => {
                format!(
                    "`{name}` has {} entries, more than {entries_max}",
                    items.len()
                )
            }
            Content::List(items) => return items,
            other => format!("`{name}` must be a list, got {}", other.type_name()),
        };
        problems.add(node.place, wrong);
        &[]
    }
}

/// The entries of a value that is a mapping.
pub(crate) fn mapping<'a>(
    what: &str,
    node: &'a Node,
    problems: &mut Problems,
) -> Option<&'a [(Key, Node)]> {
    if let Content::Map(entries) = &node.content {
        return Some(entries);
    }
    let got = node.content.type_name();
    let message = format!("{what} must be a mapping of keys to values, got {got}");
    problems.add(node.place, message);
    None
}

/// A value that is a text.
pub(crate) fn text<'a>(what: &str, node: &'a Node, problems: &mut Problems) -> Option<&'a Scalar> {
    if let Content::Scalar(scalar) = &node.content {
        return Some(scalar);
    }
    let got = node.content.type_name();
    problems.add(node.place, format!("{what} must be a text, got {got}"));
    None
}

/// The values of a list, or the one that stands alone.
pub(crate) fn one_or_more(node: &Node) -> &[Node] {
    match &node.content {
        Content::List(items) => items,
        _ => std::slice::from_ref(node),
    }
}

/// A text for a message, cut if it is long.
pub(crate) fn shortened(text: &str) -> String {
    if text.chars().count() <= QUOTE_CHARS_MAX {
        return text.to_owned();
    }
    let start: String = text.chars().take(QUOTE_CHARS_MAX).collect();
    format!("{start}...")
}
