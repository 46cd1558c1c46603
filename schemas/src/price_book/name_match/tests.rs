//! Clauses that recognise names, and the look-ahead that the regex crate does not know.

use super::{MatchFact, NameMatch};

fn check(clause: &str, yes: &[&str], no: &[&str]) {
    let fact: MatchFact = serde_json::from_str(clause).unwrap();
    let clause = NameMatch::new(fact);
    assert!(clause.check().is_ok());
    for name in yes {
        assert!(clause.is_match(name), "{clause:?} {name}");
    }
    for name in no {
        assert!(!clause.is_match(name), "{clause:?} {name}");
    }
}

#[test]
fn clauses_match_without_letter_case() {
    check(
        r#"{"equals": "GPT-4o"}"#,
        &["gpt-4o"],
        &["gpt-4o-mini", "gpt-4"],
    );
    check(
        r#"{"starts_with": "MiniMax-M"}"#,
        &["minimax-m2"],
        &["a-minimax-m2"],
    );
    check(r#"{"ends_with": ":FREE"}"#, &["x:free"], &["x:free2"]);
    check(r#"{"contains": "Claude"}"#, &["a/claude-b"], &["claud"]);
    check(
        r#"{"all": [{"contains": "a"}, {"any": [{"equals": "ab"}, {"ends_with": "c"}]}]}"#,
        &["ab", "xac"],
        &["a", "bc", "abd"],
    );
    check(r#"{"any": []}"#, &[], &["", "a"]);
    check(r#"{"all": []}"#, &["", "a"], &[]);
}

#[test]
fn expressions_search_anywhere_unless_anchored() {
    check(
        r#"{"regex": "^o[134]"}"#,
        &["o1", "o3-mini"],
        &["o2", "xo1"],
    );
    check(
        r#"{"regex": "-\\d{8}$"}"#,
        &["a-20251001"],
        &["a-2025100", "a-20251001-b"],
    );
}

#[test]
fn a_look_ahead_at_the_start_refuses_names() {
    check(
        r#"{"regex": "^(?!.*-[tT][tT][sS](?:$|-))"}"#,
        &["gemini", "a-ttsx", ""],
        &["a-tts", "a-tts-1"],
    );
    check(
        r#"{"regex": "^(?![^/)]+/)(?:labs-)?(?:mistral|mixtral)"}"#,
        &["mistral-large", "labs-mixtral-8"],
        &["org/mistral", "lab-mistral", "a-mistral"],
    );
}

#[test]
fn a_look_ahead_elsewhere_is_an_error() {
    for text in ["a(?!b)", "^(?!a", "^(?!a(?!b))c", "("] {
        let clause = NameMatch::new(MatchFact::Regex(text.to_owned()));
        assert!(clause.check().is_err(), "{text}");
        assert!(!clause.is_match("c"), "{text}");
    }
}
