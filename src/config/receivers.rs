//! The list of receivers of alerts: checked field by field, and turned into what delivery knows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use schemas::alerts::alert::AlertState;
use serde::{Deserialize, Deserializer};
use toml::de::{DeArray, DeTable, DeValue};
use toml::{Spanned, Table, Value};

use crate::config::key::{did_you_mean, nearest, quoted};
use crate::config::origin::{Origin, quote};
use crate::config::problem::Problem;

pub(crate) mod fields;

use fields::{Field, KINDS, Takes};

/// Longest name of a receiver: it stands in the lake's commits.
const NAME_CHARS_MAX: usize = 64;
/// How long one attempt may take if the section does not say, seconds.
const TIMEOUT_S: u64 = 10;
/// How long delivery is tried if the section does not say, seconds.
const RETRY_FOR_S: u64 = 86_400;

/// One receiver of alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReceiverConfig {
    /// Its name, in metrics, logs and the lake's commits.
    pub(crate) name: String,
    /// Where its alerts go.
    pub(crate) destination: Destination,
    /// Labels with the values of which an alert must have one; none: every alert.
    pub(crate) matches: BTreeMap<String, Vec<String>>,
    /// The states that it is told of.
    pub(crate) states: Vec<AlertState>,
    /// How long one attempt may take.
    pub(crate) timeout: Duration,
    /// How long delivery is tried before an alert becomes a dead letter.
    pub(crate) retry_for: Duration,
}

/// Where alerts go, by kind of receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// Prometheus' Alertmanager.
    Alertmanager {
        /// Its address, without `/api/v2/alerts`.
        url: Given,
        /// A bearer token, if it asks for one.
        token: Option<Given>,
        /// What its `Source` link leads to.
        generator_url: Option<String>,
    },
    /// Anything that takes signed JSON over HTTP.
    Webhook {
        /// Where to post.
        url: Given,
        /// The key of the signature.
        secret: Given,
    },
    /// An incoming webhook of Slack.
    Slack {
        /// Where to post; it is a secret.
        url: Given,
    },
    /// Mail through an SMTP server.
    Email(EmailConfig),
    /// A topic of the cluster that events are read from.
    Kafka {
        /// The topic.
        topic: String,
    },
}

/// Mail through an SMTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EmailConfig {
    /// `smtps://HOST`, `smtp://HOST` (with STARTTLS) or `smtp-plain://HOST`.
    pub(crate) url: Given,
    /// The user, if the server asks for one.
    pub(crate) username: Option<String>,
    /// The user's password.
    pub(crate) password: Option<Given>,
    /// The sender's address.
    pub(crate) from: String,
    /// The addresses of those who get it.
    pub(crate) to: Vec<String>,
}

/// A value, or where it stands.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Given {
    /// The value itself: no secret.
    Text(String),
    /// A file that holds it.
    File(PathBuf),
    /// A variable of the environment that holds it.
    Variable(String),
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Variable(name) => write!(f, "environment {name}"),
        }
    }
}

/// One `[[alerts.receivers]]` section.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    name: String,
    kind: String,
    url: Option<String>,
    url_file: Option<PathBuf>,
    url_env: Option<String>,
    secret_file: Option<PathBuf>,
    secret_env: Option<String>,
    generator_url: Option<String>,
    username: Option<String>,
    from: Option<String>,
    #[serde(default)]
    to: Vec<String>,
    topic: Option<String>,
    #[serde(default, rename = "match")]
    matches: BTreeMap<String, Vec<String>>,
    states: Option<Vec<String>>,
    timeout_s: Option<u64>,
    retry_for_s: Option<u64>,
}

impl Section {
    fn url(&self) -> Option<Given> {
        given(
            self.url.as_ref(),
            self.url_file.as_ref(),
            self.url_env.as_ref(),
        )
    }

    fn secret(&self) -> Option<Given> {
        given(None, self.secret_file.as_ref(), self.secret_env.as_ref())
    }

