//! Alerts: from files of rules to what receivers get.
//!
//! - [`rule_file`]: rules in YAML, checked whole; [`rule_set`]: those of several files;
//!   [`template`]: what alerts say; [`query_check`]: whether queries of rules can run
//! - [`rule_test`]: tests of rules over series of windows
//! - [`yaml`], [`fields`], [`values`]: the ground that files of rules and of their tests are read on;
//!   [`problem`]: what is wrong with one, and where

pub(crate) mod fields;
pub(crate) mod problem;
pub(crate) mod query_check;
pub(crate) mod rule_file;
pub(crate) mod rule_set;
pub(crate) mod rule_test;
pub(crate) mod template;
pub(crate) mod values;
pub(crate) mod yaml;
