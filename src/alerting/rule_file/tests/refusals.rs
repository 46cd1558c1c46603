//! A file that makes no sense is refused with everything that is wrong.

use crate::alerting::rule_file::parse;

/// Every problem of a file at once, each where it is.
#[test]
fn all_problems_come_at_once() {
    let text = "\
groups:
  - name: spend
    intervall: 10s
    rules:
      - alert: Spike
        spike: {measure: costs, sensitivity: hihg, floor_usd: cheap}
        by: [tenant, feture]
        for: soon
        labels: {severity: '{{ $value }}', tenant: x, 0x: y}
        annotations:
          summary: |
            first line
            {{ $labels.feature }} and {{ $labels.tenent }}
      - alert: Spike
        threshold: {measure: retry_share, over: 15m, above: 20}
        sql: {query: SELECT 1}
      - threshold: {measure: calls, above: [5, 3], below: 1}
  - name: spend
    rules: later
";
    let problems = parse(text).unwrap_err();
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "3:5: a group has no key `intervall`; did you mean `interval`?",
            "6:26: `measure` cannot be \"costs\"; did you mean `cost`?",
            "6:46: `sensitivity` cannot be \"hihg\"; did you mean `high`?",
            "6:63: `floor_usd` must be an amount in US dollars such as 5 or 0.25: got \"cheap\"",
            "7:22: there is no dimension \"feture\"; did you mean `feature`?",
            "8:14: `for` must be a duration such as 90s, 15m, 1h30m or 7d, got \"soon\"",
            "9:29: `severity` uses `$value`, which changes while the alert lasts, and labels are \
             the alert's name: put it into an annotation",
            "9:44: the label `tenant` holds the key, because `by` names it: choose another name",
            "9:55: \"0x\" is no name of labels: it takes letters, digits and _, and begins with no \
             digit",
            "13:13: `summary` has no label `feature`; known are alertname, tenant, 0x, severity",
            "13:39: `summary` has no label `tenent`; did you mean `tenant`?",
            "14:9: two rules of this group are named \"Spike\", the other one in line 5: a name \
             tells them apart",
            "15:61: `above` must be a percentage such as 20%, got \"20\"",
            "16:9: a rule is of one kind: make a rule of its own of `sql`",
            "17:9: a rule needs `alert`",
            "17:20: `threshold` needs `over`",
            "17:48: the steps of `above` go from the mildest to the severest",
            "17:52: `threshold` takes `above` or `below`: make a rule of its own of the other",
            "18:5: two groups of the file are named \"spend\", the other one in line 2: a name \
             tells them apart",
            "19:12: `rules` must be a list, got a text",
        ]
    );
}

/// The problems of a rule with these keys, which a semicolon parts.
fn problems_of(rule: &str) -> Vec<String> {
    let keys = rule.replace("; ", "\n    ");
    let text = format!("groups:\n- name: g\n  rules:\n  - alert: A\n    {keys}\n");
    match parse(&text) {
        Ok(_) => Vec::new(),
        Err(problems) => problems
            .into_iter()
            .map(|problem| problem.message)
            .collect(),
    }
}

/// Kinds of rules that make no sense, and how the problem begins.
const WRONG_KINDS: &[(&str, &str)] = &[
    (
        "for: 1m",
        "a rule needs what breaks it: one of threshold, spike, budget, sql",
    ),
    (
        "threshold: {measure: calls, over: 1m}",
        "`threshold` needs `above` or `below`",
    ),
    (
        "threshold: {measure: calls, over: 32d, above: 1}",
        "`over` must be at most 31d",
    ),
    (
        "threshold: {measure: calls, over: 1m, above: []}",
        "`above` takes 1 to 16 values, got 0",
    ),
    (
        "threshold: {measure: calls, over: 1m, below: [1, 2]}",
        "the steps of `below` go from",
    ),
    (
        "threshold: {measure: price_book_age, over: 1m, above: 30d}",
        "`over` must go",
    ),
    (
        "threshold: {measure: price_book_age, above: 36h}",
        "`above` must be whole days",
    ),
    (
        "threshold: {measure: price_book_age, above: 30d}; by: [model]",
        "`by` must go: the age of the price book has no dimensions",
    ),
    (
        "threshold: {measure: cost_per_active_user, over: 1d, above: 1}; by: [user_id]",
        "`by` cannot name user_id here",
    ),
    (
        "spike: {measure: price_book_age}",
        "`spike` does not look at price_book_age: use `threshold`",
    ),
    (
        "spike: {measure: cache_hit_share}",
        "`spike` looks at cache_hit_share when it falls: add direction: below",
    ),
    (
        "spike: {measure: cost_per_call, direction: below}",
        "`spike` looks at cost_per_call when it rises",
    ),
    (
        "spike: {cold_start_usd: 0}",
        "`cold_start_usd` must be above zero",
    ),
    (
        "spike: {measure: retry_share, calls_min: 100}",
        "`calls_min` must go: a spike is weighed in dollars",
    ),
    (
        "spike: cost",
        "`spike` must be a mapping of keys to values, got a text",
    ),
    ("budget: {period: month}", "`budget` needs `amount_usd`"),
    ("budget: {amount_usd: 0}", "`amount_usd` must be above zero"),
    (
        "budget: {amount_usd: 1, steps: [80%, 50%]}",
        "`steps` go from the lowest",
    ),
    (
        "budget: {amount_usd: 1, steps: [0.05%]}",
        "a step must be from 0.1% to 1000%",
    ),
    (
        "budget: {amount_usd: 1, forecast: maybe}",
        "`forecast` must be true or false",
    ),
];

/// Other keys that make no sense.
const WRONG_KEYS: &[(&str, &str)] = &[
    ("sql: SELECT 1", "`sql` must be a mapping"),
    ("sql: {query: ' '}", "`query` must be a SELECT"),
    (
        "sql: {query: SELECT 1}; where: {model: x}",
        "`where` must go: a query groups",
    ),
    (
        "spike: {}; by: [model, model]",
        "`by` names \"model\" twice",
    ),
    (
        "spike: {}; where: {modell: x}",
        "there is no dimension \"modell\"; did you mean",
    ),
    (
        "spike: {}; where: {model: []}",
        "a filter takes 1 to 1000 values, got 0",
    ),
    (
        "spike: {}; where: {model: }",
        "write \"\" for calls that name none",
    ),
    (
        "spike: {}; where: {model: {nto: x}}",
        "a filter has no key `nto`",
    ),
    (
        "spike: {}; labels: {alertname: x}",
        "the label `alertname` holds the rule's name",
    ),
    (
        "spike: {}; annotations: {a: [x]}",
        "`a` must be a text, got a list",
    ),
    (
        "spike: {}; expr: x",
        "a rule has no key `expr`; known are alert, threshold",
    ),
];

#[test]
fn what_makes_no_sense_is_refused() {
    for (rule, problem) in WRONG_KINDS.iter().chain(WRONG_KEYS) {
        let problems = problems_of(rule);
        assert!(
            problems.iter().any(|found| found.starts_with(problem)),
            "{rule}: {problems:?}"
        );
    }
    let levels: Vec<String> = (1..20).map(|level| level.to_string()).collect();
    let many = levels.join(", ");
    let problems = problems_of(&format!(
        "threshold: {{measure: calls, over: 1m, above: [{many}]}}"
    ));
    assert_eq!(problems, ["`above` takes 1 to 16 values, got 19"]);
}
