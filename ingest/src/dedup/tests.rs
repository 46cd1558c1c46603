//! Copies, conflicts, replays and what is forgotten.

use proptest::collection;
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

use super::DedupDecision::{Conflict, Duplicate, First, Replay};
use super::{DedupIndex, DedupLimits};

const SECOND_US: i64 = 1_000_000;

fn index(horizon_s: u32, entries_max: usize) -> DedupIndex {
    DedupIndex::new(DedupLimits {
        horizon_s,
        entries_max,
    })
}

#[test]
fn the_first_stands_and_later_ones_are_copies_or_conflicts() {
    let mut index = index(60, 100);
    assert_eq!(index.check(0, "a", 7, 10, 0), First);
    assert_eq!(
        index.check(0, "a", 7, 11, 0),
        Duplicate { first_offset: 10 }
    );
    assert_eq!(index.check(0, "a", 8, 12, 0), Conflict { first_offset: 10 });
    // Neither was remembered, so they are judged alike again.
    assert_eq!(
        index.check(0, "a", 7, 11, 0),
        Duplicate { first_offset: 10 }
    );
    assert_eq!(index.check(0, "a", 8, 12, 0), Conflict { first_offset: 10 });
    assert_eq!(index.check(0, "b", 7, 13, 0), First);
    assert_eq!(index.check(1, "a", 7, 11, 0), First);
    assert_eq!(index.entries(), 3);
}

#[test]
fn its_own_offset_is_a_replay_even_among_smaller_ones() {
    let mut index = index(60, 100);
    assert_eq!(index.check(0, "a", 7, 10, 0), First);
    assert_eq!(index.check(0, "a", 7, 10, 0), Replay);
    index.seed(0, "a", 7, 20, 0);
    index.seed(0, "a", 9, 30, 0);
    assert_eq!(index.check(0, "a", 7, 20, 0), Replay);
    assert_eq!(index.check(0, "a", 9, 30, 0), Replay);
    assert_eq!(
        index.check(0, "a", 9, 40, 0),
        Duplicate { first_offset: 30 }
    );
    assert_eq!(
        index.check(0, "a", 7, 40, 0),
        Duplicate { first_offset: 10 }
    );
    assert_eq!(index.check(0, "a", 5, 40, 0), Conflict { first_offset: 10 });
    assert_eq!(index.entries(), 3);
}

#[test]
fn a_larger_offset_makes_no_copy() {
    let mut index = index(60, 100);
    index.seed(0, "a", 7, 20, 0);
    assert_eq!(index.check(0, "a", 7, 10, 0), First);
    assert_eq!(index.check(0, "a", 7, 20, 0), Replay);
    assert_eq!(
        index.check(0, "a", 7, 21, 0),
        Duplicate { first_offset: 10 }
    );
}

#[test]
fn seeding_twice_remembers_once() {
    let mut index = index(60, 100);
    index.seed(0, "a", 7, 20, 0);
    index.seed(0, "a", 7, 20, 0);
    assert_eq!(index.entries(), 1);
    index.forget(0);
    assert_eq!(index.entries(), 0);
    assert_eq!(index.check(0, "a", 7, 21, 0), First);
    index.forget(5);
}

#[test]
fn the_horizon_is_counted_in_record_time_of_the_partition() {
    let mut index = index(60, 100);
    assert_eq!(index.check(0, "a", 7, 10, 0), First);
    assert_eq!(index.check(1, "a", 7, 10, 0), First);
    assert_eq!(index.check(0, "b", 7, 11, 60 * SECOND_US), First);
    assert_eq!(
        index.check(0, "a", 7, 12, 60 * SECOND_US),
        Duplicate { first_offset: 10 }
    );
    assert_eq!(index.check(0, "c", 7, 13, 60 * SECOND_US + 1), First);
    assert_eq!(index.check(0, "a", 7, 14, 60 * SECOND_US + 1), First);
    // The other partition stood still.
    assert_eq!(
        index.check(1, "a", 7, 11, 0),
        Duplicate { first_offset: 10 }
    );
    // A record from the past turns no clock back.
    assert_eq!(index.check(0, "d", 7, 15, 0), First);
    assert_eq!(
        index.check(0, "d", 7, 16, 90 * SECOND_US),
        Duplicate { first_offset: 15 }
    );
    assert_eq!(index.horizon_s(), 60);
    assert_eq!(index.evicted(), 0);
}

