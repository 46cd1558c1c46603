//! Shares add up to less than the ceiling, and no lane starves.

use super::{LANE_SHARE_BYTES_MIN, MemoryBudget, MergeBudget};

const MIB: usize = 1 << 20;

/// What all parts hold at once if each is full and what is fetched shrinks to a quarter.
fn held_bytes(budget: MemoryBudget, lanes: usize) -> usize {
    let lane = 2 * budget.queue_bytes + 4 * budget.fetch_bytes + 2 * budget.epoch_bytes;
    let merge = (2 * budget.merges.rows_bytes).max(24 * budget.merges.windows_bytes);
    lanes * (lane + budget.dedup_entries * 72) + merge + 112 * MIB
}

#[test]
fn all_shares_together_leave_room_below_the_ceiling() {
    for ceiling in [320 * MIB, 512 * MIB, 4096 * MIB] {
        for lanes in [1, 2, 4] {
            let budget = MemoryBudget::new(ceiling, lanes, 2_000_000);
            let held = held_bytes(budget, lanes);
            assert!(held < ceiling, "{} of {ceiling}", held / MIB);
            assert!(held > ceiling / 4, "{} of {ceiling}", held / MIB);
        }
    }
}

#[test]
fn a_small_duplicate_index_leaves_its_memory_to_the_lanes() {
    let small = MemoryBudget::new(512 * MIB, 2, 1_000);
    let large = MemoryBudget::new(512 * MIB, 2, 100_000_000);
    assert_eq!(small.dedup_entries, 500);
    assert!(large.dedup_entries * 2 * 72 <= 100 * MIB);
    assert!(small.queue_bytes > large.queue_bytes);
}

#[test]
fn waiting_messages_are_bounded_by_number_as_keys_are_not_counted() {
    let budget = MemoryBudget::new(512 * MIB, 2, 2_000_000);
    assert_eq!(budget.queue_messages, budget.queue_bytes >> 12);
    assert!(
        (1_000..4_000).contains(&budget.queue_messages),
        "{budget:?}"
    );
}

#[test]
fn maintenance_alone_may_merge_more_than_beside_lanes() {
    let beside = MemoryBudget::new(512 * MIB, 2, 0).merges;
    let alone = MergeBudget::alone(512 * MIB);
    assert_eq!(beside.rows_bytes, 50 * MIB);
    assert_eq!(alone.rows_bytes, 200 * MIB);
    assert!(alone.windows_bytes > 3 * beside.windows_bytes);
}

#[test]
fn a_lane_always_has_room_for_the_largest_message() {
    let budget = MemoryBudget::new(0, 64, 0);
    assert_eq!(budget.queue_bytes, LANE_SHARE_BYTES_MIN);
    assert_eq!(budget.dedup_entries, 1);
    assert_eq!(budget.fetch_bytes, MIB);
    assert_eq!(budget.partition_fetch_bytes, 256 << 10);
}
