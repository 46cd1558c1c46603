//! Files of tests of rules, as promtool's: series of windows, and which alerts they shall make.
//!
//! - [`series`]: the short notation of values; [`windows`]: series as rows of `cost_windows`
//! - [`play`]: what the rules make of them; [`verdict`]: whether that was expected

use std::collections::BTreeMap;

use schemas::measure::MEASURES;
use schemas::rollup::{Dimension, Rollup};
use schemas::time::parse_rfc3339_us;

use crate::alerting::fields::{Fields, mapping, shortened, text};
use crate::alerting::problem::{Place, Problems, RuleProblem, hint};
use crate::alerting::rule_test::series::Values;
use crate::alerting::values::{duration_s, span_s};
use crate::alerting::yaml::{self, Node};

pub(crate) mod play;
pub(crate) mod series;
pub(crate) mod verdict;
mod windows;

/// Most files, tests, series and expectations in one list.
const ENTRIES_MAX: usize = 1000;
/// Most evaluations of a test.
const EVALUATIONS_MAX: u32 = 200_000;
/// How often rules are evaluated and how long a value lasts unless the file says, seconds.
const INTERVAL_S: u32 = 60;
/// When a test begins unless it says: a Monday.
const START: &str = "2026-01-05T00:00:00Z";

/// A file of tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TestFile {
    /// Files of rules, as the file names them.
    pub(crate) rule_files: Vec<String>,
    /// How often rules are evaluated, seconds.
    pub(crate) evaluation_interval_s: u32,
    /// The tests.
    pub(crate) tests: Vec<RuleTest>,
}

/// One test: what happens, and what shall come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleTest {
    /// Its name; may be empty.
    pub(crate) name: String,
    /// Where it stands.
    pub(crate) place: Place,
    /// When it begins, microseconds since the Unix epoch.
    pub(crate) start_us: i64,
    /// How long a value of a series lasts, seconds.
    pub(crate) interval_s: u32,
    /// How long after its end a window counts as complete, seconds.
    pub(crate) lateness_s: u32,
    /// How old the price facts are at the start, seconds, if the test says.
    pub(crate) price_book_age_s: Option<u32>,
    /// What happens.
    pub(crate) series: Vec<Series>,
    /// What shall come of it.
    pub(crate) expectations: Vec<Expectation>,
}

/// The windows of one combination of dimensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Series {
    /// The rollup.
    pub(crate) rollup: String,
    /// The width of its windows, seconds.
    pub(crate) window_seconds: u32,
    /// The dimensions that are not null.
    pub(crate) dimensions: BTreeMap<Dimension, String>,
    /// By the measure's column.
    pub(crate) values: BTreeMap<&'static str, Values>,
}

/// The alerts of one rule that shall fire at an instant, all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expectation {
    /// Where it stands.
    pub(crate) place: Place,
    /// How long after the start, seconds.
    pub(crate) at_s: u32,
    /// The rule.
    pub(crate) rule: String,
    /// The alerts.
    pub(crate) alerts: Vec<ExpectedAlert>,
}

/// An alert that shall fire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExpectedAlert {
    /// All its labels but `alertname`.
    pub(crate) labels: BTreeMap<String, String>,
    /// Annotations that it shall have among others.
    pub(crate) annotations: BTreeMap<String, String>,
    /// The step that it shall have reached, if that matters.
    pub(crate) step: Option<String>,
}

/// Reads a file of tests over series of these rollups.
///
/// # Errors
/// Everything that is wrong with it, from top to bottom.
pub(crate) fn parse(text: &str, rollups: &[Rollup]) -> Result<TestFile, Vec<RuleProblem>> {
    let mut problems = Problems::default();
    let root = yaml::read(text, &mut problems);
    let file = root.and_then(|root| file(&root, rollups, &mut problems));
    let file = file.unwrap_or(TestFile {
        rule_files: Vec::new(),
        evaluation_interval_s: INTERVAL_S,
        tests: Vec::new(),
    });
    problems.none_or(file)
}

