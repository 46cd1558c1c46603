//! Regions in model ids: some providers sell one model under an id for each region.

use std::collections::BTreeMap;

use crate::price_book::listed_model::Model;

/// How such an id begins; `regional` stands for all regions that cost alike.
const PREFIXES: [&str; 14] = [
    "regional.",
    "global.",
    "us.",
    "us-gov.",
    "eu.",
    "apac.",
    "au.",
    "jp.",
    "in.",
    "ca.",
    "uk.",
    "sa.",
    "me.",
    "af.",
];

/// Marks the models of one provider that it also has under the id of another region.
pub(super) fn mark(models: &mut [Model]) {
    let mut ids = BTreeMap::<String, usize>::new();
    for model in models.iter() {
        *ids.entry(without_prefix(&model.id).to_owned()).or_default() += 1;
    }
    for model in models {
        let siblings = ids.get(without_prefix(&model.id));
        model.has_regions = siblings.is_some_and(|&count| count > 1);
    }
}

/// Whether a reported model name says its region itself: `us.anthropic...`, also behind a path.
pub(super) fn is_named(name: &str) -> bool {
    let mut parts = name.split(['/', ':']);
    parts.any(|part| PREFIXES.iter().any(|prefix| part.starts_with(prefix)))
}

fn without_prefix(id: &str) -> &str {
    let mut prefixes = PREFIXES.iter();
    prefixes
        .find_map(|prefix| id.strip_prefix(prefix))
        .unwrap_or(id)
}
