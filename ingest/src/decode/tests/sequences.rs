//! What is kept from message to message.

use schemas::reject::{Reject, RejectReason as Reason};

use super::super::{DecodeOptions, Decoded, NativeDecoder, RawRecord};
use super::{Bench, RECORD_TIME_US, event_with};

#[test]
fn a_reject_keeps_what_is_needed_to_look_into_it() {
    let mut bench = Bench::new();
    let message = vec![b'x'; 70_000];
    assert_eq!(
        bench.decode_at(41, &message),
        Decoded::Rejected(Reason::NotJson)
    );
    let mut rejects = bench.decoder.take_rejects();
    assert!(bench.decoder.take_rejects().is_empty());
    let raw = std::mem::take(&mut rejects[0].raw);
    assert!(raw == vec![b'x'; 64 * 1024]);
    let expected = Reject {
        reason: Reason::NotJson,
        detail: format!("message: byte 0: {}", "x".repeat(128)),
        raw: Vec::new(),
        raw_bytes: 70_000,
        raw_sha256: "bca09f4a757d5571c7d9f3341d4301f3c391c090826acc1a3013c6bcb7c01722".to_owned(),
        topic: "usage".to_owned(),
        topic_id: "topic-id".to_owned(),
        partition: 3,
        offset: 41,
        kafka_time_us: Some(RECORD_TIME_US),
        key: Some(b"u-1".to_vec()),
        headers: vec![("trace".to_owned(), "t-1".to_owned())],
    };
    assert_eq!(rejects, [expected]);
}

#[test]
fn empty_messages_are_tombstones() {
    let mut bench = Bench::new();
    assert_eq!(bench.decode(b""), Decoded::Tombstone);
    let record = RawRecord {
        partition: 0,
        offset: 1,
        time_us: None,
        key: None,
        payload: None,
    };
    let decoded = bench
        .decoder
        .decode(&record, &|| panic!("no reject"), &mut bench.dedup);
    assert_eq!(decoded, Decoded::Tombstone);
    assert_eq!(bench.finish().num_rows(), 0);
}

#[test]
fn copies_are_dropped_conflicts_rejected_and_replays_kept() {
    let mut bench = Bench::new();
    let event = event_with(r#""output_tokens": 100"#);
    let copy = r#"{"output_tokens":1e2,"model":"gpt-5","provider":"openai","tenant":null,"status":"ok",
        "input_tokens":1000.0,"event_time":1795457820000,"event_id":"\u0065-1","novel":true}"#;
    let other = event_with(r#""output_tokens": 101"#);
    assert!(matches!(
        bench.decode_at(10, event.as_bytes()),
        Decoded::Event { .. }
    ));
    assert_eq!(bench.decode_at(11, event.as_bytes()), Decoded::Duplicate);
    assert_eq!(bench.decode_at(12, copy.as_bytes()), Decoded::Duplicate);
    assert_eq!(
        bench.decode_at(13, other.as_bytes()),
        Decoded::Rejected(Reason::ConflictingDuplicate)
    );
    assert!(matches!(
        bench.decode_at(10, event.as_bytes()),
        Decoded::Event { .. }
    ));
    let rejects = bench.decoder.take_rejects();
    let details: Vec<_> = rejects
        .iter()
        .map(|reject| reject.detail.as_str())
        .collect();
    assert_eq!(
        details,
        ["event_id: e-1, first with another content at offset 10"]
    );
    assert_eq!(bench.finish().num_rows(), 2);
}

#[test]
fn unknown_fields_are_counted_by_name() {
    let mut bench = Bench::new();
    for number in 0..3 {
        let fields = format!(
            r#""event_id": "e-{number}", "novel": [1, {{"x": 2}}], "\u006eovel": null, "a": 0"#
        );
        let decoded = bench.decode(event_with(&fields).as_bytes());
        assert!(matches!(decoded, Decoded::Event { .. }));
    }
    let expected = [("a".to_owned(), 3), ("novel".to_owned(), 6)];
    assert_eq!(bench.decoder.take_unknown_fields(), expected);
    assert_eq!(bench.decoder.take_unknown_fields(), []);
    for number in 0..300 {
        let name = if number == 7 {
            "n".repeat(129)
        } else {
            format!("n{number}")
        };
        let decoded = bench.decode(format!("{{\"{name}\": 0}}").as_bytes());
        assert_eq!(decoded, Decoded::Rejected(Reason::MissingField));
    }
    let counts = bench.decoder.take_unknown_fields();
    assert_eq!(counts.len(), 257);
    assert!(counts.contains(&("(other)".to_owned(), 44)));
}

#[test]
fn a_full_batch_asks_to_be_taken() {
    let options = DecodeOptions {
        batch_bytes_max: 1000,
        ..DecodeOptions::default()
    };
    let mut bench = Bench::new();
    bench.decoder = NativeDecoder::new("usage", "topic-id", options);
    let mut number = 0;
    while !bench.decoder.is_full() {
        number += 1;
        let event = event_with(&format!(r#""event_id": "e-{number}""#));
        assert!(matches!(
            bench.decode(event.as_bytes()),
            Decoded::Event { .. }
        ));
    }
    assert_eq!(bench.decoder.rows(), 9);
    assert_eq!(bench.finish().num_rows(), 9);
    assert!(!bench.decoder.is_full());
    assert_eq!(
        bench.decode(&[b'x'; 2000]),
        Decoded::Rejected(Reason::NotJson)
    );
    assert!(bench.decoder.is_full());
    bench.decoder.take_rejects();
    assert!(!bench.decoder.is_full());
}

#[test]
fn what_rejects_keep_beside_their_messages_fills_a_batch() {
    let options = DecodeOptions {
        batch_bytes_max: 1000,
        ..DecodeOptions::default()
    };
    let mut bench = Bench::new();
    bench.decoder = NativeDecoder::new("usage", "topic-id", options);
    let record = RawRecord {
        partition: 0,
        offset: 0,
        time_us: None,
        key: None,
        payload: Some(b"{"),
    };
    let headers = || vec![("trace".to_owned(), "t".repeat(1000))];
    let decoded = bench.decoder.decode(&record, &headers, &mut bench.dedup);
    assert_eq!(decoded, Decoded::Rejected(Reason::NotJson));
    assert!(bench.decoder.is_full());
}
