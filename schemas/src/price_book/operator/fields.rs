//! Reads the fields of one entry of an operator's book; what is wrong becomes a problem.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::price_book::condition::{Period, parse_instant};
use crate::price_book::factor::Factor;
use crate::price_book::problem::{Problems, hint};

/// What TOML calls a value, with its place.
pub(super) type Value<'a, 'i> = &'a Spanned<DeValue<'i>>;

/// The fields of one entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a, 'i> {
    /// What the entry is, for messages: `discounts`.
    pub(super) section: &'static str,
    /// Where it begins in the text.
    pub(super) start: usize,
    table: &'a DeTable<'i>,
}

impl<'a, 'i> Fields<'a, 'i> {
    /// The fields of an entry that is a table; keys that no such entry has are problems.
    pub(super) fn new(
        section: &'static str,
        value: Value<'a, 'i>,
        known: &[&str],
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let start = value.span().start;
        let DeValue::Table(table) = value.get_ref() else {
            let message = format!("an entry of `{section}` is a table: write [[{section}]]");
            problems.add(start, message);
            return None;
        };
        for (name, _) in table.iter() {
            let key = name.get_ref().as_ref();
            if !known.contains(&key) {
                let hint = hint(key, known.iter().copied());
                let message = format!("unknown key `{key}` in `{section}`{hint}");
                problems.add(name.span().start, message);
            }
        }
        Some(Self {
            section,
            start,
            table,
        })
    }

    pub(super) fn get(&self, key: &str) -> Option<Value<'a, 'i>> {
        self.table.get(key)
    }

    /// Where a field stands, or the entry if it has no such field.
    pub(super) fn at(&self, key: &str) -> usize {
        self.get(key).map_or(self.start, |value| value.span().start)
    }

    /// Notes what is wrong with a field.
    pub(super) fn wrong(&self, key: &str, what: &str, problems: &mut Problems<'_>) {
        let message = format!("`{}.{key}` {what}", self.section);
        problems.add(self.at(key), message);
    }

    /// Notes that a field is missing, if it is.
    pub(super) fn require(&self, key: &str, problems: &mut Problems<'_>) {
        if self.get(key).is_none() {
            let message = format!("an entry of `{}` needs `{key}`", self.section);
            problems.add(self.start, message);
        }
    }

    /// A text, if the field is there and is one.
    pub(super) fn text(&self, key: &str, problems: &mut Problems<'_>) -> Option<String> {
        match self.get(key)?.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => Some(text.to_string()),
            _ => {
                self.wrong(key, "must be a text in quotes, not empty", problems);
                None
            }
        }
    }

    pub(super) fn required_text(&self, key: &str, problems: &mut Problems<'_>) -> Option<String> {
        self.require(key, problems);
        self.text(key, problems)
    }

    /// One of some texts.
    pub(super) fn choice(
        &self,
        key: &str,
        choices: &[&'static str],
        problems: &mut Problems<'_>,
    ) -> Option<&'static str> {
        let text = self.required_text(key, problems)?;
        let choice = choices.iter().find(|choice| **choice == text);
        if choice.is_none() {
            let known = hint(&text, choices.iter().copied());
            let choices = choices.join(", ");
            let what = format!("must be one of {choices}, got \"{text}\"{known}");
            self.wrong(key, &what, problems);
        }
        choice.copied()
    }

    /// A name that becomes a part of the names of entries.
    pub(super) fn id(&self, key: &str, problems: &mut Problems<'_>) -> Option<String> {
        const CHARS_MAX: usize = 64;
        let text = self.required_text(key, problems)?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if text.len() <= CHARS_MAX && text.chars().all(allowed) {
            return Some(text);
        }
        let what = format!("must be 1 to {CHARS_MAX} of a-z, A-Z, 0-9, '.', '_' and '-'");
        self.wrong(key, &what, problems);
        None
    }

    /// A decimal number of zero or more, if the field is there.
    pub(super) fn decimal(&self, key: &str, problems: &mut Problems<'_>) -> Option<Factor> {
        let value = self.get(key)?;
        let factor = decimal_text(value.get_ref()).and_then(|text| Factor::parse(text).ok());
        if factor.is_none() {
            let what = "must be a decimal number of zero or more, such as \"2.10\"";
            self.wrong(key, what, problems);
        }
        factor
    }

    pub(super) fn required_decimal(
        &self,
        key: &str,
        problems: &mut Problems<'_>,
    ) -> Option<Factor> {
        self.require(key, problems);
        self.decimal(key, problems)
    }

    /// A decimal number above zero.
    pub(super) fn positive(&self, key: &str, problems: &mut Problems<'_>) -> Option<Factor> {
        let factor = self.required_decimal(key, problems)?;
        if factor.is_zero() {
            self.wrong(key, "must be above zero", problems);
            return None;
        }
        Some(factor)
    }

    /// When the entry holds, and since when that was known.
    pub(super) fn dates(&self, problems: &mut Problems<'_>) -> Option<(Period, Option<i64>)> {
        self.require("from", problems);
        let from_us = self.instant("from", problems);
        let until_us = self.instant("until", problems);
        let known_from_us = self.instant("known_from", problems);
        let period = Period {
            from_us: from_us?,
            until_us,
        };
        if period
            .until_us
            .is_some_and(|until_us| until_us <= period.from_us)
        {
            self.wrong("until", "must be later than `from`", problems);
            return None;
        }
        Some((period, known_from_us))
    }

    fn instant(&self, key: &str, problems: &mut Problems<'_>) -> Option<i64> {
        let text = match self.get(key)?.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(instant) => instant.to_string(),
            _ => String::new(),
        };
        let parsed = parse_instant(&text);
        if parsed.is_none() {
            let what = "must be a UTC day such as \"2026-10-01\", or an instant with its offset \
                        such as \"2026-10-01T12:00:00Z\"";
            self.wrong(key, what, problems);
        }
        parsed
    }
}

/// A number as it is written, in quotes or not: every digit counts.
pub(super) fn decimal_text<'a>(value: &'a DeValue<'_>) -> Option<&'a str> {
    match value {
        DeValue::String(text) => Some(text.as_ref()),
        DeValue::Float(number) => Some(number.as_str()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str()),
        _ => None,
    }
}
