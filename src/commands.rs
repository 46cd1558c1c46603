//! The commands, one file each. Each takes the configuration and its own options.

pub(crate) mod alert;
pub(crate) mod alerts;
pub(crate) mod backfill;
pub(crate) mod check_config;
pub(crate) mod dev;
pub(crate) mod lag;
pub(crate) mod maintain;
pub(crate) mod prices;
pub(crate) mod replay;
pub(crate) mod reprice;
pub(crate) mod run;
pub(crate) mod sql;
