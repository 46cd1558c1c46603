//! The examples of the documentation: each command that it shows prints what it shows.
#![allow(clippy::unwrap_used, reason = "helpers of tests are not seen as tests")]

use std::path::PathBuf;
use std::process::Command;

/// A command as a page shows it, and what it prints there.
#[derive(Debug)]
struct Example {
    command: String,
    output: String,
}

/// The blocks of a page that show one command at a prompt.
fn examples(page: &str) -> Vec<Example> {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let text = std::fs::read_to_string(root.join(page)).unwrap();
    let blocks = text.split("```console\n$ ").skip(1);
    blocks
        .map(|block| example(block.split("```").next().unwrap()))
        .collect()
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
