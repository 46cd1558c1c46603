//! One alert, and one change of its state: a row of `alerts`, and what receivers get.

use std::collections::BTreeMap;

use crate::alerts::amount::Amount;
use crate::money::PicoUsd;

/// The label with the name of an alert's rule.
pub const ALERT_NAME: &str = "alertname";

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertState {
    /// The rule is broken, but not yet for long enough.
    Pending,
    /// It fires.
    Firing,
    /// It is over.
    Resolved,
}

impl AlertState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Firing, Self::Resolved];

    /// The text in the column `state` and in what receivers get.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Resolved => "resolved",
        }
    }

    /// The state of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// One change of state of one alert.
///
/// # Units
/// Times: microseconds since the Unix epoch. Times of the breach are event time; `changed_at_us`
/// is the clock's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertChange {
    /// The same for every change of one alert, and for no other alert: a hash over group, rule,
    /// labels and `started_at_us`. Receivers know a repetition by it and the change's number.
    pub alert_id: String,
    /// Counts the changes of this alert from 0 on.
    pub change_number: u32,
    /// The rule's group.
    pub rule_group: String,
    /// The rule.
    pub rule: String,
    /// `alertname`, the key and the rule's own labels.
    pub labels: BTreeMap<String, String>,
    /// What the rule's annotations say of it.
    pub annotations: BTreeMap<String, String>,
    /// The state that it has from now on.
    pub state: AlertState,
    /// Which step of the rule was reached, such as `80%`; empty if the rule has none.
    pub step: String,
    /// What was found.
    pub value: Amount,
    /// The level that was passed, in the unit of `value`; `None` for a query's row.
    pub threshold: Option<Amount>,
    /// What was to be expected, in the unit of `value`; `None` if the rule expects nothing.
    pub baseline: Option<Amount>,
    /// Dollars over what was to be expected, since the alert started; `None` if they are unknown.
    pub over_usd: Option<PicoUsd>,
    /// The start of the first window that broke the rule.
    pub started_at_us: i64,
    /// When it began to fire; `None` before.
    pub fired_at_us: Option<i64>,
    /// When it was over; `None` before.
    pub resolved_at_us: Option<i64>,
    /// When a budget will be exceeded at the present rate; `None` if nothing says so.
    pub projected_at_us: Option<i64>,
    /// When this change was decided.
    pub changed_at_us: i64,
    /// Who made most of it, the largest first.
    pub contributors: Vec<Contributor>,
}

/// A part of what broke a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contributor {
    /// The column, such as `user_id` or `model`.
    pub dimension: String,
    /// Its value; empty if the events named none.
    pub value: String,
    /// What it cost since the alert started.
    pub cost_usd: PicoUsd,
    /// Its calls since then.
    pub calls: i64,
    /// Its part of the key's cost, thousandths.
    pub share_permille: u32,
}
