//! YAML as a tree with places, within bounds: what files of rules and of their tests are read from.
//!
//! Every scalar stays the text that it is, so that no amount passes through a float. Aliases are
//! refused, so nothing grows while it is read; so are tags and further documents.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::alerting::problem::{Place, Problems};

/// Longest text.
const TEXT_BYTES_MAX: usize = 1 << 20;
/// Deepest nesting.
const DEPTH_MAX: usize = 12;
/// Most values of a text.
const NODES_MAX: usize = 200_000;
/// Most keys of one mapping.
const KEYS_MAX: usize = 1000;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// Where it begins.
    pub(crate) place: Place,
    /// What it is.
    pub(crate) content: Content,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// Nothing: no value, `~` or `null`.
    Null,
    /// A text, a number, true or false.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the text.
    Map(Vec<(Key, Node)>),
}

/// A text as it is meant, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scalar {
    /// Without quotes, escapes and indentation.
    pub(crate) text: String,
    /// How it is written: characters from the first to behind the last, counted from 0.
    written: (usize, usize),
}

/// The key of an entry of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// Where it stands.
    pub(crate) place: Place,
    /// Its text.
    pub(crate) text: String,
}

impl Content {
    /// What it is, for messages.
    pub(crate) const fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Scalar(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

impl Scalar {
    /// Where its n-th `mark` is written, counted from 0.
    ///
    /// `source` is the text that it was read from. Escapes and folded lines keep the order of marks,
    /// so the place holds for every way of writing.
    pub(crate) fn place_of(&self, mark: &str, number: usize, source: &str) -> Option<Place> {
        let (start, end) = self.written;
        let characters = source.char_indices().skip(start).take(end - start);
        let mut starts = characters.filter(|(at, _)| source[*at..].starts_with(mark));
        let (at, _) = starts.nth(number)?;
        let before = &source[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Some(Place {
            line: 1 + before.matches('\n').count(),
            column: 1 + before[line_start..].chars().count(),
        })
    }
}

/// Reads a text; what keeps it from being read becomes a problem.
///
/// # Shape
/// `None` if there is a problem.
pub(crate) fn read(text: &str, problems: &mut Problems) -> Option<Node> {
    let start = Place { line: 1, column: 1 };
    if text.len() > TEXT_BYTES_MAX {
        let message = format!(
            "the file has {} bytes, more than {TEXT_BYTES_MAX}: split it",
            text.len()
        );
        problems.add(start, message);
        return None;
    }
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        let (place, taken) = match event {
            Ok((event, span)) => (place_of(&span), tree.take(event, span)),
            Err(error) => {
                let marker = *error.marker();
                (place_of(&Span::empty(marker)), Err(explain(error.info())))
            }
        };
        if let Err(message) = taken {
            problems.add(place, message);
            return None;
        }
    }
    for (place, message) in tree.problems {
        problems.add(place, message);
    }
    if tree.root.is_none() {
        problems.add(start, "the file is empty");
    }
    tree.root
}

/// What the parser says, with what is usually behind it.
fn explain(info: &str) -> String {
    let hint = if info.contains("mapping values are not allowed") {
        ": put quotes around a text with a colon in it, and mind the indentation"
    } else if info.contains("tab") {
        ": indent with spaces"
    } else if info.contains("cannot start any token") || info.contains("unexpected character") {
        ": put quotes around a text that begins with a special character"
    } else {
        ""
    };
    format!("this is no YAML: {info}{hint}")
}

fn place_of(span: &Span) -> Place {
    Place {
        line: span.start.line(),
        column: span.start.col() + 1,
    }
}

/// A list or a mapping that is not yet at its end.
#[derive(Debug)]
struct Open {
    place: Place,
    content: Content,
    /// The key whose value is awaited.
    key: Option<Key>,
}

/// The tree while it grows.
#[derive(Debug, Default)]
struct Tree {
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    problems: Vec<(Place, String)>,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), String> {
        let place = place_of(&span);
        match event {
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, Some(_))
            | Event::MappingStart(_, Some(_)) => {
                Err("tags (a word behind `!`) are not taken here: put quotes around a text".into())
            }
            Event::Alias(_) => {
                Err("aliases (a word behind `*`) are not taken here: write the value out".into())
            }
            Event::Scalar(text, style, ..) => {
                let content = match (style, text.as_ref()) {
                    (ScalarStyle::Plain, "" | "~" | "null") => Content::Null,
                    _ => Content::Scalar(Scalar {
                        text: text.into_owned(),
                        written: (span.start.index(), span.end.index()),
                    }),
                };
                self.attach(Node { place, content })
            }
            Event::SequenceStart(..) => self.open(place, Content::List(Vec::new())),
            Event::MappingStart(..) => self.open(place, Content::Map(Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open { place, content, .. }) => self.attach(Node { place, content }),
                None => Ok(()),
            },
            Event::DocumentStart(_) if self.root.is_some() => {
                Err("a second document begins here: use a file for each".into())
            }
            Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::StreamStart
            | Event::StreamEnd
            | Event::Nothing => Ok(()),
        }
    }

    fn open(&mut self, place: Place, content: Content) -> Result<(), String> {
        if self.open.len() >= DEPTH_MAX {
            return Err(format!("nested more than {DEPTH_MAX} deep"));
        }
        self.open.push(Open {
            place,
            content,
            key: None,
        });
        Ok(())
    }

    /// Puts a whole value where it belongs.
    fn attach(&mut self, node: Node) -> Result<(), String> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(format!("more than {NODES_MAX} values: split the file"));
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut parent.content, parent.key.take()) {
            (Content::List(items), _) => items.push(node),
            (Content::Map(entries), Some(key)) => {
                if let Some((first, _)) = entries.iter().find(|(other, _)| other.text == key.text) {
                    let message = format!(
                        "`{}` stands here twice: first in line {}",
                        key.text, first.place.line
                    );
                    self.problems.push((key.place, message));
                } else {
                    entries.push((key, node));
                }
            }
            (Content::Map(entries), None) if entries.len() >= KEYS_MAX => {
                return Err(format!("a mapping with more than {KEYS_MAX} keys"));
            }
            (Content::Map(_), None) => parent.key = Some(key_of(node)?),
            (Content::Null | Content::Scalar(_), _) => {}
        }
        Ok(())
    }
}

fn key_of(node: Node) -> Result<Key, String> {
    match node.content {
        Content::Scalar(scalar) => Ok(Key {
            place: node.place,
            text: scalar.text,
        }),
        content => Err(format!("a key must be a text, got {}", content.type_name())),
    }
}

#[cfg(test)]
mod tests;
