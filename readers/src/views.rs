//! What analysts find beside the tables: views that answer the usual questions exactly.
//!
//! Sums of money are sums of `DECIMAL(38, 12)` and lose no digit; only the two ratios per active
//! user are divided, and cut behind the places that their columns have.

use schemas::measure::{MEASURES, Merge};
use schemas::table::Table;
use schemas::window_rows::dimension_columns;

/// What a view is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewSource {
    /// Rows of a table.
    Table(Table),
    /// How far the partitions are, from the transactions of `events`.
    Partitions,
    /// The dead letters of alerts.
    DeadLetters,
}

/// A view that every session has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum View {
    /// `cost_windows` with parts merged.
    Windows,
    /// How far each Kafka partition is.
    Partitions,
    /// Alerts that a receiver will not get.
    AlertDeadLetters,
    /// Models that no price book knew.
    UnpricedModels,
    /// What emitters believe that calls cost, beside what the price book says.
    ReportedVsPriced,
    /// Rejected messages by reason.
    RejectsByReason,
    /// Cost by user and UTC day.
    CostByUserDay,
    /// Cost by feature and UTC day.
    CostByFeatureDay,
    /// Cost by workflow and UTC day.
    CostByWorkflowDay,
    /// Numbers that never arrived of emitters that number their events.
    SequenceGaps,
    /// Users with a call, their tokens and cost, by UTC day.
    ActiveUsersByDay,
    /// Tokens per active user by UTC day.
    TokensPerActiveUser,
    /// Cost per active user by UTC day.
    CostPerActiveUser,
}

impl View {
    /// All views, in the order in which they are listed.
    pub const ALL: [Self; 13] = [
        Self::Windows,
        Self::Partitions,
        Self::CostByUserDay,
        Self::CostByFeatureDay,
        Self::CostByWorkflowDay,
        Self::ActiveUsersByDay,
        Self::TokensPerActiveUser,
        Self::CostPerActiveUser,
        Self::UnpricedModels,
        Self::ReportedVsPriced,
        Self::RejectsByReason,
        Self::SequenceGaps,
        Self::AlertDeadLetters,
    ];

