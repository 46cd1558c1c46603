//! Every stop and every order of steps of two reprices, run through the decision itself.

use std::collections::HashSet;

use super::{EventsCommit, RepriceDecision, RepriceFacts, Standing, decide, standing};

fn facts() -> RepriceFacts {
    RepriceFacts {
        is_dry_run: false,
        standing: Some(Standing::Settled),
        is_behind: false,
        may_wait: true,
        rows: None,
        commit: None,
        plans_left: 3,
    }
}

#[test]
fn windows_follow_events_by_one_at_most() {
    assert_eq!(standing(None, None), Standing::Settled);
    assert_eq!(standing(Some(4), Some(4)), Standing::Settled);
    // Others finished one more after `events` was read.
    assert_eq!(standing(Some(4), Some(5)), Standing::Settled);
    assert_eq!(standing(Some(1), None), Standing::HalfDone { number: 1 });
    assert_eq!(standing(Some(5), Some(4)), Standing::HalfDone { number: 5 });
    assert_eq!(standing(Some(6), Some(4)), Standing::Contradiction);
    assert_eq!(standing(Some(2), None), Standing::Contradiction);
}

#[test]
fn one_step_follows_the_other() {
    let check = |facts: RepriceFacts, expected| assert_eq!(decide(&facts), expected, "{facts:?}");
    let unread = RepriceFacts {
        standing: None,
        ..facts()
    };
    check(unread, RepriceDecision::Look);
    check(facts(), RepriceDecision::Plan);
    let half = Some(Standing::HalfDone { number: 2 });
    let behind = RepriceFacts {
        is_behind: true,
        ..facts()
    };
    check(behind, RepriceDecision::Wait);
    let waited = RepriceFacts {
        may_wait: false,
        ..behind
    };
    check(waited, RepriceDecision::Behind);
    let planned = RepriceFacts {
        rows: Some(7),
        ..facts()
    };
    check(planned, RepriceDecision::Commit);
    let nothing = RepriceFacts {
        rows: Some(0),
        ..facts()
    };
    check(nothing, RepriceDecision::Unchanged);
    let tired = RepriceFacts {
        plans_left: 0,
        ..facts()
    };
    check(tired, RepriceDecision::GiveUp);
    let after = |commit, standing| RepriceFacts {
        commit: Some(commit),
        standing,
        ..planned
    };
    check(after(EventsCommit::Landed, half), RepriceDecision::Finish);
    check(
        after(EventsCommit::Landed, Some(Standing::Settled)),
        RepriceDecision::Done,
    );
    check(after(EventsCommit::Lost, half), RepriceDecision::Again);
    check(
        after(EventsCommit::Expired, Some(Standing::Settled)),
        RepriceDecision::Expired,
    );
}

#[test]
fn half_of_another_reprice_comes_before_everything() {
    for is_behind in [false, true] {
        for rows in [None, Some(0), Some(7)] {
            let facts = RepriceFacts {
                standing: Some(Standing::HalfDone { number: 1 }),
                is_behind,
                rows,
                ..facts()
            };
            assert_eq!(decide(&facts), RepriceDecision::Finish);
            let damaged = RepriceFacts {
                standing: Some(Standing::Contradiction),
                ..facts
            };
            assert_eq!(decide(&damaged), RepriceDecision::Refuse);
        }
    }
}

#[test]
fn a_dry_run_neither_waits_nor_commits() {
    for is_behind in [false, true] {
        for standing in [Standing::Settled, Standing::HalfDone { number: 1 }] {
            for (rows, expected) in [
                (None, RepriceDecision::Plan),
                (Some(0), RepriceDecision::Unchanged),
                (Some(7), RepriceDecision::Report),
            ] {
                let facts = RepriceFacts {
                    is_dry_run: true,
                    standing: Some(standing),
                    is_behind,
                    rows,
                    ..facts()
                };
                assert_eq!(decide(&facts), expected);
            }
        }
    }
}

/// The lake, reduced to what the protocol is about: a price, what windows sum it to, and the two
/// transactions. A reprice sets the price to its book's; its corrections are the difference.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Lake {
    price: i64,
    windows: i64,
    events_at: i64,
    windows_at: i64,
    /// By the reprice that `events` has: the correction that its manifest holds.
    manifest: i64,
}

