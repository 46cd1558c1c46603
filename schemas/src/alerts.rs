//! Alerts: the rules that people write, and the changes of state that rules bring about.
//!
//! - [`rule`]: rules as data; [`alert_measure`]: what of a key's windows a rule looks at
//! - [`amount`]: the numbers of alerts, exact and with their unit
//! - [`alert`]: one alert, and one change of its state: a row of the table `alerts`;
//!   [`alert_columns`]: its columns

pub mod alert;
pub mod alert_columns;
pub mod alert_measure;
pub mod amount;
pub mod rule;