    /// Its name in SQL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Windows => "windows",
            Self::Partitions => "partitions",
            Self::AlertDeadLetters => "alert_dead_letters",
            Self::UnpricedModels => "unpriced_models",
            Self::ReportedVsPriced => "reported_vs_priced",
            Self::RejectsByReason => "rejects_by_reason",
            Self::CostByUserDay => "cost_by_user_day",
            Self::CostByFeatureDay => "cost_by_feature_day",
            Self::CostByWorkflowDay => "cost_by_workflow_day",
            Self::SequenceGaps => "sequence_gaps",
            Self::ActiveUsersByDay => "active_users_by_day",
            Self::TokensPerActiveUser => "tokens_per_active_user",
            Self::CostPerActiveUser => "cost_per_active_user",
        }
    }

    /// The view of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.name() == name)
    }

    /// What one row is, and what to know about it.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Windows => {
                "One row is one window of one rollup, its parts merged; complete: no event of it is still expected. In GROUP BY, quote \"rollup\": bare it is SQL's function of that name."
            }
            Self::Partitions => {
                "One row is one Kafka partition: the next offset, what became of its messages, and its watermark."
            }
            Self::UnpricedModels => {
                "One row is one model with calls that no price book knew; their cost is null, not zero; nearest_models: what was meant, if it is a slip."
            }
            Self::ReportedVsPriced => {
                "One row is one model: what its calls cost by the price book and by those who sent them; the difference is of calls that have both."
            }
            Self::AlertDeadLetters => {
                "One row is one change of an alert that a receiver will not get: it refused it, or was down for too long; payload: what it would have got."
            }
            Self::RejectsByReason => "One row is one reason for which messages were rejected.",
            Self::CostByUserDay => {
                "One row is one user of one tenant on one UTC day, from the rollup `user`; user_id is empty for unattributed calls."
            }
            Self::CostByFeatureDay => {
                "One row is one feature of one tenant on one UTC day, from the rollup `feature`."
            }
            Self::CostByWorkflowDay => {
                "One row is one workflow of one tenant on one UTC day, from the rollup `workflow`."
            }
            Self::SequenceGaps => {
                "One row is one run of numbers that never arrived as an event between two that did, of one emitter; a rejected event counts as missing."
            }
            Self::ActiveUsersByDay => {
                "One row is one UTC day: users with a call (exactly, by tenant and user, from the rollup `user`), their tokens and cost, and what is attributed to nobody."
            }
            Self::TokensPerActiveUser => {
                "One row is one UTC day: tokens of attributed calls over users with a call; cut behind 4 decimal places."
            }
            Self::CostPerActiveUser => {
                "One row is one UTC day: cost of attributed calls over users with a call, US dollars; cut behind 16 decimal places."
            }
        }
    }

    /// What it is made of.
    #[must_use]
    pub const fn sources(self) -> &'static [ViewSource] {
        match self {
            Self::Windows => &[
                ViewSource::Table(Table::CostWindows),
                ViewSource::Partitions,
            ],
            Self::Partitions => &[ViewSource::Partitions],
            Self::AlertDeadLetters => &[ViewSource::DeadLetters],
            Self::UnpricedModels | Self::ReportedVsPriced | Self::SequenceGaps => {
                &[ViewSource::Table(Table::Events)]
            }
            Self::RejectsByReason => &[ViewSource::Table(Table::Rejects)],
            Self::CostByUserDay
            | Self::CostByFeatureDay
            | Self::CostByWorkflowDay
            | Self::ActiveUsersByDay
            | Self::TokensPerActiveUser
            | Self::CostPerActiveUser => &[ViewSource::Table(Table::CostWindows)],
        }
    }

    /// The query that it stands for; `None` for a table that is not made by a query.
    ///
    /// # Units
    /// `complete_until_us`: microseconds since the Unix epoch; `None` if no window is complete.
    #[must_use]
    pub fn sql(self, complete_until_us: Option<i64>) -> Option<String> {
        match self {
            Self::Partitions | Self::AlertDeadLetters => None,
            Self::Windows => Some(windows_sql(complete_until_us)),
            Self::UnpricedModels => Some(UNPRICED_MODELS_SQL.to_owned()),
            Self::ReportedVsPriced => Some(REPORTED_VS_PRICED_SQL.to_owned()),
            Self::RejectsByReason => Some(REJECTS_BY_REASON_SQL.to_owned()),
            Self::CostByUserDay => Some(cost_by_day_sql("user", "user_id")),
            Self::CostByFeatureDay => Some(cost_by_day_sql("feature", "feature")),
            Self::CostByWorkflowDay => Some(cost_by_day_sql("workflow", "workflow")),
            Self::SequenceGaps => Some(SEQUENCE_GAPS_SQL.to_owned()),
            Self::ActiveUsersByDay => Some(active_users_sql(
                "date, active_users, calls, tokens, cost_usd, unattributed_calls, \
                 unattributed_tokens, unattributed_cost_usd",
            )),
            Self::TokensPerActiveUser => Some(active_users_sql(
                "date, active_users, tokens, \
                 CAST(tokens AS DECIMAL(38, 0)) / NULLIF(active_users, 0) \
                 AS tokens_per_active_user",
            )),
            Self::CostPerActiveUser => Some(active_users_sql(
                "date, active_users, cost_usd, \
                 cost_usd / NULLIF(active_users, 0) AS cost_usd_per_active_user",
            )),
        }
    }
}

const UNPRICED_MODELS_SQL: &str = "\
SELECT provider, model, COUNT(*) AS calls, \
SUM(CASE WHEN input_tokens IS NULL THEN output_tokens \
ELSE input_tokens + COALESCE(output_tokens, 0) END) AS tokens, \
SUM(input_tokens) AS input_tokens, SUM(output_tokens) AS output_tokens, \
SUM(reported_cost_usd) AS reported_cost_usd, \
MIN(event_time) AS first_event_time, MAX(event_time) AS last_event_time, \
nearest_models(model) AS nearest_models \
FROM events WHERE price_status = 'unpriced' GROUP BY provider, model";

