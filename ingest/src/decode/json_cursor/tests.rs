//! The grammar, held against serde_json on texts that are nearly JSON.

use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use proptest::{collection, sample};
use schemas::reject::RejectReason;

use super::super::event_parser::{ParserMemory, parse_event};
use super::super::field_set::FieldOrder;
use super::super::instant::InstantReader;
use super::super::parsed_event::ParsedEvent;
use super::super::unknown_fields::UnknownFields;
use super::{DEPTH_MAX, check_json};

/// Whether both ways through a text, as one value and as an event, take it for JSON.
fn is_json(text: &str) -> bool {
    let as_value = check_json(text).is_ok();
    let mut memory = ParserMemory {
        order: FieldOrder::new(),
        instants: InstantReader::default(),
        unknown_fields: UnknownFields::default(),
    };
    // The second time the order of names is foreseen.
    for pass in 0..2 {
        let mut arena = vec![0; text.len()];
        let mut event = ParsedEvent::new(Vec::new(), Vec::new());
        let outcome = parse_event(text, &mut arena, &mut event, &mut memory);
        let as_event = !matches!(outcome, Err(fault) if fault.reason == RejectReason::NotJson);
        assert_eq!(as_value, as_event, "{text:?} in pass {pass}");
    }
    as_value
}

fn oracle(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text).is_ok()
}

const TEXTS: &[&str] = &[
    "",
    " ",
    "{}",
    " { } ",
    "[]",
    "[ ]",
    "null",
    "true",
    "false",
    "nul",
    "nulll",
    "True",
    "0",
    "-0",
    "-",
    "--1",
    "+1",
    "01",
    "1.",
    ".5",
    "1.5",
    "1e",
    "1e+",
    "1E-5",
    "1e5.0",
    "-1.0e+10",
    "1e999999999999",
    "0x10",
    "NaN",
    "Infinity",
    "-Infinity",
    "123456789012345678901234567890",
    "\"\"",
    "\"",
    "\"\\\"",
    "\"\\\"\"",
    "\"\\",
    "\"\\a\"",
    "\"\\u\"",
    "\"\\u12\"",
    "\"\\u00e9\"",
    "\"\\u00E9\"",
    "\"\\u+123\"",
    "\"\\ud800\"",
    "\"\\udc00\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ude00\\ud83d\"",
    "\"\\ud83dx\"",
    "\"\\ud83d\\n\"",
    "\"\\ud83d\\u0041\"",
    "\"\\ud83d\\ud83d\"",
    "\"\t\"",
    "\"\n\"",
    "\"\u{0}\"",
    "\"\u{1f}\"",
    "\"\u{7f}\"",
    "\"\u{e9}\"",
    "\"\u{2028}\"",
    "'a'",
    "\"01234567\"",
    "\"0123456\u{1}\"",
    "\"01234567\\t89\"",
    "{\"a\":1}",
    "{\"a\":1,}",
    "{,}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\" : 1 , \"b\":[1,2]}",
    "{a:1}",
    "{1:1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1,,\"b\":2}",
    "{\"a\":1",
    "{\"a\"",
    "{",
    "{\"a\":{\"b\":{}}}",
    "{\"a\":[}",
    "{\"a\":[{]}",
    "{\"a\":[1,]}",
    "{\"a\":[,1]}",
    "{\"a\":[1 2]}",
    "[1,2",
    "[1]]",
    "[",
    "]",
    "}",
    ",",
    ":",
    "{}{}",
    "{} x",
    "{}\u{0}",
    "\u{feff}{}",
    "{}\u{a0}",
    "\u{b}{}",
    "\r\n\t {}\r\n\t ",
    "{\"\":0}",
    "{\"\\n\":0}",
    "{\"\\x\":0}",
    "{\"attributes\":{\"a\":\"b\"}}",
    "{\"attributes\":{\"a\":\"b\",}}",
    "{\"attributes\":{\"a\":}}",
    "{\"attributes\":{}",
    "{\"attributes\":{\"a\":\"b\"}",
    "// c\n{}",
    "{\"event_id\":\"a\" \"event_id\":\"b\",\"a name long enough to look ahead\":0}",
    "{\"event_id\":\"a\",\"event_id\":\"b\",\"a name long enough to look ahead\":0}",
    "{\"event_id\":\"a\",,\"event_id\":\"b\",\"a name long enough to look ahead\":0}",
    "{,\"event_id\":\"a\",\"a name long enough to look ahead\":0}",
    "{\"event_id\" \"a\",\"a name long enough to look ahead\":0}",
    "{ \"event_id\" : \"a\" , \"event_id\" : \"b\" , \"a name long enough to look ahead\" : 0 }",
    "{\"input_tokens\":01,\"a name long enough to look ahead\":0}",
    "{\"input_tokens\":1.,\"a name long enough to look ahead\":0}",
    "{\"input_tokens\":1x,\"a name long enough to look ahead\":0}",
    "{\"latency_ms\":1.5.5,\"a name long enough to look ahead\":0}",
    "{\"latency_ms\":00.5,\"a name long enough to look ahead\":0}",
    "{\"latency_ms\":.5,\"a name long enough to look ahead\":0}",
    "{\"latency_ms\":1.5e,\"a name long enough to look ahead\":0}",
    "{}/**/",
];

