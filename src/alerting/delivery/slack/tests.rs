//! The message that Slack gets.

use super::message;
use crate::alerting::delivery::NumberedChange;
use crate::alerting::delivery::test_changes::{firing, resolved};

#[test]
fn several_changes_make_one_message_in_slacks_own_letters() {
    let mut change = firing("a");
    change
        .annotations
        .insert("summary".to_owned(), "a < b & c > d".to_owned());
    let batch = [
        NumberedChange::new(1, change),
        NumberedChange::new(2, resolved("b")),
    ];
    let message = message(&batch);
    assert_eq!(
        message["text"],
        "[FIRING] FeatureSpike: a &lt; b &amp; c &gt; d\n\
         [RESOLVED] FeatureSpike: search costs more than usual"
    );
    let blocks = message["blocks"].as_array().unwrap();
    assert_eq!(blocks.len(), 4);
    assert_eq!(blocks[0]["type"], "section");
    assert_eq!(
        blocks[0]["text"]["text"],
        "*[FIRING] FeatureSpike: a &lt; b &amp; c &gt; d*"
    );
    let facts = blocks[1]["text"]["text"].as_str().unwrap();
    assert!(
        facts.starts_with("*Value:* $12.50\n*Threshold:* $9.00\n"),
        "{facts}"
    );
}

#[test]
fn a_text_that_is_too_long_is_cut_between_characters() {
    let mut change = firing("a");
    change
        .annotations
        .insert("description".to_owned(), "\u{1F4B8}".repeat(5000));
    let message = message(&[NumberedChange::new(1, change)]);
    let facts = message["blocks"][1]["text"]["text"].as_str().unwrap();
    assert!(facts.chars().count() <= 3000, "{}", facts.chars().count());
    assert!(facts.ends_with("\u{1F4B8} ..."));
}
