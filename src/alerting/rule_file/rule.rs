//! What every rule has: its name, its key, which calls count, how long it waits.

use schemas::alerts::alert_measure::AlertMeasure;
use schemas::alerts::rule::{Filter, Rule, RuleKind};
use schemas::rollup::Dimension;

use crate::alerting::fields::{Fields, mapping, one_or_more, shortened, text};
use crate::alerting::problem::{Problems, hint};
use crate::alerting::rule_file::kinds;
use crate::alerting::rule_file::texts::{self, Entry, Uses};
use crate::alerting::rule_file::{Names, Reading, short_name};
use crate::alerting::values::duration_s;
use crate::alerting::yaml::{Content, Node};

const KEYS: [&str; 11] = [
    "alert",
    "threshold",
    "spike",
    "budget",
    "sql",
    "by",
    "where",
    "for",
    "keep_firing_for",
    "labels",
    "annotations",
];
/// Most values of a filter.
const VALUES_MAX: usize = 1000;

/// Reads one rule.
pub(super) fn read(
    node: &Node,
    default_labels: &[Entry<'_>],
    names: &mut Names,
    reading: &mut Reading<'_>,
) -> Option<Rule> {
    let problems = &mut reading.problems;
    let rule = Fields::new("a rule", node, &KEYS, problems)?;
    let name = rule.required_value("alert", short_name, problems);
    names.take(&rule, "alert", name.as_deref(), problems);
    let kind = kinds::read(&rule, problems);
    let keys = keys(&rule, problems);
    let filters = filters(&rule, problems);
    if let Some(kind) = &kind {
        check_keys(&rule, kind, &keys, problems);
    }
    let for_s = rule.value("for", duration_s, problems);
    let keep_firing_for_s = rule.value("keep_firing_for", duration_s, problems);
    let own_labels = texts::entries(&rule, "labels", problems);
    let own_annotations = texts::entries(&rule, "annotations", problems);
    let uses = Uses {
        keys: (!matches!(kind, Some(RuleKind::Sql(_)))).then_some(keys.as_slice()),
        unit: kinds::unit(kind.as_ref()),
    };
    let labels = texts::labels(&own_labels, default_labels, uses, reading);
    let annotations = texts::annotations(&own_annotations, &labels, uses, reading);
    Some(Rule {
        name: name?,
        kind: kind?,
        keys,
        filters,
        for_s: for_s.unwrap_or_default(),
        keep_firing_for_s: keep_firing_for_s.unwrap_or_default(),
        labels,
        annotations,
        line: node.place.line,
    })
}

/// The dimensions of `by`.
fn keys(rule: &Fields<'_>, problems: &mut Problems) -> Vec<Dimension> {
    let mut keys = Vec::new();
    for node in rule.list("by", Dimension::ALL.len(), problems) {
        let Some(name) = text("a dimension", node, problems) else {
            continue;
        };
        match Dimension::from_column(&name.text) {
            Some(dimension) if keys.contains(&dimension) => {
                problems.add(node.place, format!("`by` names \"{}\" twice", name.text));
            }
            Some(dimension) => keys.push(dimension),
            None => problems.add(node.place, unknown_dimension(&name.text)),
        }
    }
    keys
}

/// The filters of `where`.
fn filters(rule: &Fields<'_>, problems: &mut Problems) -> Vec<Filter> {
    let Some(node) = rule.get("where") else {
        return Vec::new();
    };
    let entries = mapping("`where`", node, problems).unwrap_or_default();
    let mut filters = Vec::new();
    for (key, node) in entries {
        let Some(dimension) = Dimension::from_column(&key.text) else {
            problems.add(key.place, unknown_dimension(&key.text));
            continue;
        };
        let (keeps, list) = match &node.content {
            Content::Map(_) => {
                let not = Fields::new("a filter", node, &["not"], problems);
                let list = not.and_then(|not| not.required("not", problems));
                (false, list)
            }
            _ => (true, Some(node)),
        };
        let values = list.map(|list| values(list, problems)).unwrap_or_default();
        filters.push(Filter {
            dimension,
            keeps,
            values,
        });
    }
    filters
}

/// The values of a filter.
fn values(node: &Node, problems: &mut Problems) -> Vec<String> {
    let nodes = one_or_more(node);
    if nodes.is_empty() || nodes.len() > VALUES_MAX {
        let message = format!(
            "a filter takes 1 to {VALUES_MAX} values, got {}",
            nodes.len()
        );
        problems.add(node.place, message);
        return Vec::new();
    }
    let mut values = Vec::new();
    for node in nodes {
        if node.content == Content::Null {
            let message = "write \"\" for calls that name none, or leave the filter out";
            problems.add(node.place, message);
            continue;
        }
        values.extend(text("a value", node, problems).map(|value| value.text.clone()));
    }
    values
}

/// Keys and filters that a kind of rule cannot have.
fn check_keys(rule: &Fields<'_>, kind: &RuleKind, keys: &[Dimension], problems: &mut Problems) {
    let measure = match kind {
        RuleKind::Threshold(threshold) => Some(threshold.measure),
        RuleKind::Spike(spike) => Some(spike.measure),
        RuleKind::Budget(_) | RuleKind::Sql(_) => None,
    };
    let keyless = match (kind, measure) {
        (RuleKind::Sql(_), _) => "a query groups and filters by itself, in SQL",
        (_, Some(AlertMeasure::PriceBookAge)) => "the age of the price book has no dimensions",
        _ => "",
    };
    for name in ["by", "where"] {
        if !keyless.is_empty() && rule.get(name).is_some() {
            problems.add(rule.place(name), format!("`{name}` must go: {keyless}"));
        }
    }
    if measure == Some(AlertMeasure::CostPerActiveUser) && keys.contains(&Dimension::UserId) {
        let message = "`by` cannot name user_id here: cost_per_active_user is a mean over users";
        problems.add(rule.place("by"), message);
    }
}

fn unknown_dimension(name: &str) -> String {
    let known = Dimension::ALL.map(Dimension::column);
    let hint = hint(name, &known);
    format!("there is no dimension \"{}\"{hint}", shortened(name))
}