#[test]
fn texts_are_json_exactly_if_serde_json_says_so() {
    for text in TEXTS {
        assert_eq!(is_json(text), oracle(text), "{text:?}");
    }
}

#[test]
fn nesting_is_bounded_where_serde_json_bounds_it() {
    for depth in [1, 2, 64, 126, 127, 128, 129, 1000, 100_000] {
        let arrays = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let objects = format!("{}null{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        let mixed = format!(
            "{}0{}",
            "[{\"a\":".repeat(depth / 2),
            "}]".repeat(depth / 2)
        );
        let in_attributes = format!(
            "{{\"attributes\":{{\"x\":{}}}}}",
            arrays.get(4..arrays.len() - 4).unwrap_or("0")
        );
        for text in [arrays, objects, mixed, in_attributes] {
            assert_eq!(is_json(&text), oracle(&text), "depth {depth}");
        }
        let is_bounded = check_json(&"[".repeat(depth)).is_err();
        assert!(is_bounded);
    }
    let deepest = DEPTH_MAX as usize;
    assert!(is_json(&format!(
        "{}{}",
        "[".repeat(deepest),
        "]".repeat(deepest)
    )));
}

fn json_text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,6})?",
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        "\"([a-z \u{e9}]|\\\\u[0-9a-fA-F]{4}|\\\\[\"\\\\/bfnrt]){0,12}\"",
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let name = prop_oneof![
            Just("\"attributes\"".to_owned()),
            Just("\"event_id\"".to_owned()),
            Just("\"input_tokens\"".to_owned()),
            Just("\"latency_ms\"".to_owned()),
            Just("\"event_time\"".to_owned()),
            Just("\"status\"".to_owned()),
            "\"[a-z\u{4e2d}]{0,9}\"",
        ];
        prop_oneof![
            collection::vec(inner.clone(), 0..5)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            collection::vec((name, inner), 0..5).prop_map(|fields| {
                let fields: Vec<_> = fields.iter().map(|(n, v)| format!("{n} :{v}")).collect();
                format!("{{ {} }}", fields.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn generated_texts_are_judged_alike(text in json_text()) {
        prop_assert_eq!(is_json(&text), oracle(&text));
    }

    #[test]
    fn texts_with_a_flaw_are_judged_alike(
        text in json_text(),
        at in any::<sample::Index>(),
        flaw in prop_oneof![
            Just(""), Just("\""), Just("\\"), Just("{"), Just("}"), Just("["), Just("]"), Just(","),
            Just(":"), Just("0"), Just("-"), Just("."), Just("e"), Just("\u{1}"), Just(" "),
            Just("\\u"), Just("\\ud800"), Just("\u{e9}"), Just("x"),
        ],
        drops in any::<bool>(),
    ) {
        let mut characters: Vec<_> = text.chars().map(String::from).collect();
        let at = at.index(characters.len());
        if drops {
            characters[at] = flaw.to_owned();
        } else {
            characters.insert(at, flaw.to_owned());
        }
        let text = characters.concat();
        prop_assert_eq!(is_json(&text), oracle(&text), "{:?}", text);
    }

    #[test]
    fn cut_texts_are_judged_alike(text in json_text(), at in any::<sample::Index>()) {
        let text = &text[..text.floor_char_boundary(at.index(text.len() + 1))];
        prop_assert_eq!(is_json(text), oracle(text), "{:?}", text);
    }

    #[test]
    fn soups_of_tokens_are_judged_alike(
        tokens in collection::vec(sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"attributes\"", "1", "-1.5e3", "null", "true",
            " ", "\"", "\\",
        ]), 0..14)
    ) {
        let text = tokens.concat();
        prop_assert_eq!(is_json(&text), oracle(&text), "{:?}", text);
    }
}
