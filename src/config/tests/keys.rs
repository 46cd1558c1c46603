//! Every key has a default, a reason, an example and a row in the documentation.

use std::collections::BTreeSet;

use schemas::rollup::default_rollups;

use super::load;
use crate::config::DEFAULT_TOML;
use crate::config::key::{KEYS, Kind};
use crate::config::origin::Source;
use crate::config::text::variable_of;

const EXAMPLE: &str = include_str!("../../../deploy/tokenmeter.example.toml");
const DOCUMENTATION: &str = include_str!("../../../docs/configuration.md");

#[test]
fn the_default_file_has_every_key_and_no_other() {
    let (_, settings) = load("").unwrap();
    for key in KEYS {
        let setting = settings.get(key.path).expect(key.path);
        assert_eq!(setting.source, Source::Default, "{}", key.path);
    }
    assert_eq!(settings.len(), KEYS.len());
}

#[test]
fn every_key_of_the_default_file_says_why() {
    let mut before = "";
    for line in DEFAULT_TOML.lines() {
        let is_key = line.contains(" = ") && !line.starts_with('#');
        if is_key && !line.starts_with("name") && !line.starts_with("dimensions") {
            let explained = before.starts_with('#') || before.starts_with("name = ");
            assert!(explained, "no comment above {line:?}");
        }
        before = line;
    }
}

#[test]
fn a_key_with_a_unit_says_it_in_its_name() {
    let units = [
        ("milliseconds", "_ms"),
        ("seconds", "_s"),
        ("bytes", "_bytes"),
    ];
    for key in KEYS {
        let Kind::Integer(_, _, unit) = key.kind else {
            continue;
        };
        if let Some((_, part)) = units.iter().find(|(name, _)| *name == unit) {
            assert!(
                format!("{}_", key.path).contains(&format!("{part}_")),
                "{}",
                key.path
            );
        }
    }
}

#[test]
fn the_default_rollups_are_those_of_the_schema() {
    assert_eq!(load("").unwrap().0.rollups, default_rollups());
}

#[test]
fn the_example_file_loads() {
    load(EXAMPLE).unwrap();
}

#[test]
fn the_documentation_has_a_row_for_every_key() {
    for key in KEYS {
        let row = format!("| `{}` |", key.path);
        assert!(
            DOCUMENTATION.contains(&row),
            "docs/configuration.md lacks {row}"
        );
        assert!(
            DOCUMENTATION.contains(&variable_of(key.path)),
            "{}",
            key.path
        );
    }
}

#[test]
fn no_key_is_named_like_a_section() {
    let sections: BTreeSet<&str> = KEYS
        .iter()
        .filter_map(|key| key.path.split_once('.'))
        .map(|(section, _)| section)
        .collect();
    assert!(KEYS.iter().all(|key| !sections.contains(key.path)));
}