fn file(root: &Node, rollups: &[Rollup], problems: &mut Problems) -> Option<TestFile> {
    const KEYS: [&str; 3] = ["rule_files", "evaluation_interval", "tests"];
    let file = Fields::new("the file", root, &KEYS, problems)?;
    let mut rule_files = Vec::new();
    file.required("rule_files", problems);
    for node in file.list("rule_files", ENTRIES_MAX, problems) {
        rule_files.extend(text("a file of rules", node, problems).map(|file| file.text.clone()));
    }
    let evaluation_interval_s = file.value("evaluation_interval", span_s, problems);
    file.required("tests", problems);
    let tests = file.list("tests", ENTRIES_MAX, problems);
    let evaluation_interval_s = evaluation_interval_s.unwrap_or(INTERVAL_S);
    let tests = tests
        .iter()
        .map(|node| test(node, evaluation_interval_s, rollups, problems));
    Some(TestFile {
        rule_files,
        evaluation_interval_s,
        tests: tests.collect::<Vec<_>>().into_iter().flatten().collect(),
    })
}

fn test(
    node: &Node,
    evaluation_interval_s: u32,
    rollups: &[Rollup],
    problems: &mut Problems,
) -> Option<RuleTest> {
    const KEYS: [&str; 7] = [
        "name",
        "start",
        "interval",
        "lateness",
        "price_book_age",
        "input_series",
        "alert_rule_test",
    ];
    let test = Fields::new("a test", node, &KEYS, problems)?;
    let name = test.value("name", |name| Ok(name.to_owned()), problems);
    let start_us = test.value("start", instant, problems);
    let interval_s = test.value("interval", span_s, problems);
    let lateness_s = test.value("lateness", duration_s, problems);
    let price_book_age_s = test.value("price_book_age", duration_s, problems);
    let interval_s = interval_s.unwrap_or(INTERVAL_S);
    let mut all_series = Vec::new();
    for node in test.list("input_series", ENTRIES_MAX, problems) {
        all_series.extend(one_series(node, interval_s, rollups, problems));
    }
    test.required("alert_rule_test", problems);
    let mut expectations = Vec::new();
    for node in test.list("alert_rule_test", ENTRIES_MAX, problems) {
        let expectation = expectation(node, problems);
        let is_far = |at_s: u32| at_s / evaluation_interval_s > EVALUATIONS_MAX;
        if expectation
            .as_ref()
            .is_some_and(|expectation| is_far(expectation.at_s))
        {
            let message = format!(
                "`eval_time` is more than {EVALUATIONS_MAX} evaluations after the start: set a longer \
                 `evaluation_interval`"
            );
            problems.add(node.place, message);
        }
        expectations.extend(expectation);
    }
    Some(RuleTest {
        name: name.unwrap_or_default(),
        place: node.place,
        start_us: start_us.or_else(|| parse_rfc3339_us(START))?,
        interval_s,
        lateness_s: lateness_s.unwrap_or_default(),
        price_book_age_s,
        series: all_series,
        expectations,
    })
}

fn instant(text: &str) -> Result<i64, String> {
    parse_rfc3339_us(text).ok_or_else(|| {
        let got = shortened(text);
        format!("must be an instant with its offset, such as {START}, got \"{got}\"")
    })
}

fn one_series(
    node: &Node,
    interval_s: u32,
    rollups: &[Rollup],
    problems: &mut Problems,
) -> Option<Series> {
    const KEYS: [&str; 3] = ["rollup", "dimensions", "values"];
    let fields = Fields::new("a series", node, &KEYS, problems)?;
    let find = |name: &str| {
        let found = rollups.iter().find(|rollup| rollup.name == name);
        found.ok_or_else(|| {
            let known: Vec<&str> = rollups.iter().map(|rollup| rollup.name.as_str()).collect();
            format!("is no rollup of the configuration{}", hint(name, &known))
        })
    };
    let rollup = fields.required_value("rollup", find, problems)?;
    if !rollup.window_seconds.is_multiple_of(interval_s) {
        let message = format!(
            "the test's `interval` of {interval_s} s must divide the windows of the rollup {}, {} s",
            rollup.name, rollup.window_seconds
        );
        problems.add(fields.place, message);
    }
    fields.required("values", problems);
    Some(Series {
        rollup: rollup.name.clone(),
        window_seconds: rollup.window_seconds,
        dimensions: dimensions(&fields, rollup, problems),
        values: values(&fields, problems),
    })
}

