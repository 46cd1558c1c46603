//! The lake as its users meet it: commits, races, failures, maintenance.
#![allow(
    clippy::unwrap_used,
    clippy::clone_on_ref_ptr,
    clippy::excessive_nesting,
    clippy::let_underscore_must_use,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::float_arithmetic,
    reason = "a test fails by panicking, prints what it measured, and its numbers are small"
)]

mod alerts;
mod commits;
mod failures;
mod files;
mod flat;
mod maintain;
mod reprice;
mod reprice_beside;
mod reprice_stops;
mod repricer;
mod rig;
mod rows;
mod strikes;
mod struck_store;
mod tables;