    fn destination(&self) -> Option<Destination> {
        Some(match self.kind.as_str() {
            "alertmanager" => Destination::Alertmanager {
                url: self.url()?,
                token: self.secret(),
                generator_url: self.generator_url.clone(),
            },
            "webhook" => Destination::Webhook {
                url: self.url()?,
                secret: self.secret()?,
            },
            "slack" => Destination::Slack { url: self.url()? },
            "email" => Destination::Email(EmailConfig {
                url: self.url()?,
                username: self.username.clone(),
                password: self.secret(),
                from: self.from.clone()?,
                to: self.to.clone(),
            }),
            "kafka" => Destination::Kafka {
                topic: self.topic.clone()?,
            },
            _ => return None,
        })
    }

    fn receiver(self) -> Option<ReceiverConfig> {
        let destination = self.destination()?;
        let states = match self.states {
            Some(names) => names
                .iter()
                .map(|name| AlertState::from_name(name))
                .collect::<Option<Vec<_>>>()?,
            None => vec![AlertState::Firing, AlertState::Resolved],
        };
        Some(ReceiverConfig {
            name: self.name,
            destination,
            matches: self.matches,
            states,
            timeout: Duration::from_secs(self.timeout_s.unwrap_or(TIMEOUT_S)),
            retry_for: Duration::from_secs(self.retry_for_s.unwrap_or(RETRY_FOR_S)),
        })
    }
}

fn given(
    text: Option<&String>,
    file: Option<&PathBuf>,
    variable: Option<&String>,
) -> Option<Given> {
    let text = text.cloned().map(Given::Text);
    let file = file.cloned().map(Given::File);
    text.or(file).or(variable.cloned().map(Given::Variable))
}

/// Turns checked sections into receivers.
///
/// # Errors
/// If a section has another shape, which [`check`] excludes.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<ReceiverConfig>, D::Error> {
    let sections = Vec::<Section>::deserialize(deserializer)?;
    let receivers: Option<Vec<_>> = sections.into_iter().map(Section::receiver).collect();
    receivers.ok_or_else(|| serde::de::Error::custom("a receiver lacks what its kind needs"))
}

/// The names of all fields of a receiver.
pub(crate) fn field_names() -> impl Iterator<Item = &'static str> {
    fields::names()
}

/// Checks a list of receivers, and returns it as a plain value.
pub(crate) fn check(list: &DeArray<'_>, origin: &Origin<'_>, problems: &mut Vec<Problem>) -> Value {
    let mut names = BTreeSet::new();
    let mut checked = Vec::new();
    for entry in list.iter() {
        let mut wrong = |message: String| {
            problems.push(Problem::new(origin.source(&entry.span()), message));
        };
        let DeValue::Table(table) = entry.get_ref() else {
            let got = quote(entry.get_ref());
            wrong(format!("a receiver must be a table, got {got}"));
            continue;
        };
        let section = check_section(table, &mut wrong);
        let name = section.get("name").and_then(Value::as_str).unwrap_or("");
        if !name.is_empty() && !names.insert(name.to_owned()) {
            wrong(format!(
                "two receivers are named \"{name}\": give each its own name"
            ));
        }
        checked.push(Value::Table(section));
    }
    Value::Array(checked)
}

fn check_section(table: &DeTable<'_>, wrong: &mut impl FnMut(String)) -> Table {
    let mut section = Table::new();
    let kind = match table.get("kind").map(Spanned::get_ref) {
        Some(DeValue::String(kind)) if KINDS.contains(&kind.as_ref()) => kind.as_ref(),
        Some(other) => {
            wrong(format!(
                "`alerts.receivers.kind` must be one of {}, got {}",
                quoted(&KINDS),
                quote(other)
            ));
            return section;
        }
        None => {
            let kinds = quoted(&KINDS);
            wrong(format!("a receiver needs a `kind`: one of {kinds}"));
            return section;
        }
    };
    for (name, value) in table.iter() {
        let name = name.get_ref().as_ref();
        match Field::of(name) {
            Some(field) if field.kinds.contains(&kind) => {
                match checked_value(field, kind, value.get_ref()) {
                    Ok(value) => drop(section.insert(name.to_owned(), value)),
                    Err(expected) => wrong(format!("`alerts.receivers.{name}` {expected}")),
                }
            }
            Some(field) => wrong(format!(
                "`alerts.receivers.{name}` is for {}, not for a receiver of kind \"{kind}\"",
                quoted(field.kinds)
            )),
            None => {
                let hint = match nearest(name, fields::names()) {
                    near @ Some(_) => did_you_mean(near),
                    None => format!(
                        "; known are {}",
                        fields::names().collect::<Vec<_>>().join(", ")
                    ),
                };
                wrong(format!("unknown key `alerts.receivers.{name}`{hint}"));
            }
        }
    }
    for (alternatives, why) in fields::needs(kind) {
        let count = alternatives
            .iter()
            .filter(|name| table.contains_key(**name))
            .count();
        let listed = alternatives.join("`, `");
        match count {
            0 => wrong(format!(
                "a receiver of kind \"{kind}\" needs `{listed}`{why}"
            )),
            1 => {}
            _ => wrong(format!("a receiver takes only one of `{listed}`")),
        }
    }
    section
}

