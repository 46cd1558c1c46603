//! Pricing as a stage: batches in, batches out, judged by hand and by an independent oracle.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests are not seen as tests"
)]

mod batches;
mod event;
mod field_cases;
mod laws;
mod operator;
mod oracle;
mod requests;
mod statuses;
