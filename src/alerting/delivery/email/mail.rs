//! The text of a mail: headers, and a body of plain text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::fmt::rfc2822;

use crate::alerting::delivery::NumberedChange;
use crate::alerting::delivery::text;

/// Characters of a subject: longer ones are cut by those who show them.
const SUBJECT_CHARS_MAX: usize = 150;
/// Bytes of a text in one encoded word, which may have 75 letters altogether.
const WORD_BYTES_MAX: usize = 42;
/// Letters in a line of base64.
const LINE_LETTERS: usize = 76;

/// A mail.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mail {
    /// Headers and body, as they are sent, with CRLF at the end of each line.
    pub(super) text: String,
}

impl Mail {
    /// The mail that tells of these changes.
    ///
    /// Its `Message-ID` is that of the first change, so that mail programs show a repetition once.
    ///
    /// # Units
    /// `now_us`: microseconds since the Unix epoch.
    pub(super) fn of(batch: &[NumberedChange], from: &str, to: &[String], now_us: i64) -> Self {
        let titles: Vec<String> = batch.iter().map(|one| text::title(&one.change)).collect();
        let subject = match titles.as_slice() {
            [title] => title.clone(),
            [title, ..] => format!("{} alerts, the first: {title}", titles.len()),
            [] => String::new(),
        };
        let host = from.rsplit_once('@').map_or("tokenmeter", |(_, host)| host);
        let id = batch.first().map(NumberedChange::delivery_id);
        let paragraphs: Vec<String> = batch
            .iter()
            .zip(&titles)
            .map(|(numbered, title)| paragraph(title, &text::facts(&numbered.change)))
            .collect();
        let headers = [
            ("From", from.to_owned()),
            ("To", to.join(",\r\n ")),
            ("Subject", encoded_words(&subject)),
            ("Date", date(now_us)),
            ("Message-ID", format!("<{}@{host}>", id.unwrap_or_default())),
            ("MIME-Version", "1.0".to_owned()),
            ("Content-Type", "text/plain; charset=utf-8".to_owned()),
            ("Content-Transfer-Encoding", "base64".to_owned()),
            // Nobody is to answer that they are on holiday.
            ("Auto-Submitted", "auto-generated".to_owned()),
        ];
        let mut text = String::new();
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.push_str(&lines_of_base64(&paragraphs.join("\r\n")));
        Self { text }
    }
}

fn paragraph(title: &str, facts: &[(&'static str, String)]) -> String {
    let mut text = format!("{title}\r\n");
    for (name, fact) in facts {
        text.push_str(&format!("  {name}: {}\r\n", fact.replace('\n', "\r\n  ")));
    }
    text
}

/// A text as encoded words of RFC 2047: whatever it holds, no header can be slipped in.
fn encoded_words(text: &str) -> String {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars().take(SUBJECT_CHARS_MAX) {
        if word.len() + c.len_utf8() > WORD_BYTES_MAX {
            words.push(std::mem::take(&mut word));
        }
        word.push(if c.is_control() { ' ' } else { c });
    }
    words.push(word);
    let encoded = words
        .iter()
        .map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word)));
    encoded.collect::<Vec<_>>().join("\r\n ")
}

fn lines_of_base64(text: &str) -> String {
    let letters = STANDARD.encode(text);
    let mut lines = String::with_capacity(letters.len() + letters.len() / 30);
    let mut rest = letters.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(LINE_LETTERS));
        lines.push_str(line);
        lines.push_str("\r\n");
        rest = more;
    }
    lines
}

fn date(now_us: i64) -> String {
    let now = Timestamp::from_microsecond(now_us).unwrap_or_default();
    rfc2822::to_string(&now.to_zoned(jiff::tz::TimeZone::UTC)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
