//! Alerts: from files of rules to what receivers get.
//!
//! - [`rule_file`]: rules in YAML, checked whole; [`rule_set`]: those of several files;
//!   [`template`]: what alerts say; [`query_check`]: whether queries of rules can run
//! - [`setup`]: from the configuration to an evaluator; [`evaluation`]: follows the lake and commits
//!   what rules say; [`pages`]: its metrics; [`backtest`]: rules over the lake's past
//! - [`delivery`]: receivers, each with a queue, attempts and dead letters
//! - [`outbox`]: what of the table `alerts` receivers have been told
//! - [`rule_test`]: tests of rules over series of windows
//! - [`yaml`], [`fields`], [`values`]: the ground that files of rules and of their tests are read on;
//!   [`problem`]: what is wrong with one, and where

pub(crate) mod backtest;
pub(crate) mod delivery;
pub(crate) mod evaluation;
pub(crate) mod fields;
pub(crate) mod outbox;
pub(crate) mod pages;
pub(crate) mod problem;
pub(crate) mod query_check;
pub(crate) mod rule_file;
pub(crate) mod rule_set;
pub(crate) mod rule_test;
pub(crate) mod setup;
pub(crate) mod template;
pub(crate) mod values;
pub(crate) mod yaml;
