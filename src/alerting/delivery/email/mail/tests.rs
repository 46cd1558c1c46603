//! The text of a mail, read back by its own rules.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Mail;
use crate::alerting::delivery::NumberedChange;
use crate::alerting::delivery::test_changes::{firing, resolved};

const NOW_US: i64 = 1_795_766_400_000_000;

/// The headers, unfolded, and the body, decoded.
fn parts(mail: &Mail) -> (Vec<String>, String) {
    let (headers, body) = mail.text.split_once("\r\n\r\n").unwrap();
    let headers = headers.replace("\r\n ", "\n");
    let body = STANDARD.decode(body.replace("\r\n", "")).unwrap();
    (
        headers.split("\r\n").map(str::to_owned).collect(),
        String::from_utf8(body).unwrap(),
    )
}

fn decoded(words: &str) -> String {
    let words = words.split('\n').map(|word| {
        assert!(word.len() <= 75, "{word}");
        let inner = word.strip_prefix("=?utf-8?B?").unwrap();
        let bytes = STANDARD.decode(inner.strip_suffix("?=").unwrap()).unwrap();
        String::from_utf8(bytes).unwrap()
    });
    words.collect()
}

#[test]
fn a_mail_says_who_what_and_when() {
    let batch = [NumberedChange::new(1, firing("a"))];
    let to = ["a@example.com".to_owned(), "b@example.com".to_owned()];
    let (headers, body) = parts(&Mail::of(&batch, "costs@example.com", &to, NOW_US));
    assert_eq!(headers[0], "From: costs@example.com");
    assert_eq!(headers[1], "To: a@example.com,\nb@example.com");
    let subject = headers[2].strip_prefix("Subject: ").unwrap();
    assert_eq!(
        decoded(subject),
        "[FIRING] FeatureSpike: search costs more than usual"
    );
    assert_eq!(headers[3], "Date: Fri, 27 Nov 2026 08:00:00 +0000");
    assert_eq!(headers[4], "Message-ID: <a.1@example.com>");
    assert!(body.starts_with("[FIRING] FeatureSpike: search costs more than usual\r\n"));
    assert!(body.contains("\r\n  Value: $12.50\r\n"), "{body}");
    assert!(mail_lines_are_short(&batch, &to));
}

fn mail_lines_are_short(batch: &[NumberedChange], to: &[String]) -> bool {
    let mail = Mail::of(batch, "costs@example.com", to, NOW_US);
    mail.text.split("\r\n").all(|line| line.len() <= 78)
}

#[test]
fn several_changes_make_one_mail() {
    let batch = [
        NumberedChange::new(1, firing("a")),
        NumberedChange::new(2, resolved("b")),
    ];
    let (headers, body) = parts(&Mail::of(
        &batch,
        "c@x.com",
        &["d@x.com".to_owned()],
        NOW_US,
    ));
    let subject = headers[2].strip_prefix("Subject: ").unwrap();
    assert!(decoded(subject).starts_with("2 alerts, the first: [FIRING]"));
    assert!(body.contains("[FIRING]") && body.contains("[RESOLVED]"));
}

#[test]
fn no_text_can_slip_a_header_in() {
    let mut change = firing("a");
    let evil = "x\r\nBcc: everybody@example.com\r\n\r\nbody \u{1F4B8} ".repeat(9);
    change.annotations.insert("summary".to_owned(), evil);
    let batch = [NumberedChange::new(1, change)];
    let to = ["d@x.com".to_owned()];
    let (headers, _) = parts(&Mail::of(&batch, "c@x.com", &to, NOW_US));
    assert_eq!(headers.len(), 9);
    assert!(headers.iter().all(|header| !header.starts_with("Bcc")));
    assert!(mail_lines_are_short(&batch, &to));
}