const REPORTED_VS_PRICED_SQL: &str = "\
SELECT provider, model, COUNT(*) AS calls, \
COUNT(*) FILTER (WHERE reported_cost_usd IS NULL) AS calls_without_reported_cost, \
COUNT(*) FILTER (WHERE cost_usd IS NULL) AS calls_without_cost, \
COUNT(*) FILTER (WHERE reported_cost_usd <> cost_usd) AS differing_calls, \
SUM(cost_usd) AS cost_usd, SUM(reported_cost_usd) AS reported_cost_usd, \
SUM(reported_cost_usd - cost_usd) AS difference_usd \
FROM events GROUP BY provider, model";

const REJECTS_BY_REASON_SQL: &str = "\
SELECT reason, COUNT(*) AS messages, SUM(raw_bytes) AS raw_bytes, \
MIN(kafka_time) AS first_kafka_time, MAX(kafka_time) AS last_kafka_time \
FROM rejects GROUP BY reason";

const SEQUENCE_GAPS_SQL: &str = "\
SELECT emitter, sequence + 1 AS first_missing, next_sequence - 1 AS last_missing, \
next_sequence - sequence - 1 AS missing \
FROM (SELECT emitter, sequence, \
LEAD(sequence) OVER (PARTITION BY emitter ORDER BY sequence) AS next_sequence \
FROM (SELECT DISTINCT emitter, sequence FROM events WHERE sequence IS NOT NULL) AS sent) AS pairs \
WHERE next_sequence > sequence + 1";

/// The measures merged, each under its own name.
fn merged_measures() -> String {
    let merged = MEASURES.iter().map(|measure| {
        let name = measure.column.name;
        match measure.merge {
            Merge::Sum => format!("SUM({name}) AS {name}"),
            Merge::Max => format!("MAX({name}) AS {name}"),
        }
    });
    merged.collect::<Vec<_>>().join(", ")
}

fn windows_sql(complete_until_us: Option<i64>) -> String {
    let dimensions = dimension_columns();
    let dimensions: Vec<&str> = dimensions.iter().map(|column| column.name).collect();
    // Quoted, because GROUP BY takes the bare word for the function ROLLUP(..).
    let keys = format!(
        "\"rollup\", date, window_start, window_seconds, {}",
        dimensions.join(", ")
    );
    let complete = match complete_until_us {
        // Whole microseconds, so that the comparison is exact.
        Some(until_us) => format!(
            "CAST(window_start AS BIGINT) + window_seconds * 1000000 <= CAST({until_us} AS BIGINT)"
        ),
        None => "FALSE".to_owned(),
    };
    format!(
        "SELECT {keys}, {}, {complete} AS complete FROM cost_windows GROUP BY {keys}",
        merged_measures()
    )
}

fn cost_by_day_sql(rollup: &str, dimension: &str) -> String {
    format!(
        "SELECT date, tenant, {dimension}, {} FROM cost_windows \
         WHERE rollup = '{rollup}' GROUP BY date, tenant, {dimension}",
        merged_measures()
    )
}

/// Columns over one row a day: each user's day is summed first, so that users are counted once.
fn active_users_sql(columns: &str) -> String {
    let active = "FILTER (WHERE COALESCE(user_id, '') <> '')";
    let nobody = "FILTER (WHERE COALESCE(user_id, '') = '')";
    format!(
        "SELECT {columns} FROM (SELECT date, COUNT(*) {active} AS active_users, \
         SUM(calls) {active} AS calls, SUM(tokens) {active} AS tokens, \
         SUM(cost_usd) {active} AS cost_usd, SUM(calls) {nobody} AS unattributed_calls, \
         SUM(tokens) {nobody} AS unattributed_tokens, \
         SUM(cost_usd) {nobody} AS unattributed_cost_usd \
         FROM (SELECT date, tenant, user_id, SUM(calls) AS calls, SUM(cost_usd) AS cost_usd, \
         SUM(CASE WHEN input_tokens IS NULL THEN output_tokens \
         ELSE input_tokens + COALESCE(output_tokens, 0) END) AS tokens \
         FROM cost_windows WHERE rollup = 'user' GROUP BY date, tenant, user_id) AS users \
         GROUP BY date) AS days"
    )
}

#[cfg(test)]
mod tests;
