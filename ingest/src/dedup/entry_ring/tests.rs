//! The queue, held against a standard one.

use std::collections::VecDeque;

use proptest::collection;
use proptest::prelude::{prop_assert_eq, proptest};

use super::{Entry, EntryRing};

fn entry(offset: i64) -> Entry {
    Entry {
        key: [0, 0],
        offset,
        content_hash: 0,
        time_us: 0,
    }
}

proptest! {
    #[test]
    fn it_is_a_queue(steps in collection::vec((0_usize..1500, 0_usize..1500), 1..12)) {
        let mut ring = EntryRing::default();
        let mut expected = VecDeque::new();
        let mut next = 0;
        for (pushes, pops) in steps {
            for _ in 0..pushes {
                ring.push(entry(next));
                expected.push_back(next);
                next += 1;
            }
            for _ in 0..pops {
                prop_assert_eq!(ring.pop().map(|entry| entry.offset), expected.pop_front());
            }
            prop_assert_eq!(ring.len(), expected.len());
            prop_assert_eq!(ring.front().map(|entry| entry.offset), expected.front().copied());
            let found: Vec<_> = ring.iter().map(|entry| entry.offset).collect();
            prop_assert_eq!(&found, &Vec::from(expected.clone()));
            for index in [0, 1, 1023, 1024, 1025, 2048] {
                let offset = ring.get(index).map(|entry| entry.offset);
                prop_assert_eq!(offset, expected.get(index).copied());
            }
        }
    }
}