fn dimensions(
    fields: &Fields<'_>,
    rollup: &Rollup,
    problems: &mut Problems,
) -> BTreeMap<Dimension, String> {
    let known: Vec<&str> = rollup
        .dimensions
        .iter()
        .map(|dimension| dimension.column())
        .collect();
    let mut dimensions = BTreeMap::new();
    for (name, value) in pairs(fields, "dimensions", problems) {
        let dimension = Dimension::from_column(&name);
        let Some(dimension) = dimension.filter(|dimension| rollup.dimensions.contains(dimension))
        else {
            let hint = hint(&name, &known);
            let message = format!("the rollup {} has no dimension `{name}`{hint}", rollup.name);
            problems.add(fields.place("dimensions"), message);
            continue;
        };
        dimensions.insert(dimension, value);
    }
    dimensions
}

fn values(fields: &Fields<'_>, problems: &mut Problems) -> BTreeMap<&'static str, Values> {
    let known: Vec<&'static str> = MEASURES.iter().map(|measure| measure.column.name).collect();
    let Some(node) = fields.get("values") else {
        return BTreeMap::new();
    };
    let mut values = BTreeMap::new();
    for (key, node) in mapping("`values`", node, problems).unwrap_or_default() {
        let Some(name) = known.iter().find(|name| **name == key.text) else {
            let hint = hint(&key.text, &known);
            let message = format!("there is no measure `{}`{hint}", shortened(&key.text));
            problems.add(key.place, message);
            continue;
        };
        let Some(notation) = text(&format!("`{name}`"), node, problems) else {
            continue;
        };
        match series::parse(name, &notation.text) {
            Ok(read) => {
                values.insert(*name, read);
            }
            Err(wrong) => problems.add(node.place, format!("`{name}` {wrong}")),
        }
    }
    values
}

fn expectation(node: &Node, problems: &mut Problems) -> Option<Expectation> {
    const KEYS: [&str; 3] = ["eval_time", "alertname", "exp_alerts"];
    let fields = Fields::new("an expectation", node, &KEYS, problems)?;
    let at_s = fields.required_value("eval_time", duration_s, problems);
    let rule = fields.required_value("alertname", |name| Ok(name.to_owned()), problems);
    let mut alerts = Vec::new();
    for node in fields.list("exp_alerts", ENTRIES_MAX, problems) {
        const KEYS: [&str; 3] = ["exp_labels", "exp_annotations", "exp_step"];
        let Some(alert) = Fields::new("an expected alert", node, &KEYS, problems) else {
            continue;
        };
        alerts.push(ExpectedAlert {
            labels: pairs(&alert, "exp_labels", problems),
            annotations: pairs(&alert, "exp_annotations", problems),
            step: alert.value("exp_step", |step| Ok(step.to_owned()), problems),
        });
    }
    Some(Expectation {
        place: node.place,
        at_s: at_s?,
        rule: rule?,
        alerts,
    })
}

/// A field that maps names to texts.
fn pairs(fields: &Fields<'_>, field: &str, problems: &mut Problems) -> BTreeMap<String, String> {
    let Some(node) = fields.get(field) else {
        return BTreeMap::new();
    };
    let entries = mapping(&format!("`{field}`"), node, problems).unwrap_or_default();
    let mut pairs = BTreeMap::new();
    for (key, node) in entries {
        let value = text(&format!("`{}`", shortened(&key.text)), node, problems);
        pairs.extend(value.map(|value| (key.text.clone(), value.text.clone())));
    }
    pairs
}

#[cfg(test)]
mod tests;
