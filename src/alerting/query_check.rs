//! Checks queries of rules on an empty lake: tables, columns, and whether rows can become alerts.

use std::sync::Arc;

use anyhow::Context;
use arrow::datatypes::{DataType, Schema};
use object_store::memory::InMemory;
use readers::LakeReader;
use schemas::alerts::alert::ALERT_NAME;
use schemas::alerts::amount::Unit;
use schemas::alerts::rule::Rule;
use sinks::{Lake, LakeSettings};
use url::Url;

use crate::alerting::template::scope::{Scope, is_label_name};
use crate::alerting::template::{Template, TemplateError};
use crate::system_clock::SystemClock;

/// The column that holds an alert's value.
const VALUE: &str = "value";

/// A lake in memory that has all tables and no rows.
#[derive(Debug)]
pub(crate) struct EmptyLake {
    reader: LakeReader,
}

impl EmptyLake {
    /// Makes the tables.
    ///
    /// # Errors
    /// If that fails, which is a defect.
    pub(crate) async fn new() -> anyhow::Result<Self> {
        let store = Arc::new(InMemory::new());
        let url = Url::parse("memory:///").context("could not name a lake in memory")?;
        let clock = Arc::new(SystemClock);
        let settings = LakeSettings::standard("check", "check");
        Lake::open(Arc::<InMemory>::clone(&store), url.clone(), settings, clock)
            .await
            .context("could not make a lake in memory")?;
        Ok(Self {
            reader: LakeReader::new(store, url),
        })
    }

    /// Everything that is wrong with a rule's query: what the query engine says, or what its rows lack.
    pub(crate) async fn check(&self, rule: &Rule, query: &str) -> Vec<String> {
        let result = self.reader.sql(query).await;
        let schema = match result {
            Ok(result) => result.schema,
            Err(error) => return vec![format!("`query`: {error}")],
        };
        let mut wrong = of_value(&schema);
        let texts: Vec<String> = label_columns(&schema).map(str::to_owned).collect();
        for name in &texts {
            if name == ALERT_NAME || !is_label_name(name) {
                wrong.push(format!(
                    "the column \"{name}\" of `query` becomes a label, which cannot have this name: \
                     choose another one with AS"
                ));
            }
            if rule.labels.contains_key(name) {
                wrong.push(format!(
                    "the label `{name}` is a column of `query` too: choose another name for one of them"
                ));
            }
        }
        wrong.extend(of_templates(rule, texts));
        wrong
    }
}

/// Whether the rows' value is one; without the column it is 1.
fn of_value(schema: &Schema) -> Vec<String> {
    let value = schema
        .column_with_name(VALUE)
        .map(|(_, field)| field.data_type());
    let wrong = value.filter(|data_type| !data_type.is_numeric());
    let line = |data_type: &DataType| {
        format!("the column {VALUE} of `query` must be a number, and is {data_type}")
    };
    wrong.map(line).into_iter().collect()
}

/// The columns that become labels.
fn label_columns(schema: &Schema) -> impl Iterator<Item = &str> {
    let is_text = |data_type: &DataType| {
        matches!(
            data_type,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..)
        )
    };
    let fields = schema.fields().iter();
    let texts = fields.filter(move |field| is_text(field.data_type()) && field.name() != VALUE);
    texts.map(|field| field.name().as_str())
}

/// Labels that templates name and the query does not give.
fn of_templates(rule: &Rule, columns: Vec<String>) -> Vec<String> {
    let own = rule.labels.keys().cloned();
    let known: Vec<String> = columns
        .into_iter()
        .chain(own)
        .chain([ALERT_NAME.to_owned()])
        .collect();
    let scope = Scope {
        labels: Some(known),
        unit: Unit::Plain,
        is_identity: false,
    };
    let texts = rule.labels.iter().chain(&rule.annotations);
    let errors = texts.filter_map(|(name, text)| {
        let template = Template::parse(text).ok()?;
        Some((name, scope.check(&template)))
    });
    let lines = errors.flat_map(|(name, errors)| {
        let line = move |error: TemplateError| format!("`{name}` {}", error.message);
        errors.into_iter().map(line)
    });
    lines.collect()
}

#[cfg(test)]
mod tests;
