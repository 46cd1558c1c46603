//! Semicolons end statements only where they are code.

use super::{is_complete, split};

#[test]
fn scripts_split_at_semicolons_that_are_code() {
    let cases: &[(&str, &[&str])] = &[
        ("", &[]),
        (" ;; \n;", &[]),
        ("SELECT 1", &["SELECT 1"]),
        ("SELECT 1;", &["SELECT 1"]),
        ("a; b", &["a", "b"]),
        ("SELECT ';' ; b", &["SELECT ';'", "b"]),
        ("SELECT 'it''s;' ; b", &["SELECT 'it''s;'", "b"]),
        ("SELECT \"a;b\"; c", &["SELECT \"a;b\"", "c"]),
        ("a -- no; end\n; b", &["a -- no; end", "b"]),
        (
            "a /* no; /* nested; */ still; */ ; b",
            &["a /* no; /* nested; */ still; */", "b"],
        ),
        ("-- only a comment;", &[]),
        ("/* only ; a comment */;", &[]),
        ("a - - b; c", &["a - - b", "c"]),
        ("a /*/ ; */ b; c", &["a /*/ ; */ b", "c"]),
    ];
    for (script, expected) in cases {
        let found = split(script);
        let trimmed: Vec<&str> = found.iter().map(|statement| statement.trim()).collect();
        assert_eq!(&trimmed, expected, "{script:?}");
    }
}

#[test]
fn statements_keep_their_lines_and_columns() {
    let statements = split("SELECT 1;\nSELECT ü; x");
    assert_eq!(
        statements,
        ["SELECT 1", "         \nSELECT ü", "         \n          x"]
    );
}

#[test]
fn a_text_is_complete_when_its_last_statement_is_ended() {
    for complete in [
        "",
        "  ",
        "a;",
        "a; ",
        "a; -- done",
        "a;\n/* done */",
        "-- nothing yet",
    ] {
        assert!(is_complete(complete), "{complete:?}");
    }
    for open in ["a", "a; b", "'a;", "\"a;", "a /* ;", "a -- ;", "x 'it''s ;"] {
        assert!(!is_complete(open), "{open:?}");
    }
}
