//! What a change of an alert's state says in the end: the templates of its rule, filled in.

use std::collections::BTreeMap;

use schemas::alerts::alert::AlertChange;
use schemas::alerts::rule::{Rule, RuleGroup};

use crate::alerting::template::{Template, Values};

/// The templates of all rules.
#[derive(Debug, Clone, Default)]
pub(crate) struct RuleTexts {
    /// By group and rule.
    rules: BTreeMap<(String, String), Texts>,
}

#[derive(Debug, Clone)]
struct Texts {
    labels: Vec<(String, Template)>,
    annotations: Vec<(String, Template)>,
}

impl RuleTexts {
    /// The templates of rules that were checked; a text that is no template stays as it is.
    pub(crate) fn new(groups: &[RuleGroup]) -> Self {
        let rules = groups.iter().flat_map(|group| {
            let names = |rule: &Rule| (group.name.clone(), rule.name.clone());
            group.rules.iter().map(move |rule| {
                let texts = Texts {
                    labels: templates(&rule.labels),
                    annotations: templates(&rule.annotations),
                };
                (names(rule), texts)
            })
        });
        Self {
            rules: rules.collect(),
        }
    }

    /// Puts the final texts of a rule's own labels and of its annotations into a change.
    ///
    /// Only what the rule says is a template. The key's labels come from events and stay as they are,
    /// whatever they look like.
    pub(crate) fn fill(&self, change: &mut AlertChange) {
        let name = (change.rule_group.clone(), change.rule.clone());
        let Some(texts) = self.rules.get(&name) else {
            return;
        };
        let mut known = change.labels.clone();
        known.retain(|label, _| texts.labels.iter().all(|(own, _)| own != label));
        let own = filled(&texts.labels, change, &known);
        change.labels.extend(own);
        let annotations = filled(&texts.annotations, change, &change.labels);
        change.annotations = annotations;
    }
}

fn templates(texts: &BTreeMap<String, String>) -> Vec<(String, Template)> {
    let parsed = texts.iter().filter_map(|(name, text)| {
        let template = Template::parse(text).ok()?;
        Some((name.clone(), template))
    });
    parsed.collect()
}

fn filled(
    templates: &[(String, Template)],
    change: &AlertChange,
    labels: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let values = Values { change, labels };
    let texts = templates
        .iter()
        .map(|(name, template)| (name.clone(), template.fill(values)));
    texts.collect()
}
