//! Rules as data: what a file of rules says, checked and with every default filled in.

use std::collections::BTreeMap;

use crate::alerts::alert_measure::AlertMeasure;
use crate::money::PicoUsd;
use crate::rollup::Dimension;

/// Rules that are evaluated together, as often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleGroup {
    /// Its name.
    pub name: String,
    /// How often its rules are evaluated, seconds.
    pub interval_s: u32,
    /// Its rules, in the order of the file.
    pub rules: Vec<Rule>,
}

/// One rule: it makes an alert for each key that breaks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name, the label `alertname`.
    pub name: String,
    /// What breaks it.
    pub kind: RuleKind,
    /// By what values are told apart; each combination is a key of its own. None: one key.
    pub keys: Vec<Dimension>,
    /// Which calls count.
    pub filters: Vec<Filter>,
    /// How long it must be broken before it fires, seconds.
    pub for_s: u32,
    /// How long it must be whole again before it resolves, seconds.
    pub keep_firing_for_s: u32,
    /// Labels of its alerts, besides `alertname` and the key; values may be templates.
    pub labels: BTreeMap<String, String>,
    /// What its alerts say; values may be templates.
    pub annotations: BTreeMap<String, String>,
    /// Its line in the file, counted from 1.
    pub line: usize,
}

/// Which values of a dimension count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The dimension.
    pub dimension: Dimension,
    /// Whether the values are those that count or those that do not.
    pub keeps: bool,
    /// The values; an absent one is the empty text.
    pub values: Vec<String>,
}

/// What breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleKind {
    /// A measure beyond a fixed level.
    Threshold(ThresholdRule),
    /// A measure beyond what the key's own past lets expect.
    Spike(SpikeRule),
    /// An amount a period that was spent, or will be.
    Budget(BudgetRule),
    /// Rows of a query.
    Sql(SqlRule),
}

/// On which side of a level a rule is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Above it.
    Above,
    /// Below it.
    Below,
}

/// A measure over a span, compared with levels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThresholdRule {
    /// What is compared.
    pub measure: AlertMeasure,
    /// Over how long, seconds.
    pub span_s: u32,
    /// Which side breaks it.
    pub direction: Direction,
    /// The levels from the mildest on, each a step of one alert.
    pub levels: Vec<Level>,
    /// Fewer calls in the span than this break nothing.
    pub calls_min: u64,
    /// Less cost in the span than this breaks nothing.
    pub floor_usd: PicoUsd,
}

/// A level of a threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// How it is named in the alert's `step`, such as `80%`.
    pub name: String,
    /// The level, 10^-12 of the measure's unit.
    pub pico: i128,
}

/// How readily a spike fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sensitivity {
    /// Seldom: only what is far out.
    Low,
    /// As the documentation's figures are.
    Medium,
    /// Early, with more false alarms.
    High,
}

/// Which rhythm a key's past is compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seasonality {
    /// None.
    Off,
    /// The hour of the day.
    Day,
    /// The hour of the day and the day of the week.
    Week,
}

/// A measure against the key's own past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpikeRule {
    /// What is compared.
    pub measure: AlertMeasure,
    /// Which side breaks it.
    pub direction: Direction,
    /// How readily.
    pub sensitivity: Sensitivity,
    /// By which rhythm.
    pub seasonality: Seasonality,
    /// Fewer dollars at stake than this break nothing.
    pub floor_usd: PicoUsd,
    /// What a key may cost in a day as long as it has no past, US dollars; `None`: nothing breaks
    /// it until then.
    pub cold_start_usd: Option<PicoUsd>,
}

/// The length of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// A day, UTC.
    Day,
    /// A week from Monday on, UTC.
    Week,
    /// A calendar month, UTC.
    Month,
}

/// An amount that each key may cost in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetRule {
    /// The amount.
    pub amount_usd: PicoUsd,
    /// The period.
    pub period: Period,
    /// Parts of the amount at which its alert takes a step, in thousandths, ascending.
    pub steps_permille: Vec<u32>,
    /// Whether it fires as soon as the period is going to end above the amount.
    pub forecast: bool,
}

/// A query of one's own: each row is an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlRule {
    /// The query. Its column `value` is the alert's value; its text columns are the labels.
    pub query: String,
}
