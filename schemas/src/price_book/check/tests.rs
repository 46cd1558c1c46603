//! All that is wrong with facts is told at once, with the lines of its pieces.

use super::PriceBook;

/// Facts without a fault, a piece a line.
const FACTS: &str = r#"{
"as_of": "2026-11-24",
"units": [
  {"usage": "input_tokens", "rate": "input", "per": 1000000, "dimensions": {"direction": "input"}},
  {"usage": "cache_read_tokens", "rate": "cached", "per": 1000000,
   "dimensions": {"direction": "input", "token_type": "cache_read"}}
],
"providers": [
  {"provider": "one", "provider_match": {"regex": "^one"}, "fallback_providers": ["two"],
   "models": [
    {"model": "a", "match": {"equals": "a"}, "prices": [
      {"rates": {"input": "3"}},
      {"from": "2026-10-01", "rates": {"input": "2", "cached": "1"}}],
     "variants": [
      {"when": {"service_tier": "flex"}, "rates": {"input": "1"}}]},
    {"model": "b", "match": {"regex": "^b"}, "prices": [
      {"rates": {"input": {"base": "3", "tiers": [{"above_input_tokens": 10, "rate": "4"}]}}}]}
   ]},
  {"provider": "two", "models": []}
]}
"#;

/// The lines of what is wrong, and the messages, with some texts replaced.
fn problems(changes: &[(&str, &str)]) -> Vec<(usize, String)> {
    let mut facts = FACTS.to_owned();
    for (from, to) in changes {
        assert!(facts.contains(from), "{from}");
        facts = facts.replacen(from, to, 1);
    }
    let found = PriceBook::problems_of_json(facts.as_bytes());
    let refused = PriceBook::from_json(facts.as_bytes()).is_err();
    assert_eq!(!found.is_empty(), refused, "{changes:?}: {found:?}");
    let found = found.into_iter();
    found.map(|one| (one.line, one.message)).collect()
}

#[test]
fn right_facts_have_no_problem() {
    assert_eq!(problems(&[]), []);
    let built_in = PriceBook::built_in().unwrap();
    assert_eq!(PriceBook::problems_of_json(built_in.source()), []);
}

#[test]
fn three_faults_are_told_together() {
    let found = problems(&[
        (r#""2026-10-01""#, r#""October""#),
        (r#"{"input": "1"}"#, r#"{"inptu": "1"}"#),
        (r#"{"regex": "^b"}"#, r#"{"regex": "^(b"}"#),
    ]);
    let lines: Vec<_> = found.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [13, 15, 16], "{found:?}");
    for ((_, message), part) in found.iter().zip([
        "one/a: from is no day",
        r#"one/a: rate "inptu" is unknown"#,
        "a pattern of one/b is no regular expression",
    ]) {
        assert!(message.contains(part), "{message}");
    }
}

/// Each fault is one that reading the whole book finds too.
#[test]
fn every_kind_of_fault_has_its_line() {
    for (from, to, line, part) in [
        ("\"2026-11-24\"", "\"today\"", 2, "is no day such as"),
        ("\"per\": 1000000", "\"per\": 0", 4, "usage unit"),
        ("\"cache_read_tokens\"", "\"reads\"", 5, "\"reads\""),
        (
            "\"dimensions\": {\"direction\": \"input\", ",
            "\"x\": {",
            6,
            "unknown field `x`",
        ),
        ("\"two\"", "\"three\"", 9, "no provider \"three\""),
        ("\"^one\"", "\"[\"", 9, "a pattern of one"),
        (
            "\"match\"",
            "\"mach\"",
            11,
            "one, models[0]: unknown field `mach`",
        ),
        (
            "{\"rates\": {\"input\": \"3\"}}",
            "{\"rates\": 3}",
            12,
            "one/a, prices[0]: invalid type",
        ),
        ("{\"input\": \"2\", ", "{", 11, "input_tokens needs a rate"),
        (
            "\"rates\": {\"input\": \"3\"}",
            "\"when\": {\"route\": \"x\"}, \"rates\": {}",
            11,
            "must be a variant",
        ),
        (
            "\"service_tier\"",
            "\"mood\"",
            15,
            "no request has the attribute \"mood\"",
        ),
        (
            "\"above_input_tokens\": 10",
            "\"above\": 10",
            17,
            "rate \"input\"",
        ),
        (
            "\"models\": []",
            "\"modles\": []",
            19,
            "providers[1]: unknown field `modles`",
        ),
        (
            "\"models\": []}",
            "\"models\": []",
            20,
            "the price facts: expected `,` or `}`",
        ),
    ] {
        let found = problems(&[(from, to)]);
        assert_eq!(found.len(), 1, "{to}: {found:?}");
        assert_eq!(found[0].0, line, "{to}: {found:?}");
        assert!(found[0].1.contains(part), "{to}: {found:?}");
    }
}

/// A wrong unit would make every rate of it wrong: what hangs on it is not told.
#[test]
fn what_follows_from_a_fault_is_not_told() {
    let found = problems(&[
        ("\"input_tokens\"", "\"tokens\""),
        ("\"per\": 1000000,\n", "\"per\": 0,\n"),
        ("\"2026-10-01\"", "\"October\""),
    ]);
    let lines: Vec<_> = found.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [4, 5], "{found:?}");
}

/// A book as the lake keeps it is the facts, a zero byte and the operator's text.
#[test]
fn lines_of_an_operator_s_text_go_on_behind_the_facts() {
    let lines = FACTS.lines().count();
    let operator = "\n[[rates]]\n\n[[discount]]\n";
    let both = [FACTS.as_bytes(), &[0], operator.as_bytes()].concat();
    assert!(PriceBook::from_json(&both).is_err());
    let found = PriceBook::problems_of_json(&both);
    assert!(found.iter().any(|one| one.line == lines + 4), "{found:?}");
    let no_text = [FACTS.as_bytes(), &[0], b"# a\n\xff"].concat();
    assert!(PriceBook::from_json(&no_text).is_err());
    let found = PriceBook::problems_of_json(&no_text);
    assert_eq!(found[0].line, lines + 2, "{found:?}");
}
