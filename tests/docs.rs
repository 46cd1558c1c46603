//! The examples of the documentation: each command that it shows prints what it shows, each rule is
//! right, each query runs.
#![allow(clippy::unwrap_used, reason = "helpers of tests are not seen as tests")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A command as a page shows it, and what it prints there.
#[derive(Debug)]
struct Example {
    command: String,
    output: String,
}

/// The blocks of a page that show one command at a prompt.
fn examples(page: &str) -> Vec<Example> {
    let blocks = blocks(page, "console\n$ ");
    blocks.iter().map(|block| example(block)).collect()
}

/// The checkout that cargo runs the tests of.
fn root() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap())
}

/// What stands in a page between three backticks with this behind them, and three more.
fn blocks(page: &str, begin: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(page)).unwrap();
    let begin = format!("```{begin}");
    let blocks = text.split(begin.as_str()).skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

fn tokenmeter(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokenmeter"));
    command.current_dir(folder).args(words).output().unwrap()
}

/// What a command prints that ends well.
fn printed(folder: &Path, words: &[&str]) -> String {
    let output = tokenmeter(folder, words);
    let errors = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{words:?}\n{printed}{errors}");
    printed
}

/// A command goes on behind a backslash at a line's end, and to the end of the text that it is given.
fn example(block: &str) -> Example {
    let mut command = String::new();
    let mut lines = block.split_inclusive('\n');
    let mut end_of_text: Option<String> = None;
    for line in lines.by_ref() {
        command.push_str(line);
        let word = line.trim_end();
        if let Some((_, end)) = word.split_once("<<") {
            end_of_text = Some(end.trim_matches('\'').to_owned());
        }
        let goes_on = match &end_of_text {
            Some(end) => word != end,
            None => word.ends_with('\\'),
        };
        if !goes_on {
            break;
        }
    }
    Example {
        command,
        output: lines.collect(),
    }
}

#[test]
fn quotes_are_as_the_page_on_pricing_shows_them() {
    let examples = examples("docs/pricing.md");
    assert!(examples.len() > 1, "{examples:?}");
    for example in examples {
        let program = env!("CARGO_BIN_EXE_tokenmeter");
        let program = format!("'{program}'");
        let script = example.command.replacen("tokenmeter", &program, 1);
        let shown = Command::new("sh").arg("-c").arg(&script).output().unwrap();
        let printed = String::from_utf8(shown.stdout).unwrap();
        assert_eq!(printed, example.output, "{}", example.command);
    }
}

#[test]
fn rules_are_as_the_page_on_rules_shows_them() {
    let shown = blocks("docs/alerts/rules.md", "yaml\n");
    let [rules, tests] = shown.as_slice() else {
        panic!("{shown:?}");
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rules.yaml"), rules).unwrap();
    std::fs::write(folder.path().join("rules_test.yaml"), tests).unwrap();
    let checked = printed(folder.path(), &["alerts", "check", "rules.yaml"]);
    assert_eq!(checked, "rules.yaml is right: 4 rules in 1 group\n");
    let tested = printed(folder.path(), &["alerts", "test", "rules_test.yaml"]);
    assert_eq!(tested, "rules_test.yaml: 1 test passed\n");
    // A test that cannot fail shows nothing.
    let wrong = tests.replace("10x14", "1x14");
    std::fs::write(folder.path().join("rules_test.yaml"), wrong).unwrap();
    let failed = tokenmeter(folder.path(), &["alerts", "test", "rules_test.yaml"]);
    assert_eq!(failed.status.code(), Some(1));
}

#[test]
fn the_starter_pack_is_right_and_does_what_its_tests_say() {
    let (rules, tests) = (
        "deploy/alerts/starter.yaml",
        "deploy/alerts/starter_test.yaml",
    );
    let checked = printed(&root(), &["alerts", "check", rules]);
    assert_eq!(checked.lines().count(), 1, "{checked}");
    let shown = printed(&root(), &["alerts", "check", rules, "--show"]);
    let pages: Vec<&str> = shown
        .lines()
        .filter_map(|line| line.trim().strip_prefix("runbook_url: "))
        .collect();
    let begin = checked.split_once(": ").unwrap().1;
    assert!(
        begin.starts_with(&format!("{} rules", pages.len())),
        "{checked}"
    );
    for page in pages {
        let queries = blocks(page, "sql\n");
        assert_eq!(queries.len(), 3, "{page}");
    }
    let tested = printed(&root(), &["alerts", "test", tests]);
    assert!(tested.ends_with("passed\n"), "{tested}");
}

/// The queries of a file of rules: what stands deeper than `query: |`.
fn queries_of_rules(path: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(path)).unwrap();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut queries = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let mut query = String::new();
        if line.trim() == "query: |" {
            while let Some(of_query) = lines.next_if(|next| indent(next) > indent(line)) {
                query.push_str(of_query);
                query.push('\n');
            }
            queries.push(query);
        }
    }
    queries
}

#[test]
fn queries_of_runbooks_and_rules_run() {
    let folder = tempfile::tempdir().unwrap();
    let events = "{\"event_id\": \"a\", \"event_time\": \"2026-11-20T10:00:00Z\", \
        \"provider\": \"openai\", \"model\": \"gpt-4o\", \"tenant\": \"acme\", \
        \"user_id\": \"u-17\", \"feature\": \"search\", \"input_tokens\": 9}\n";
    std::fs::write(folder.path().join("events.ndjson"), events).unwrap();
    printed(
        folder.path(),
        &["backfill", "events.ndjson", "--lake", "lake"],
    );
    let pages = std::fs::read_dir(root().join("docs/alerts/runbooks")).unwrap();
    let mut queries = queries_of_rules("deploy/alerts/starter.yaml");
    assert_eq!(queries.len(), 1);
    for page in pages {
        let name = page.unwrap().file_name().into_string().unwrap();
        queries.extend(blocks(&format!("docs/alerts/runbooks/{name}"), "sql\n"));
    }
    assert!(queries.len() > 30, "{}", queries.len());
    for query in queries {
        printed(folder.path(), &["sql", &query, "--lake", "lake"]);
    }
}
