//! The rules of several files, as the program works with them.

use std::collections::BTreeMap;
use std::fmt;

use schemas::alerts::rule::RuleGroup;

use crate::alerting::problem::RuleProblem;
use crate::alerting::rule_file;

/// Rules or their tests that cannot be used: exit code 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RulesRefused(String);

impl fmt::Display for RulesRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RulesRefused {}

/// The rules of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RulesOfFile {
    /// The file, as it was named.
    pub(crate) path: String,
    /// Its groups.
    pub(crate) groups: Vec<RuleGroup>,
}

/// Reads files of rules.
///
/// # Errors
/// [`RulesRefused`] with everything that is wrong with any of them.
pub(crate) fn load(paths: &[String]) -> Result<Vec<RulesOfFile>, RulesRefused> {
    let mut wrong = Vec::new();
    let mut files: Vec<RulesOfFile> = Vec::new();
    for path in paths {
        match read(path).map(|text| rule_file::parse(&text)) {
            Ok(Ok(groups)) => files.push(RulesOfFile {
                path: path.clone(),
                groups,
            }),
            Ok(Err(problems)) => wrong.extend(lines(path, &problems)),
            Err(error) => wrong.push(error),
        }
    }
    wrong.extend(repeated_names(&files));
    if wrong.is_empty() {
        Ok(files)
    } else {
        Err(refusal("rules", &wrong))
    }
}

/// Reads a file whose name was given by a user.
///
/// # Errors
/// A line that names it and says why it cannot be read.
pub(crate) fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{path}: cannot be read: {error}"))
}

/// Each problem with its file.
pub(crate) fn lines(path: &str, problems: &[RuleProblem]) -> Vec<String> {
    let line = |problem: &RuleProblem| format!("{path}:{problem}");
    problems.iter().map(line).collect()
}

/// Everything that is wrong, as one error.
pub(crate) fn refusal(what: &str, lines: &[String]) -> RulesRefused {
    let things = if lines.len() == 1 {
        "thing is"
    } else {
        "things are"
    };
    let mut text = format!("{} {things} wrong with the {what}", lines.len());
    for line in lines {
        text.push_str(&format!("\n  {line}"));
    }
    RulesRefused(text)
}

/// Groups of one name in two files: state is kept by the name.
fn repeated_names(files: &[RulesOfFile]) -> Vec<String> {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    let mut wrong = Vec::new();
    for file in files {
        for group in &file.groups {
            if let Some(other) = first.insert(&group.name, &file.path) {
                wrong.push(format!(
                    "{}: the group \"{}\" stands in {other} too: a name tells groups apart",
                    file.path, group.name
                ));
            }
        }
    }
    wrong
}