/// A reprice between two steps.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Actor {
    book: i64,
    /// What it read of `events`: how many reprices it has, and the price.
    read: (i64, i64),
    has_read: bool,
    standing: Option<Standing>,
    correction: Option<i64>,
    commit: Option<bool>,
    plans_left: u32,
    outcome: Option<&'static str>,
}

impl Actor {
    fn new(book: i64) -> Self {
        Self {
            book,
            read: (0, 0),
            has_read: false,
            standing: None,
            correction: None,
            commit: None,
            plans_left: 3,
            outcome: None,
        }
    }

    /// Does what the decision says, in one step that others cannot divide.
    fn step(&mut self, lake: &mut Lake) {
        let facts = RepriceFacts {
            standing: self.standing,
            rows: self.correction.map(|by| u64::from(by != 0)),
            commit: self.commit.map(|landed| match landed {
                true => EventsCommit::Landed,
                false => EventsCommit::Lost,
            }),
            plans_left: self.plans_left,
            ..facts()
        };
        match decide(&facts) {
            // How `cost_windows` stands is seen a step later, when `events` may have moved on.
            RepriceDecision::Look if self.has_read => {
                self.standing = Some(standing(Some(self.read.0), Some(lake.windows_at)));
                self.has_read = false;
            }
            RepriceDecision::Look => {
                self.read = (lake.events_at, lake.price);
                self.has_read = true;
            }
            RepriceDecision::Finish => {
                let ours = self.commit == Some(true);
                let number = if ours {
                    self.read.0 + 1
                } else {
                    lake.events_at
                };
                if lake.windows_at + 1 == number {
                    lake.windows += lake.manifest;
                    lake.windows_at += 1;
                }
                self.standing = ours.then_some(Standing::Settled);
            }
            RepriceDecision::Plan => {
                self.plans_left -= 1;
                self.correction = Some(self.book - self.read.1);
            }
            RepriceDecision::Commit => {
                let landed = lake.events_at == self.read.0;
                if landed {
                    lake.events_at += 1;
                    lake.price = self.book;
                    lake.manifest = self.correction.unwrap();
                    let number = lake.events_at;
                    self.standing = Some(Standing::HalfDone { number });
                }
                self.commit = Some(landed);
            }
            RepriceDecision::Again => {
                (self.commit, self.standing, self.correction) = (None, None, None);
            }
            RepriceDecision::Done => self.outcome = Some("done"),
            RepriceDecision::Unchanged => self.outcome = Some("unchanged"),
            RepriceDecision::GiveUp => self.outcome = Some("gave up"),
            other => panic!("{other:?} of {self:?} in {lake:?}"),
        }
    }
}

/// Walks through all orders of steps of two reprices, each of which may stop for good anywhere,
/// and lets a third one come behind each end.
fn walk(lake: &Lake, actors: [Option<Actor>; 2], seen: &mut HashSet<(Lake, [Option<Actor>; 2])>) {
    if !seen.insert((lake.clone(), actors.clone())) {
        return;
    }
    assert!(lake.events_at - lake.windows_at <= 1, "{lake:?}");
    let mut is_over = true;
    for at in 0..actors.len() {
        let Some(actor) = &actors[at] else { continue };
        if actor.outcome.is_some() {
            continue;
        }
        is_over = false;
        let mut stopped = actors.clone();
        stopped[at] = None;
        walk(lake, stopped, seen);
        let (mut lake, mut moved) = (lake.clone(), actors.clone());
        moved[at].as_mut().unwrap().step(&mut lake);
        walk(&lake, moved, seen);
    }
    if is_over {
        let mut lake = lake.clone();
        let mut last = Actor::new(30);
        while last.outcome.is_none() {
            last.step(&mut lake);
        }
        assert_eq!((lake.price, lake.windows), (30, 30), "behind {actors:?}");
        assert_eq!(lake.events_at, lake.windows_at);
    }
}

#[test]
fn windows_equal_events_after_every_order_of_steps_and_stops() {
    let lake = Lake {
        price: 10,
        windows: 10,
        events_at: 0,
        windows_at: 0,
        manifest: 0,
    };
    let mut seen = HashSet::new();
    walk(
        &lake,
        [Some(Actor::new(20)), Some(Actor::new(25))],
        &mut seen,
    );
    let half_done = |(lake, actors): &(Lake, [Option<Actor>; 2])| {
        lake.events_at > lake.windows_at && actors.iter().all(Option::is_none)
    };
    assert!(seen.iter().any(half_done), "no walk stopped half-way");
    assert!(seen.len() > 200, "{} states", seen.len());
}
