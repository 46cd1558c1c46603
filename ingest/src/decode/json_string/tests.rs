//! Ends of strings and their escapes.

use proptest::prelude::{any, prop_assert_eq, proptest};

use super::super::json_cursor::{JsonCursor, RawValue};
use super::find_special;

fn decode(spelling: &str) -> String {
    let mut arena = vec![0; spelling.len()];
    let mut cursor = JsonCursor::new(spelling);
    let Ok(RawValue::String(text)) = cursor.value(0) else {
        panic!("{spelling} is no string")
    };
    text.decode(&mut &mut arena[..]).to_owned()
}

#[test]
fn the_first_special_byte_is_found_at_any_place() {
    for special in (0..=0x1f).chain([b'"', b'\\']) {
        for length in 0..40 {
            for at in 0..length {
                let mut bytes = vec![b'a'; length];
                bytes[at] = special;
                assert_eq!(find_special(&bytes, 0), at, "{special} at {at} of {length}");
                assert_eq!(find_special(&bytes, at), at);
                assert_eq!(find_special(&bytes, at + 1), length);
            }
        }
    }
    let plain: Vec<u8> = (0x20..=0xff)
        .filter(|byte| !matches!(byte, b'"' | b'\\'))
        .collect();
    assert_eq!(find_special(&plain, 0), plain.len());
    assert_eq!(find_special(&[], 0), 0);
}

#[test]
fn escapes_become_characters() {
    let cases = [
        (r#""plain""#, "plain"),
        (r#""""#, ""),
        (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (
            r#""\u0041\u00e9\u4E2d\ud83d\ude00""#,
            "A\u{e9}\u{4e2d}\u{1f600}",
        ),
        (r#""\u0000""#, "\0"),
        (
            r#""before\nbetween and long\tbehind""#,
            "before\nbetween and long\tbehind",
        ),
    ];
    for (spelling, expected) in cases {
        assert_eq!(decode(spelling), expected, "{spelling}");
    }
}

proptest! {
    #[test]
    fn what_was_escaped_comes_back(text in any::<String>()) {
        prop_assert_eq!(decode(&serde_json::to_string(&text).unwrap()), text.clone());
        let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        prop_assert_eq!(decode(&format!("\"{escaped}\"")), text);
    }
}
