//! The table under many insertions and evictions.

use super::super::DedupDecision;
use super::{Entry, PartitionIndex};

fn entry(number: i64) -> Entry {
    // Keys share their places in groups, so that they meet in the table.
    let key = [number.unsigned_abs() / 5, number.unsigned_abs()];
    Entry {
        key,
        offset: number,
        content_hash: number,
        time_us: number,
    }
}

fn scattered(number: i64) -> Entry {
    let place = number
        .unsigned_abs()
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(32);
    Entry {
        key: [place, place],
        ..entry(number)
    }
}

#[test]
fn what_was_evicted_is_unknown_and_the_rest_is_found() {
    let mut index = PartitionIndex::default();
    let kept = 700;
    for number in 0..20_000 {
        assert_eq!(
            index.look_up(entry(number).key, number, number),
            DedupDecision::First
        );
        index.insert(entry(number));
        if index.entries() > kept {
            assert_eq!(index.evict(1), 1);
        }
        let oldest = (number + 1 - 700).max(0);
        for met in [oldest, (oldest + number) / 2, number] {
            let decision = index.look_up(entry(met).key, met, i64::MAX);
            assert_eq!(
                decision,
                DedupDecision::Duplicate { first_offset: met },
                "{met} at {number}"
            );
        }
        if oldest > 0 {
            let gone = entry(oldest - 1);
            assert_eq!(index.look_up(gone.key, 0, i64::MAX), DedupDecision::First);
        }
    }
    assert!(index.memory_bytes() < 200_000);
}

#[test]
fn an_index_that_only_grows_takes_little_memory() {
    let mut index = PartitionIndex::default();
    for number in 0..100_000 {
        index.insert(scattered(number));
    }
    assert!(
        index.memory_bytes() / 100_000 <= 64,
        "{}",
        index.memory_bytes()
    );
    assert_eq!(index.evict(usize::MAX), 100_000);
    assert_eq!(index.entries(), 0);
    assert_eq!(index.look_up(scattered(5).key, 5, 9), DedupDecision::First);
}
