//! The columns of the table `alerts`.

use crate::column::{Column, ColumnType};

/// The columns of the files of `alerts`, in order.
pub const ALERT_COLUMNS: &[Column] = &[
    Column::required(
        "number",
        ColumnType::Count,
        "Counts all changes of all alerts of the lake from 0 on.",
    ),
    Column::required(
        "alert_id",
        ColumnType::Text,
        "The same for every change of one alert.",
    ),
    Column::required(
        "change_number",
        ColumnType::Count,
        "Counts the changes of this alert from 0 on; with alert_id it names the change.",
    ),
    Column::required("rule_group", ColumnType::Text, "The group of the rule."),
    Column::required(
        "rule",
        ColumnType::Text,
        "The rule, and the label alertname.",
    ),
    Column::optional(
        "labels",
        ColumnType::TextMap,
        "alertname, the key that broke the rule, and the labels of the rule.",
    ),
    Column::optional(
        "annotations",
        ColumnType::TextMap,
        "What the annotations of the rule say of it.",
    ),
    Column::required(
        "state",
        ColumnType::Text,
        "The state from now on: pending, firing or resolved.",
    ),
    Column::required(
        "step",
        ColumnType::Text,
        "The step of the rule that was reached, such as 80%; empty without steps.",
    ),
    Column::required(
        "value",
        ColumnType::Quantity,
        "What was found, in the unit of the column unit.",
    ),
    Column::optional(
        "threshold",
        ColumnType::Quantity,
        "The level that was passed, in the same unit.",
    ),
    Column::optional(
        "baseline",
        ColumnType::Quantity,
        "What was to be expected, in the same unit.",
    ),
    Column::required(
        "unit",
        ColumnType::Text,
        "usd, tokens, calls, usd_per_call, usd_per_token, tokens_per_call, usd_per_user, share, days; empty for a query.",
    ),
    Column::optional(
        "over_usd",
        ColumnType::Money,
        "Dollars over what was to be expected, since the alert started.",
    ),
    Column::required(
        "started_at",
        ColumnType::Time,
        "Start of the first window that broke the rule (UTC).",
    ),
    Column::optional(
        "fired_at",
        ColumnType::Time,
        "When it began to fire (UTC); null before.",
    ),
    Column::optional(
        "resolved_at",
        ColumnType::Time,
        "When it was over (UTC); null before.",
    ),
    Column::optional(
        "projected_at",
        ColumnType::Time,
        "When a budget will be exceeded at the present rate (UTC).",
    ),
    Column::required(
        "changed_at",
        ColumnType::Time,
        "When the change was decided (UTC).",
    ),
    Column::required(
        "contributors",
        ColumnType::Text,
        "Who made most of it, the largest first: a JSON list of objects with dimension, value, cost_usd, calls and share_permille.",
    ),
];
