//! `tokenmeter alerts test`: whether rules do what their tests say, without a lake.

use std::path::Path;

use anyhow::bail;
use schemas::alerts::rule::RuleGroup;

use crate::alerting::rule_set::{self, RulesOfFile, RulesRefused};
use crate::alerting::rule_test::{self, RuleTest, TestFile, play, verdict};
use crate::cli::alerts_options::TestOptions;
use crate::commands::alerts::{counted, show};
use crate::config::Config;
use crate::console;

/// Runs tests of rules.
///
/// # Errors
/// [`RulesRefused`] if a file is wrong; another error if an alert is not as expected.
pub(crate) fn run(config: &Config, options: &TestOptions) -> anyhow::Result<()> {
    let files = load(config, &options.files)?;
    let mut failed = 0_usize;
    for (path, file, groups) in &files {
        let mut failed_here = 0_usize;
        for test in &file.tests {
            let differences = differences(path, config, file, test, groups)?;
            failed_here += usize::from(!differences.is_empty());
            for line in differences {
                console::line(line)?;
            }
        }
        failed += failed_here;
        let tests = counted(file.tests.len(), "test");
        console::line(match failed_here {
            0 => format!("{path}: {tests} passed"),
            failed => format!("{path}: {failed} of {tests} failed"),
        })?;
    }
    if failed > 0 {
        bail!("{} failed", counted(failed, "test"));
    }
    Ok(())
}

/// What of a test is not as expected, by expectation; none if all is.
fn differences(
    path: &str,
    config: &Config,
    file: &TestFile,
    test: &RuleTest,
    groups: &[RuleGroup],
) -> anyhow::Result<Vec<String>> {
    let interval_s = file.evaluation_interval_s;
    let mut lines = Vec::new();
    for outcome in play::play(test, groups, &config.rollups, interval_s)? {
        let differences = verdict::differences(&outcome);
        if differences.is_empty() {
            continue;
        }
        let expectation = outcome.expectation;
        let name = if test.name.is_empty() {
            format!("the test in line {}", test.place.line)
        } else {
            test.name.clone()
        };
        lines.push(format!(
            "{path}:{}:{}: {name}: {} at {}",
            expectation.place.line,
            expectation.place.column,
            expectation.rule,
            show::span(expectation.at_s)
        ));
        lines.extend(differences.iter().map(|line| format!("  {line}")));
    }
    Ok(lines)
}

/// Files of tests, each with the rules that it names.
fn load(
    config: &Config,
    paths: &[String],
) -> Result<Vec<(String, TestFile, Vec<RuleGroup>)>, RulesRefused> {
    let mut files = Vec::new();
    let mut wrong = Vec::new();
    for path in paths {
        let parsed = rule_set::read(path).map(|text| rule_test::parse(&text, &config.rollups));
        match parsed {
            Ok(Ok(file)) => {
                let rules = rule_set::load(&beside(path, &file.rule_files))?;
                let groups = groups(rules);
                wrong.extend(unknown_rules(path, &file, &groups));
                files.push((path.clone(), file, groups));
            }
            Ok(Err(problems)) => wrong.extend(rule_set::lines(path, &problems)),
            Err(error) => wrong.push(error),
        }
    }
    if wrong.is_empty() {
        Ok(files)
    } else {
        Err(rule_set::refusal("tests of rules", &wrong))
    }
}

/// Files as a file names them that stands in another folder.
fn beside(path: &str, names: &[String]) -> Vec<String> {
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let paths = names.iter().map(|name| folder.join(name));
    paths.map(|path| path.display().to_string()).collect()
}

fn groups(files: Vec<RulesOfFile>) -> Vec<RuleGroup> {
    files.into_iter().flat_map(|file| file.groups).collect()
}

/// Expectations of rules that no file has: they would hold whatever the rules do.
fn unknown_rules(path: &str, file: &TestFile, groups: &[RuleGroup]) -> Vec<String> {
    let is_known = |name: &str| {
        let mut rules = groups.iter().flat_map(|group| &group.rules);
        rules.any(|rule| rule.name == name)
    };
    let expectations = file.tests.iter().flat_map(|test| &test.expectations);
    let unknown = expectations.filter(|expectation| !is_known(&expectation.rule));
    unknown
        .map(|expectation| {
            let place = expectation.place;
            format!(
                "{path}:{}:{}: no file of rules has the alert \"{}\"",
                place.line, place.column, expectation.rule
            )
        })
        .collect()
}