#[test]
fn lack_of_room_forgets_the_oldest_and_shortens_the_horizon() {
    let mut index = index(3600, 10);
    for number in 0..15 {
        let id = format!("e-{number}");
        assert_eq!(index.check(0, &id, 7, number, number * SECOND_US), First);
    }
    assert_eq!(index.entries(), 10);
    assert_eq!(index.evicted(), 5);
    // The last one forgotten stood at 4 s, the clock stands at 14 s.
    assert_eq!(index.horizon_s(), 10);
    assert_eq!(
        index.check(0, "e-5", 7, 20, 14 * SECOND_US),
        Duplicate { first_offset: 5 }
    );
    assert_eq!(index.check(0, "e-4", 7, 21, 14 * SECOND_US), First);
}

#[test]
fn room_is_made_where_the_memory_reaches_back_the_longest() {
    let mut index = index(3600, 10);
    for number in 0..5 {
        assert_eq!(
            index.check(0, &format!("old-{number}"), 7, number, number * SECOND_US),
            First
        );
        let time_us = (1000 + 100 * number) * SECOND_US;
        assert_eq!(
            index.check(1, &format!("wide-{number}"), 7, number, time_us),
            First
        );
    }
    assert_eq!(index.check(0, "one more", 7, 9, 5 * SECOND_US), First);
    assert_eq!(
        index.check(0, "old-0", 7, 10, 5 * SECOND_US),
        Duplicate { first_offset: 0 }
    );
    assert_eq!(
        index.check(1, "wide-1", 7, 10, 1400 * SECOND_US),
        Duplicate { first_offset: 1 }
    );
    assert_eq!(index.check(1, "wide-0", 7, 11, 1400 * SECOND_US), First);
}

#[test]
fn an_index_without_room_still_decides() {
    let mut index = index(60, 0);
    assert_eq!(index.check(0, "a", 7, 10, 0), First);
    assert_eq!(index.entries(), 0);
    assert_eq!(index.horizon_s(), 0);
    assert_eq!(index.check(0, "a", 7, 11, 0), First);
}

proptest! {
    #[test]
    fn it_decides_as_a_plain_list_does(
        messages in collection::vec((0_i32..3, 0_u8..12, 0_i64..2, 0_i64..40), 1..400)
    ) {
        const HORIZON_S: i64 = 30;
        let mut index = index(30, usize::MAX);
        // Partition, id, content, offset, time at which it was met.
        let mut known: Vec<(i32, u8, i64, i64, i64)> = Vec::new();
        let mut clocks = [i64::MIN; 3];
        for (offset, (partition, id, content, time_s)) in (0..).zip(messages) {
            let clock = &mut clocks[usize::try_from(partition).unwrap()];
            *clock = (*clock).max(time_s);
            let clock = *clock;
            known.retain(|entry| entry.0 != partition || entry.4 >= clock - HORIZON_S);
            let same: Vec<_> =
                known.iter().filter(|entry| entry.0 == partition && entry.1 == id).collect();
            let copy = same.iter().find(|entry| entry.2 == content);
            let expected = match (copy, same.first()) {
                (Some(copy), _) => Duplicate { first_offset: copy.3 },
                (None, Some(other)) => Conflict { first_offset: other.3 },
                (None, None) => First,
            };
            let id_text = format!("event-{id}");
            let decision = index.check(partition, &id_text, content, offset, time_s * SECOND_US);
            prop_assert_eq!(decision, expected);
            if expected == First {
                known.push((partition, id, content, offset, clock));
                let replayed = index.check(partition, &id_text, content, offset, time_s * SECOND_US);
                prop_assert_eq!(replayed, Replay);
            }
            prop_assert_eq!(index.entries(), known.len());
        }
    }

    #[test]
    fn its_memory_stays_bounded(
        messages in collection::vec((0_i32..4, 0_u16..2000, 0_i64..5), 1..2000),
        entries_max in 1_usize..300,
    ) {
        let mut index = index(1_000_000, entries_max);
        let mut time_us = 0;
        for (offset, (partition, id, step_s)) in (0..).zip(messages) {
            time_us += step_s * SECOND_US;
            let decision = index.check(partition, &format!("event-{id}"), 0, offset, time_us);
            prop_assert!(decision != Replay);
            prop_assert!(index.entries() <= entries_max);
            let is_replay = index.check(partition, &format!("event-{id}"), 0, offset, time_us);
            let is_conflict = matches!(is_replay, Conflict { .. });
            prop_assert!(!is_conflict);
        }
    }
}
