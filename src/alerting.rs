//! Alerts at the edge: what tells people of them.
//!
//! - [`delivery`]: receivers, each with a queue, attempts and dead letters

#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "until the evaluator is there, only test alerts are delivered"
    )
)]
pub(crate) mod delivery;
