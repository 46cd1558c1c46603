//! Readers in a consumer group, against a broker in this process.
//!
//! - [`leaving`]: a reader that ends, whatever the group asked it last
//! - [`out_of_range`]: a partition whose next offset the broker does not have
//! - [`rebalance_at_the_end`]: a rebalance while a partition is read to its end
//! - [`rig`]: readers, producers, and where partitions are entered
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests are not seen as tests"
)]

mod leaving;
mod out_of_range;
mod rebalance_at_the_end;
mod rig;
