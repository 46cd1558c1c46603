//! Names that are recognised ahead.

use super::super::field::{FIELD_COUNT, Field};

#[test]
fn a_name_is_seen_ahead_only_with_its_quote() {
    let padding = " ".repeat(40);
    for field in (0..FIELD_COUNT).map(Field::at) {
        let (name, pattern) = (field.name(), field.pattern());
        assert_eq!(pattern.len(), name.len() + 1);
        assert!(
            pattern.matches(format!("{name}\"{padding}").as_bytes()),
            "{name}"
        );
        for other in [
            format!("{name}s\""),
            format!("{name}\\\""),
            name.to_owned(),
            format!("x{name}\""),
        ] {
            assert!(
                !pattern.matches(format!("{other}{padding}").as_bytes()),
                "{other}"
            );
        }
        for at in 0..=name.len() {
            let mut text = format!("{name}\"{padding}").into_bytes();
            text[at] ^= 1;
            assert!(!pattern.matches(&text), "{name} at {at}");
        }
        assert!(pattern.matches(format!("{name}\"").as_bytes()));
        assert!(pattern.matches(format!("{name}\":1}}").as_bytes()));
        assert!(!pattern.matches(name.as_bytes()));
        assert!(!pattern.matches(format!("{name}s\"").as_bytes()));
        assert!(!pattern.matches(&name.as_bytes()[1..]));
    }
}
