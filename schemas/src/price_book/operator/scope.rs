//! Which requests an entry of an operator's book is for.

use toml::de::{DeArray, DeValue};

use crate::price_book::attributes::{AttributeKey, RequestAttributes};
use crate::price_book::name_match::{MatchFact, NameMatch};
use crate::price_book::operator::fields::{Fields, Value};
use crate::price_book::problem::{Problems, hint};

/// The kinds of clauses that mean a name.
const CLAUSES: [&str; 7] = [
    "equals",
    "starts_with",
    "ends_with",
    "contains",
    "regex",
    "any",
    "all",
];
/// How deep clauses may hold clauses.
const CLAUSE_DEPTH_MAX: usize = 8;

/// Which requests an entry is for: those of all providers, of all models, unless it names some.
#[derive(Debug)]
pub(in crate::price_book) struct Scope {
    pub(super) provider: Option<NameMatch>,
    pub(super) model: Option<NameMatch>,
    /// What a request must have, in lower case.
    when: Vec<(AttributeKey, String)>,
    /// All of it as it was written: two entries with the same are for the same requests.
    pub(super) text: String,
}

impl Scope {
    /// Reads `provider`, the clause of models under its key, and `when`.
    pub(super) fn read(
        fields: Fields<'_, '_>,
        model_key: &str,
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let mut text = String::new();
        let mut clause = |key: &str, problems: &mut Problems<'_>| match fields.get(key) {
            None => Some(None),
            Some(value) => {
                text.push_str(&format!("{key} {:?} ", Plain(value)));
                read_clause(fields, key, value, problems).map(Some)
            }
        };
        let provider = clause("provider", problems);
        let model = clause(model_key, problems);
        let when = read_when(fields, problems)?;
        for (key, value) in &when {
            text.push_str(&format!("{}={value} ", key.name()));
        }
        Some(Self {
            provider: provider?,
            model: model?,
            when,
            text,
        })
    }

    /// Whether it is for this model of this provider, for some requests at least.
    pub(in crate::price_book) fn has_model(&self, provider: &str, model: &str) -> bool {
        let is_meant = |clause: &Option<NameMatch>, name: &str| {
            clause.as_ref().is_none_or(|clause| clause.is_match(name))
        };
        is_meant(&self.provider, provider) && is_meant(&self.model, model)
    }

    /// Whether a request has what the entry asks for.
    pub(in crate::price_book) fn is_selected(&self, request: &RequestAttributes<'_>) -> bool {
        self.when.iter().all(|(key, value)| {
            let found = request.get(*key);
            found.is_some_and(|found| found.eq_ignore_ascii_case(value))
        })
    }

    /// Whether the entry asks for a tier or way of processing.
    pub(in crate::price_book) fn names_tier(&self) -> bool {
        let is_tier = |key| matches!(key, AttributeKey::ServiceTier | AttributeKey::Processing);
        self.when.iter().any(|&(key, _)| is_tier(key))
    }

    /// Whether the entry asks for a region.
    pub(in crate::price_book) fn names_region(&self) -> bool {
        self.when
            .iter()
            .any(|&(key, _)| key == AttributeKey::Region)
    }

    /// What it asks for.
    pub(in crate::price_book) fn conditions(&self) -> &[(AttributeKey, String)] {
        &self.when
    }
}

/// A value without its place, so that the same clause reads alike wherever it stands.
struct Plain<'a, 'i>(Value<'a, 'i>);

impl std::fmt::Debug for Plain<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.get_ref() {
            DeValue::String(text) => write!(f, "{:?}", text.to_lowercase()),
            DeValue::Array(list) => f.debug_list().entries(list.iter().map(Plain)).finish(),
            DeValue::Table(table) => {
                let entries = table.iter();
                let entries = entries.map(|(key, value)| (key.get_ref(), Plain(value)));
                f.debug_map().entries(entries).finish()
            }
            other => f.write_str(other.type_str()),
        }
    }
}

