//! Alerts: rules over the cost windows of a lake, and the changes of state that they bring about.
//!
//! Everything that decides is pure: rows of windows and an instant in, changes of state out. What
//! reads the lake hands rows on and decides nothing.
//!
//! - [`feed`]: which rollup a rule is fed from
//! - `sums`, `group_key`, `picture`: what is held of each key, and for how long
//! - `window_columns`: rows of `cost_windows` as keys and sums
//! - `judgement`: what a rule says of a key; `threshold`, `budget`,
//!   [`spike`]: how the kinds of rules find it; [`detect`]: whether a series costs what it should
//! - `standing`: what becomes of an alert, given what a rule says
//! - [`evaluator`]: all of it together, for all rules
//! - [`window_tail`]: the rows that commits add, as they come; [`window_history`]: those that are
//!   there, in the order of time
//! - [`query_rows`]: rows of a rule's query; [`contributors`]: who made most of what broke a rule
//! - [`stored_alerts`]: the changes of state that the lake has

mod budget;
pub mod contributors;
pub mod detect;
pub mod evaluator;
pub mod feed;
mod group_key;
mod judgement;
mod picture;
pub mod query_rows;
mod rule_state;
pub mod spike;
mod standing;
pub mod stored_alerts;
mod sums;
mod threshold;
mod window_columns;
pub mod window_history;
pub mod window_tail;
