//! An incoming webhook of Slack: several changes make one message.

use serde_json::{Value, json};

use crate::alerting::delivery::NumberedChange;
use crate::alerting::delivery::answer::Answer;
use crate::alerting::delivery::http::JsonPost;
use crate::alerting::delivery::text;

/// Changes in one message: Slack takes 50 blocks, and about one message a second.
pub(crate) const BATCH_CHANGES_MAX: usize = 10;
/// Characters of one text in a block that Slack takes, with room for its marks.
const BLOCK_CHARS_MAX: usize = 2900;

/// An incoming webhook.
#[derive(Debug)]
pub(crate) struct Slack {
    post: JsonPost,
}

impl Slack {
    /// An incoming webhook at an address.
    pub(crate) fn new(post: JsonPost) -> Self {
        Self { post }
    }

    /// Posts changes as one message.
    pub(crate) async fn send(&self, batch: &[NumberedChange], now_us: i64) -> Answer {
        let body = message(batch).to_string();
        self.post.post(&[], body, now_us).await
    }
}

/// The message: a plain text for notifications, and two blocks a change.
fn message(batch: &[NumberedChange]) -> Value {
    let titles: Vec<String> = batch.iter().map(|one| text::title(&one.change)).collect();
    let blocks: Vec<Value> = batch
        .iter()
        .zip(&titles)
        .flat_map(|(numbered, title)| {
            let facts = text::facts(&numbered.change);
            let facts: Vec<String> = facts
                .iter()
                .map(|(name, fact)| format!("*{name}:* {}", escaped(fact)))
                .collect();
            [
                section(&format!("*{}*", escaped(title))),
                section(&facts.join("\n")),
            ]
        })
        .collect();
    json!({ "text": cut(&escaped(&titles.join("\n"))), "blocks": blocks })
}

fn section(text: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": cut(text) } })
}

/// The three characters that Slack reads as its own.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(BLOCK_CHARS_MAX) {
        Some((end, _)) => format!("{} ...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
