//! When pages are given back, and that they are.

use super::{give_back, is_due};
use crate::worker::monitor::resident_bytes;

const MIB: u64 = 1 << 20;

#[test]
fn pages_are_given_back_near_the_ceiling_alone() {
    assert!(!is_due(400 * MIB, 512 * MIB, 0));
    assert!(is_due(449 * MIB, 512 * MIB, 0));
}

#[test]
fn what_did_not_help_is_not_done_again_at_once() {
    assert!(!is_due(500 * MIB, 512 * MIB, 490 * MIB));
    assert!(is_due(507 * MIB, 512 * MIB, 490 * MIB));
    assert!(is_due(500 * MIB, 512 * MIB, 300 * MIB));
}

#[cfg(target_env = "gnu")]
#[test]
fn freed_pages_leave_the_process() {
    // Blocks too small to have pages of their own, so that the allocator keeps them; the last one
    // stays, so that no heap shrinks from its end.
    let mut blocks: Vec<Vec<u8>> = (0..6_400).map(|_| vec![1; 10_000]).collect();
    let last = blocks.pop();
    drop(blocks);
    let before = resident_bytes();
    give_back();
    let after = resident_bytes();
    assert!(after + 40 * MIB < before, "{before} and then {after}");
    drop(last);
}