/// The value of a field, or what is wrong with it.
fn checked_value(field: &Field, kind: &str, value: &DeValue<'_>) -> Result<Value, String> {
    let got = || quote(value);
    match (field.takes, value) {
        (Takes::Name, DeValue::String(text)) => {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
            let fits = !text.is_empty() && text.len() <= NAME_CHARS_MAX;
            if fits && text.chars().all(allowed) {
                return Ok(Value::String(text.to_string()));
            }
            Err(format!(
                "must be 1 to {NAME_CHARS_MAX} of a-z, A-Z, 0-9, '.', '_' and '-', got {}",
                got()
            ))
        }
        (Takes::Url, DeValue::String(text)) => {
            fields::check_url(kind, text).map(|()| Value::String(text.to_string()))
        }
        (Takes::Text, DeValue::String(text)) if !text.trim().is_empty() => {
            Ok(Value::String(text.to_string()))
        }
        (Takes::Address, DeValue::String(text)) => {
            fields::check_address(text).map(|()| Value::String(text.to_string()))
        }
        (Takes::Addresses, DeValue::Array(list)) => {
            let list = texts(list).ok_or_else(|| "must be a list of addresses".to_owned())?;
            if list.is_empty() {
                return Err("must name at least one address".to_owned());
            }
            list.iter()
                .try_for_each(|text| fields::check_address(text))?;
            Ok(Value::from(list))
        }
        (Takes::States, DeValue::Array(list)) => {
            let known = AlertState::ALL.map(AlertState::as_str);
            let list = texts(list).unwrap_or_default();
            let fits = !list.is_empty() && list.iter().all(|name| known.contains(&name.as_str()));
            fits.then(|| Value::from(list))
                .ok_or_else(|| format!("must be a list of some of {}", quoted(&known)))
        }
        (Takes::Seconds(min, max), DeValue::Integer(number)) => {
            let parsed = i64::from_str_radix(number.as_str(), number.radix()).ok();
            let fits = parsed.filter(|seconds| (min..=max).contains(seconds));
            fits.map(Value::Integer)
                .ok_or_else(|| format!("must be from {min} to {max} seconds, got {number}"))
        }
        (Takes::Labels, DeValue::Table(labels)) => labels
            .iter()
            .map(|(label, values)| {
                let values = match values.get_ref() {
                    DeValue::String(text) => Some(vec![text.to_string()]),
                    DeValue::Array(list) => texts(list).filter(|list| !list.is_empty()),
                    _ => None,
                };
                values.map(|values| (label.get_ref().to_string(), Value::from(values)))
            })
            .collect::<Option<Table>>()
            .map(Value::Table)
            .ok_or_else(|| "must be a table such as { severity = [\"page\"] }".to_owned()),
        // The kind was looked at before.
        (Takes::Kind, DeValue::String(text)) => Ok(Value::String(text.to_string())),
        _ => Err(format!("must be {}, got {}", field.takes.expected(), got())),
    }
}

fn texts(list: &DeArray<'_>) -> Option<Vec<String>> {
    let texts = list.iter().map(|entry| match entry.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        _ => None,
    });
    texts.collect()
}

#[cfg(test)]
mod tests;
