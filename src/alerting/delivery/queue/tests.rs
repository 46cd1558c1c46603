//! The order of a queue, its bound, and the number up to which all is acknowledged.

use std::time::{Duration, Instant};

use proptest::prelude::{any, prop_assert_eq, proptest};

use super::Queue;
use crate::alerting::delivery::NumberedChange;
use crate::alerting::delivery::test_changes::firing;

fn change(number: i64) -> NumberedChange {
    NumberedChange::new(number, firing("a"))
}

fn numbers(queue: &Queue) -> Vec<i64> {
    let first = queue.first(usize::MAX);
    first.iter().map(|one| one.change.number).collect()
}

fn offer(queue: &mut Queue, number: i64) {
    queue.offer(&change(number), true, Instant::now());
}

#[test]
fn what_was_taken_is_not_taken_again() {
    let mut queue = Queue::from(3, 3, 10);
    for number in [1, 2, 3, 4, 3, 4, 5] {
        offer(&mut queue, number);
    }
    assert_eq!(numbers(&queue), [3, 4, 5]);
    queue.remove(2);
    offer(&mut queue, 4);
    assert_eq!(numbers(&queue), [5]);
}

#[test]
fn the_acknowledged_number_is_that_of_the_first_that_waits() {
    let mut queue = Queue::from(8, 8, 10);
    assert_eq!(queue.acknowledged(), 8);
    offer(&mut queue, 8);
    offer(&mut queue, 9);
    assert_eq!(queue.acknowledged(), 8);
    queue.remove(1);
    assert_eq!(queue.acknowledged(), 9);
    queue.remove(1);
    assert_eq!(queue.acknowledged(), 10);
    queue.offer(&change(10), false, Instant::now());
    assert_eq!(queue.acknowledged(), 11);
}

#[test]
fn what_found_no_room_is_asked_for_again() {
    let mut queue = Queue::from(1, 1, 2);
    for number in 1..=5 {
        offer(&mut queue, number);
    }
    assert_eq!(numbers(&queue), [1, 2]);
    assert_eq!(queue.missing_from(), None, "there is no room yet");
    queue.remove(1);
    assert_eq!(queue.missing_from(), Some(3));
    // Later ones must not slip in before it.
    offer(&mut queue, 6);
    assert_eq!(numbers(&queue), [2]);
    assert_eq!(queue.acknowledged(), 2);
    for number in 3..=6 {
        offer(&mut queue, number);
    }
    assert_eq!(numbers(&queue), [2, 3]);
    queue.remove(2);
    assert_eq!(queue.acknowledged(), 4);
    assert_eq!(queue.missing_from(), Some(4));
}

#[test]
fn what_came_before_the_start_is_asked_for() {
    let mut queue = Queue::from(3, 5, 10);
    assert_eq!(queue.missing_from(), Some(3));
    // A later one does not slip in before those.
    offer(&mut queue, 5);
    assert_eq!(queue.missing_from(), Some(3));
    for number in 3..=5 {
        offer(&mut queue, number);
    }
    assert_eq!(numbers(&queue), [3, 4, 5]);
    assert_eq!(queue.missing_from(), None);
}

#[test]
fn what_another_process_delivered_is_passed_over() {
    let mut queue = Queue::from(0, 0, 10);
    offer(&mut queue, 0);
    queue.skip(5, 7);
    assert_eq!((queue.acknowledged(), queue.missing_from()), (0, Some(1)));
    queue.remove(1);
    queue.skip(5, 7);
    assert_eq!((queue.acknowledged(), queue.missing_from()), (5, Some(5)));
    queue.skip(2, 3);
    assert_eq!((queue.acknowledged(), queue.missing_from()), (5, Some(5)));
}

#[test]
fn the_overdue_stand_first() {
    let begun = Instant::now();
    let later = |seconds| begun + Duration::from_secs(seconds);
    let mut queue = Queue::from(1, 1, 10);
    for (number, seconds) in [(1, 0), (2, 5), (3, 50)] {
        queue.offer(&change(number), true, later(seconds));
    }
    let overdue = |seconds| queue.overdue(Duration::from_secs(10), later(seconds));
    assert_eq!([9, 10, 15, 59, 60].map(overdue), [0, 1, 2, 2, 3]);
}

proptest! {
    /// Whatever is offered and removed when, every wanted change is there exactly once, in
    /// order, and nothing from the acknowledged number on is gone.
    #[test]
    fn none_is_lost_and_none_doubled(steps in proptest::collection::vec((any::<bool>(), 1..4_usize), 1..60)) {
        const LAST: i64 = 25;
        let mut queue = Queue::from(1, 1, 3);
        let mut sent = Vec::new();
        let mut front = 1;
        let mut take = |queue: &mut Queue, count: usize| {
            sent.extend(queue.first(count).iter().map(|one| one.change.number));
            queue.remove(count);
            queue.acknowledged()
        };
        for (is_offer, count) in steps {
            if is_offer {
                // As the evaluator does: on from the last one, or again from what was missed.
                let from = queue.missing_from().unwrap_or(front);
                let to = (from + 3 * i64::try_from(count).unwrap()).min(LAST);
                for number in from..=to {
                    queue.offer(&change(number), number % 5 != 0, Instant::now());
                }
                front = front.max(to);
            } else {
                take(&mut queue, count);
            }
        }
        while queue.acknowledged() <= LAST {
            take(&mut queue, 2);
            let from = queue.missing_from().unwrap_or(front);
            for number in from..=LAST {
                queue.offer(&change(number), number % 5 != 0, Instant::now());
            }
            front = LAST;
        }
        let expected: Vec<i64> = (1..=LAST).filter(|number| number % 5 != 0).collect();
        prop_assert_eq!(sent, expected);
    }
}
