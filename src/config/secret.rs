//! What is masked wherever a configuration is shown, and the settings that carry such values.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// What stands in place of a secret.
pub(crate) const MASK: &str = "********";

/// Parts of a name that make its value a secret.
const SECRET_WORDS: [&str; 8] = [
    "password",
    "passphrase",
    "secret",
    "key",
    "token",
    "credential",
    "sasl",
    "jaas",
];
/// Names that contain such a part, but whose values say only how or where.
const HARMLESS: [&str; 4] = [
    "sasl.mechanism",
    "sasl.mechanisms",
    "sasl.kerberos.service.name",
    "aws_skip_signature",
];

/// Whether the value under this name must never be shown.
///
/// It errs towards hiding: a name that only might hold a secret is one.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_place = name.ends_with(".location");
    if is_place || HARMLESS.contains(&name.as_str()) {
        return false;
    }
    SECRET_WORDS.iter().any(|word| name.contains(word)) || name.ends_with("sas")
}

/// Settings that go to a library under its own names; `Debug` masks the secrets.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct PassThrough(BTreeMap<String, String>);

impl PassThrough {
    /// The settings as they are, for the library alone.
    pub(crate) fn as_map(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

impl fmt::Debug for PassThrough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(name, value)| {
            let value = if is_secret(name) { MASK } else { value };
            (name, value)
        });
        f.debug_map().entries(shown).finish()
    }
}

/// Secrets shorter than this are not looked for: they would mask ordinary words.
const SCRUBBED_CHARS_MIN: usize = 6;
/// How variables begin in which the clouds' own tools keep credentials.
const CLOUD_PREFIXES: [&str; 3] = ["AWS_", "AZURE_", "GOOGLE_"];

/// Removes secrets from texts that others wrote: errors and log lines of libraries.
///
/// Nothing of our own quotes a secret; this is for what we cannot know.
#[derive(Clone, Default)]
pub(crate) struct Scrubber(Vec<String>);

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scrubber({} secrets)", self.0.len())
    }
}

impl Scrubber {
    /// Removes these secrets.
    pub(crate) fn new(secrets: impl Iterator<Item = String>) -> Self {
        let mut secrets: Vec<String> = secrets
            .filter(|secret| secret.len() >= SCRUBBED_CHARS_MIN)
            .collect();
        // A secret that contains another one goes first, so that no part of it stays.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets)
    }

    /// Removes the credentials of the clouds' variables as well.
    pub(crate) fn with_environment(
        self,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Self {
        let of_clouds = variables.filter(|(name, _)| {
            CLOUD_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) && is_secret(name)
        });
        Self::new(self.0.into_iter().chain(of_clouds.map(|(_, value)| value)))
    }

    /// The text without the secrets.
    pub(crate) fn scrub<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for secret in &self.0 {
            if text.contains(secret.as_str()) {
                text = Cow::Owned(text.replace(secret.as_str(), MASK));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests;
