//! What each answer leads to.

use std::time::Duration;

use super::{Answer, Attempted, Next, decide};

const HOUR: Duration = Duration::from_secs(3600);

fn attempted(attempts: u32) -> Attempted {
    Attempted {
        attempts,
        changes: 1,
        waited: Duration::ZERO,
        retry_for: HOUR,
        jitter_permille: 1000,
    }
}

fn after(answer: Answer, attempts: u32) -> Duration {
    match decide(answer, attempted(attempts)) {
        Next::Again(pause, _) => pause,
        next => panic!("{next:?}"),
    }
}

#[test]
fn statuses_are_accepted_tried_again_or_refused() {
    for status in [200, 201, 202, 204, 299] {
        assert_eq!(Answer::of_status(status, "x", None), Answer::Accepted);
    }
    for status in [408, 425, 429, 500, 502, 503, 504, 599] {
        let answer = Answer::of_status(status, "", None);
        assert_eq!(answer, Answer::failed(format!("status {status}")));
    }
    // A redirect is not followed: a post would become a get.
    for status in [100, 301, 302, 307, 400, 401, 403, 404, 410, 422, 600] {
        let answer = Answer::of_status(status, " no ", None);
        assert_eq!(answer, Answer::refused(format!("status {status}: no")));
    }
}

#[test]
fn pauses_double_up_to_a_minute() {
    let seconds: Vec<u64> = (1..=9)
        .map(|attempts| after(Answer::failed("x"), attempts).as_secs())
        .collect();
    assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    assert_eq!(after(Answer::failed("x"), u32::MAX).as_secs(), 60);
}

#[test]
fn jitter_spreads_pauses_over_their_second_half() {
    for attempts in 1..12 {
        let whole = after(Answer::failed("x"), attempts);
        for jitter_permille in [0, 1, 500, 999, 1000, 5000] {
            let facts = Attempted {
                jitter_permille,
                ..attempted(attempts)
            };
            let Next::Again(pause, _) = decide(Answer::failed("x"), facts) else {
                panic!("tried again");
            };
            assert!(
                pause >= whole / 2 && pause <= whole,
                "{pause:?} of {whole:?}"
            );
        }
    }
}

#[test]
fn a_receiver_may_ask_for_more_patience_but_not_for_ever() {
    let asks = |seconds| Answer::of_status(429, "", Some(Duration::from_secs(seconds)));
    assert_eq!(after(asks(30), 1).as_secs(), 30);
    assert_eq!(after(asks(0), 3).as_secs(), 4);
    assert_eq!(after(asks(1_000_000), 1), HOUR);
}

#[test]
fn the_last_attempt_is_made_at_the_end_of_the_time() {
    let late = |waited_s| Attempted {
        waited: Duration::from_secs(waited_s),
        ..attempted(20)
    };
    let next = decide(Answer::failed("down"), late(3590));
    assert_eq!(
        next,
        Next::Again(Duration::from_secs(10), "down".to_owned())
    );
    let next = decide(Answer::failed("down"), late(3600));
    assert_eq!(next, Next::GivenUp("down".to_owned()));
    // What is accepted late is delivered all the same.
    assert_eq!(decide(Answer::Accepted, late(9999)), Next::Delivered);
}

#[test]
fn one_that_is_refused_does_not_take_the_others_with_it() {
    let several = Attempted {
        changes: 3,
        ..attempted(1)
    };
    assert_eq!(decide(Answer::refused("bad"), several), Next::OneByOne);
    let alone = decide(Answer::refused("bad"), attempted(1));
    assert_eq!(alone, Next::Refused("bad".to_owned()));
}
