//! Files of rules: YAML in the manner of Prometheus, checked whole.
//!
//! [`parse`] is a pure function of the text. Each problem has its line and column, and all problems
//! come at once.
//!
//! - [`rule`]: what every rule has; [`kinds`]: what breaks it; [`texts`]: labels and annotations

use std::collections::BTreeMap;

use schemas::alerts::rule::{Rule, RuleGroup, RuleKind};

use crate::alerting::fields::Fields;
use crate::alerting::problem::{Problems, RuleProblem};
use crate::alerting::values::span_s;
use crate::alerting::yaml::{self, Node};

mod kinds;
mod rule;
mod texts;

/// Most groups of a file.
const GROUPS_MAX: usize = 200;
/// Most rules of a group.
const RULES_MAX: usize = 1000;
/// Longest name of a group or a rule, characters.
const NAME_CHARS_MAX: usize = 128;
/// How often rules are evaluated unless they say, seconds: windows that have not changed cost nothing.
const INTERVAL_S: u32 = 1;
/// The same for a group with a query, which reads the lake anew each time.
const QUERY_INTERVAL_S: u32 = 10;
/// Longest pause between evaluations, seconds.
const INTERVAL_S_MAX: u32 = 86_400;

/// Reads the rules of a file.
///
/// # Errors
/// Everything that is wrong with it, from top to bottom.
pub(crate) fn parse(text: &str) -> Result<Vec<RuleGroup>, Vec<RuleProblem>> {
    let mut reading = Reading {
        source: text,
        problems: Problems::default(),
    };
    let root = yaml::read(text, &mut reading.problems);
    let groups = root.map(|root| reading.file(&root)).unwrap_or_default();
    reading.problems.none_or(groups)
}

/// A file while it is read.
#[derive(Debug)]
struct Reading<'a> {
    source: &'a str,
    problems: Problems,
}

impl Reading<'_> {
    fn file(&mut self, root: &Node) -> Vec<RuleGroup> {
        let problems = &mut self.problems;
        let Some(file) = Fields::new("the file", root, &["groups"], problems) else {
            return Vec::new();
        };
        file.required("groups", problems);
        let nodes = file.list("groups", GROUPS_MAX, problems);
        let mut names = Names::new("groups of the file");
        let groups = nodes.iter().map(|node| self.group(node, &mut names));
        groups.flatten().collect()
    }

    fn group(&mut self, node: &Node, names: &mut Names) -> Option<RuleGroup> {
        const KEYS: [&str; 4] = ["name", "interval", "labels", "rules"];
        let problems = &mut self.problems;
        let group = Fields::new("a group", node, &KEYS, problems)?;
        let name = group.required_value("name", short_name, problems);
        names.take(&group, "name", name.as_deref(), problems);
        let interval_s = group.value("interval", interval, problems);
        group.required("rules", problems);
        let nodes = group.list("rules", RULES_MAX, problems);
        let defaults = texts::entries(&group, "labels", problems);
        let mut rule_names = Names::new("rules of this group");
        let rules = nodes
            .iter()
            .map(|node| rule::read(node, &defaults, &mut rule_names, self));
        let rules: Vec<Rule> = rules.flatten().collect();
        let asks = rules
            .iter()
            .any(|rule| matches!(rule.kind, RuleKind::Sql(_)));
        let unless_said_s = if asks { QUERY_INTERVAL_S } else { INTERVAL_S };
        Some(RuleGroup {
            rules,
            name: name.unwrap_or_default(),
            interval_s: interval_s.unwrap_or(unless_said_s),
        })
    }
}

/// Names that must differ, each with the line that has it.
#[derive(Debug)]
struct Names {
    of: &'static str,
    lines: BTreeMap<String, usize>,
}

impl Names {
    const fn new(of: &'static str) -> Self {
        Self {
            of,
            lines: BTreeMap::new(),
        }
    }

    /// Takes a name; one that was there before is a problem.
    fn take(&mut self, of: &Fields<'_>, key: &str, name: Option<&str>, problems: &mut Problems) {
        let Some(name) = name else { return };
        let place = of.place(key);
        if let Some(line) = self.lines.insert(name.to_owned(), place.line) {
            let message = format!(
                "two {} are named \"{name}\", the other one in line {line}: a name tells them apart",
                self.of
            );
            problems.add(place, message);
        }
    }
}

/// A name of a group or a rule.
fn short_name(text: &str) -> Result<String, String> {
    let length = text.chars().count();
    if (1..=NAME_CHARS_MAX).contains(&length) && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "must be a text of 1 to {NAME_CHARS_MAX} characters in one line"
    ))
}

fn interval(text: &str) -> Result<u32, String> {
    match span_s(text)? {
        interval_s if interval_s <= INTERVAL_S_MAX => Ok(interval_s),
        _ => Err("must be at most 1d".to_owned()),
    }
}

#[cfg(test)]
mod tests;
