//! Which fields a receiver has, which kinds of receivers they are for, and the form of their texts.

use url::Url;

/// The kinds of receivers.
pub(super) const KINDS: [&str; 5] = ["alertmanager", "webhook", "slack", "email", "kafka"];

const OVER_HTTP_OR_SMTP: &[&str] = &["alertmanager", "webhook", "slack", "email"];
const WITH_SECRET: &[&str] = &["alertmanager", "webhook", "email"];
const SECONDS_PER_WEEK: i64 = 604_800;

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// The receiver's name.
    Name,
    /// The receiver's kind.
    Kind,
    /// An address to connect to.
    Url,
    /// Any text but an empty one.
    Text,
    /// A mail address.
    Address,
    /// Several of them.
    Addresses,
    /// States of alerts.
    States,
    /// Whole seconds, both ends included.
    Seconds(i64, i64),
    /// Labels with values.
    Labels,
}

impl Takes {
    /// What to write, for messages.
    pub(super) fn expected(self) -> &'static str {
        match self {
            Self::Name | Self::Kind | Self::Url | Self::Text => "a text",
            Self::Address => "a mail address",
            Self::Addresses => "a list of mail addresses",
            Self::States => "a list of states",
            Self::Seconds(..) => "a whole number of seconds",
            Self::Labels => "a table such as { severity = [\"page\"] }",
        }
    }
}

/// One field of a receiver.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    /// Its name.
    pub(super) name: &'static str,
    /// What it takes.
    pub(super) takes: Takes,
    /// The kinds of receivers that have it.
    pub(super) kinds: &'static [&'static str],
}

const fn field(name: &'static str, takes: Takes, kinds: &'static [&'static str]) -> Field {
    Field { name, takes, kinds }
}

const FIELDS: [Field; 16] = [
    field("name", Takes::Name, &KINDS),
    field("kind", Takes::Kind, &KINDS),
    field("url", Takes::Url, OVER_HTTP_OR_SMTP),
    field("url_file", Takes::Text, OVER_HTTP_OR_SMTP),
    field("url_env", Takes::Text, OVER_HTTP_OR_SMTP),
    field("secret_file", Takes::Text, WITH_SECRET),
    field("secret_env", Takes::Text, WITH_SECRET),
    field("generator_url", Takes::Text, &["alertmanager"]),
    field("username", Takes::Text, &["email"]),
    field("from", Takes::Address, &["email"]),
    field("to", Takes::Addresses, &["email"]),
    field("topic", Takes::Text, &["kafka"]),
    field("match", Takes::Labels, &KINDS),
    field("states", Takes::States, &KINDS),
    field("timeout_s", Takes::Seconds(1, 300), &KINDS),
    field("retry_for_s", Takes::Seconds(0, SECONDS_PER_WEEK), &KINDS),
];

impl Field {
    /// The field of this name.
    pub(super) fn of(name: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.name == name)
    }
}

/// The names of all fields.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|field| field.name)
}

/// What a kind cannot do without: fields of which it needs exactly one, and why.
pub(super) fn needs(kind: &str) -> &'static [(&'static [&'static str], &'static str)] {
    const NAME: (&[&str], &str) = (&["name"], "");
    const URL: (&[&str], &str) = (&["url", "url_file", "url_env"], ": one of them");
    match kind {
        "alertmanager" => &[NAME, URL],
        "webhook" => &[
            NAME,
            URL,
            (
                &["secret_file", "secret_env"],
                ": one of them, the key that signs what is sent",
            ),
        ],
        "slack" => &[
            NAME,
            (
                &["url_file", "url_env"],
                ": one of them, since the address is a secret",
            ),
        ],
        "email" => &[NAME, URL, (&["from"], ""), (&["to"], "")],
        _ => &[NAME, (&["topic"], "")],
    }
}

/// Says what is wrong with an address to connect to. The message quotes no part that may be a secret.
///
/// # Errors
/// What to write instead.
pub(crate) fn check_url(kind: &str, text: &str) -> Result<(), String> {
    let parsed = parse_url(kind, text)?;
    if kind == "slack" || parsed.password().is_some() || parsed.query().is_some() {
        return Err(
            "must not carry a secret: put an address with a password, a token or a query into a \
             file or the environment, and name it with `url_file` or `url_env`"
                .to_owned(),
        );
    }
    Ok(())
}

/// Reads an address to connect to. No message quotes it.
///
/// # Errors
/// What to write instead.
pub(crate) fn parse_url(kind: &str, text: &str) -> Result<Url, String> {
    let schemes: &[&str] = match kind {
        "email" => &["smtps", "smtp", "smtp-plain"],
        _ => &["https", "http"],
    };
    let expected = format!("must begin with {}://", schemes.join(":// or "));
    let parsed = Url::parse(text).map_err(|error| format!("is no URL ({error}): it {expected}"))?;
    if !schemes.contains(&parsed.scheme()) {
        return Err(format!("{expected}, got {}://", parsed.scheme()));
    }
    if parsed.host_str().is_none_or(str::is_empty) {
        return Err("must name a host".to_owned());
    }
    Ok(parsed)
}

/// Says what is wrong with a mail address.
///
/// # Errors
/// What to write instead.
pub(super) fn check_address(text: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | ',' | ';' | '"');
    let parts = text.split_once('@');
    let fits = parts
        .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
    if fits && text.chars().all(plain) {
        Ok(())
    } else {
        Err(format!(
            "must be a mail address such as costs@example.com, without a name, got {text:?}"
        ))
    }
}
