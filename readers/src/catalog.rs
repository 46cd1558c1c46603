//! What can be named in a query: tables, views and their columns, with descriptions.

use std::collections::HashMap;

use arrow::datatypes::Field;
use schemas::column::DESCRIPTION_KEY;
use schemas::table::Table;

use crate::error::ReaderError;
use crate::lake::LakeReader;
use crate::query::query_error;
use crate::views::View;

/// A table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogTable {
    /// Its name in SQL.
    pub name: &'static str,
    /// What one row is.
    pub description: &'static str,
    /// Its columns, in order.
    pub columns: Vec<CatalogColumn>,
}

/// A column of a table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogColumn {
    /// Its name in SQL.
    pub name: String,
    /// Its Arrow type.
    pub data_type: String,
    /// What it means; empty if that is not known.
    pub description: String,
}

impl LakeReader {
    /// Lists the tables and views of the lake as they are now.
    ///
    /// # Errors
    /// As [`LakeReader::session`].
    pub async fn catalog(&self) -> Result<Vec<CatalogTable>, ReaderError> {
        let session = self.session().await?;
        let known = known_descriptions();
        let tables = Table::ALL.map(|table| (table.name(), table.description()));
        let views = View::ALL.map(|view| (view.name(), view.description()));
        let mut catalog = Vec::with_capacity(tables.len() + views.len());
        for (name, description) in tables.into_iter().chain(views) {
            let provider = session.table_provider(name).await.map_err(query_error)?;
            let schema = provider.schema();
            let columns = schema.fields().iter().map(|field| CatalogColumn {
                name: field.name().clone(),
                data_type: field.data_type().to_string(),
                description: description_of(field)
                    .or_else(|| known.get(field.name().as_str()).cloned())
                    .unwrap_or_default(),
            });
            catalog.push(CatalogTable {
                name,
                description,
                columns: columns.collect(),
            });
        }
        Ok(catalog)
    }
}

fn description_of(field: &Field) -> Option<String> {
    field.metadata().get(DESCRIPTION_KEY).cloned()
}

/// Descriptions by name: views keep the names of what they are made of.
fn known_descriptions() -> HashMap<String, String> {
    let mut known: HashMap<String, String> = OF_VIEWS
        .iter()
        .map(|&(name, description)| (name.to_owned(), description.to_owned()))
        .collect();
    // Sums are described where they are sums: `cost_windows` goes over `events`.
    for table in [
        Table::Alerts,
        Table::Rejects,
        Table::Events,
        Table::CostWindows,
    ] {
        for field in table.schema().fields() {
            if let Some(description) = description_of(field) {
                known.insert(field.name().clone(), description);
            }
        }
    }
    known
}

/// Columns that only views have.
const OF_VIEWS: &[(&str, &str)] = &[
    (
        "complete",
        "Whether no event of the window is still expected.",
    ),
    ("pipeline", "The pipeline that writes the partition."),
    ("topic", "Kafka topic, or file:NAME."),
    (
        "topic_id",
        "Id of the topic; for a file a hash of its first line.",
    ),
    ("partition", "Kafka partition; 0 for a file."),
    (
        "seed_offset",
        "The offset at which the partition was begun.",
    ),
    ("next_offset", "The next offset to read."),
    ("events", "Messages that became events."),
    ("rejects", "Messages that became rejects."),
    ("duplicates", "Copies of events met before."),
    ("tombstones", "Messages without a value."),
    ("gaps", "Offsets that held no message."),
    (
        "expired",
        "Messages that had expired before they were read: lost.",
    ),
    (
        "watermark",
        "No event older than this is still expected (UTC).",
    ),
    ("tokens", "Input and output tokens together."),
    (
        "active_users",
        "Users with a call on the day, counted by tenant and user.",
    ),
    ("tokens_per_active_user", "tokens over active_users."),
    (
        "cost_usd_per_active_user",
        "cost_usd over active_users, US dollars.",
    ),
    ("unattributed_calls", "Calls without a user."),
    ("unattributed_tokens", "Tokens of calls without a user."),
    (
        "unattributed_cost_usd",
        "Cost of calls without a user, US dollars.",
    ),
    ("first_event_time", "Time of the first such event (UTC)."),
    ("last_event_time", "Time of the last such event (UTC)."),
    (
        "nearest_models",
        "Up to three known models whose names are nearest, comma separated; null if none is near.",
    ),
    (
        "calls_without_reported_cost",
        "Calls whose emitter did not say what they cost.",
    ),
    ("calls_without_cost", "Calls that could not be priced."),
    (
        "differing_calls",
        "Calls whose reported cost is not ours to the last digit.",
    ),
    (
        "difference_usd",
        "Reported cost less ours, of calls that have both, US dollars.",
    ),
    ("messages", "Rejected messages."),
    ("receiver", "The receiver's name in the configuration."),
    ("number", "The change's number in the table alerts."),
    ("alert_id", "The same for every change of one alert."),
    (
        "change_number",
        "Counts the changes of this alert from 0 on.",
    ),
    ("rule", "The rule, and the label alertname."),
    ("state", "pending, firing or resolved."),
    ("given_up_at", "When delivery was given up (UTC)."),
    ("payload", "What the receiver would have got, JSON."),
    ("first_kafka_time", "Kafka time of the first one (UTC)."),
    ("last_kafka_time", "Kafka time of the last one (UTC)."),
    ("first_missing", "The first number that never arrived."),
    ("last_missing", "The last number of the run."),
    ("missing", "How many numbers are missing in the run."),
];