/// Reads a clause: a text that the name must equal, a table of one kind, or a list of such.
pub(super) fn read_clause(
    fields: Fields<'_, '_>,
    key: &str,
    value: Value<'_, '_>,
    problems: &mut Problems<'_>,
) -> Option<NameMatch> {
    let clause = match clause_fact(value, 0) {
        Ok(fact) => NameMatch::new(fact),
        Err(what) => {
            fields.wrong(key, &what, problems);
            return None;
        }
    };
    if let Err(error) = clause.check() {
        let what = format!("has a pattern that is no regular expression: {error}");
        fields.wrong(key, &what, problems);
        return None;
    }
    Some(clause)
}

fn clause_fact(value: Value<'_, '_>, depth: usize) -> Result<MatchFact, String> {
    let all = |list: &DeArray<'_>| {
        let clauses = list.iter().map(|clause| clause_fact(clause, depth + 1));
        clauses.collect::<Result<Vec<_>, _>>()
    };
    let table = match value.get_ref() {
        DeValue::String(text) => return Ok(MatchFact::Equals(text.trim().to_owned())),
        DeValue::Array(list) if !list.is_empty() && depth < CLAUSE_DEPTH_MAX => {
            return all(list).map(MatchFact::Any);
        }
        DeValue::Table(table) if table.len() == 1 && depth < CLAUSE_DEPTH_MAX => table,
        _ => {
            return Err(format!(
                "must be a name in quotes, a list of names, or one clause such as {{ starts_with = \"gpt-\" }}; \
                 clauses are {}",
                CLAUSES.join(", ")
            ));
        }
    };
    let Some((kind, inner)) = table.iter().next() else {
        return Err("is an empty clause".to_owned());
    };
    let text = || match inner.get_ref() {
        DeValue::String(text) => Ok(text.to_string()),
        _ => Err(format!("has a clause `{}` that is no text", kind.get_ref())),
    };
    let list = || match inner.get_ref() {
        DeValue::Array(list) if !list.is_empty() => all(list),
        _ => Err(format!("has a clause `{}` that is no list", kind.get_ref())),
    };
    match kind.get_ref().as_ref() {
        "equals" => text().map(MatchFact::Equals),
        "starts_with" => text().map(MatchFact::StartsWith),
        "ends_with" => text().map(MatchFact::EndsWith),
        "contains" => text().map(MatchFact::Contains),
        "regex" => text().map(MatchFact::Regex),
        "any" => list().map(MatchFact::Any),
        "all" => list().map(MatchFact::All),
        other => Err(format!(
            "has an unknown clause `{other}`{}",
            hint(other, CLAUSES)
        )),
    }
}

fn read_when(
    fields: Fields<'_, '_>,
    problems: &mut Problems<'_>,
) -> Option<Vec<(AttributeKey, String)>> {
    let Some(value) = fields.get("when") else {
        return Some(Vec::new());
    };
    let DeValue::Table(table) = value.get_ref() else {
        let what = "must be a table such as { region = \"eu\" }";
        fields.wrong("when", what, problems);
        return None;
    };
    let mut when = Vec::new();
    let mut is_right = true;
    for (name, value) in table.iter() {
        let key = AttributeKey::from_name(name.get_ref());
        match (key, value.get_ref()) {
            (Some(key), DeValue::String(text)) if !text.trim().is_empty() => {
                when.push((key, text.trim().to_lowercase()));
            }
            (Some(key), _) => {
                let what = format!("must give `{}` a text, not empty", key.name());
                problems.add(
                    value.span().start,
                    format!("`{}.when` {what}", fields.section),
                );
                is_right = false;
            }
            (None, _) => {
                let known = AttributeKey::ALL.map(AttributeKey::name);
                let hint = hint(name.get_ref(), known);
                let message = format!("no request has the attribute `{}`{hint}", name.get_ref());
                problems.add(name.span().start, message);
                is_right = false;
            }
        }
    }
    when.sort();
    is_right.then_some(when)
}
