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

/// What a worker's events cost before they are priced again.
const OLD_PRICE: i64 = 10;

/// The lake, reduced to what the protocol is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Lake {
    /// The price of each event, by offset.
    prices: Vec<i64>,
    /// The next offset of `cost_windows`.
    summed: usize,
    /// What the windows sum to.
    windows: i64,
    /// The transactions of both tables.
    events_at: i64,
    windows_at: i64,
    /// The correction in the manifest of the reprice that `events` has last.
    manifest: i64,
}

impl Lake {
    /// What must always hold: windows, with the corrections that are due, sum to the events whose
    /// offsets they have.
    fn check(&self) {
        let due = match self.events_at - self.windows_at {
            0 => 0,
            1 => self.manifest,
            _ => panic!("{self:?}"),
        };
        let summed: i64 = self.prices[..self.summed].iter().sum();
        assert_eq!(self.windows + due, summed, "{self:?}");
    }

    /// Commits windows from one offset to another, if that is where they stand.
    fn commit_windows(&mut self, start: usize, next: usize, cost: i64) {
        if self.summed == start {
            self.summed = next;
            self.windows += cost;
        }
    }
}

/// A reprice between two steps.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Reprice {
    book: i64,
    /// What it read of `events`: how many reprices it has, and the prices.
    read: Option<(i64, Vec<i64>)>,
    standing: Option<Standing>,
    is_behind: bool,
    correction: Option<i64>,
    commit: Option<bool>,
    plans_left: u32,
}

impl Reprice {
    fn new(book: i64) -> Self {
        Self {
            book,
            read: None,
            standing: None,
            is_behind: false,
            correction: None,
            commit: None,
            plans_left: 2,
        }
    }

    /// Does what the decision says, in one step that others cannot divide; whether it goes on.
    fn step(&mut self, lake: &mut Lake) -> bool {
        let facts = RepriceFacts {
            standing: self.standing,
            is_behind: self.is_behind,
            rows: self.correction.map(|by| u64::from(by != 0)),
            commit: self.commit.map(|landed| match landed {
                true => EventsCommit::Landed,
                false => EventsCommit::Lost,
            }),
            plans_left: self.plans_left,
            ..facts()
        };
        match (decide(&facts), &self.read) {
            (RepriceDecision::Look, None) => {
                self.read = Some((lake.events_at, lake.prices.clone()));
            }
            // How `cost_windows` stands is seen a step later, when `events` may have moved on.
            (RepriceDecision::Look, Some((events_at, prices))) => {
                self.standing = Some(standing(Some(*events_at), Some(lake.windows_at)));
                self.is_behind = lake.summed < prices.len();
            }
            (RepriceDecision::Wait, Some((_, prices))) => {
                self.is_behind = lake.summed < prices.len();
            }
            (RepriceDecision::Finish, Some((events_at, _))) => {
                let ours = self.commit == Some(true);
                let number = if ours { events_at + 1 } else { lake.events_at };
                if lake.windows_at + 1 == number {
                    lake.windows += lake.manifest;
                    lake.windows_at += 1;
                }
                if ours {
                    self.standing = Some(Standing::Settled);
                } else {
                    (self.standing, self.read) = (None, None);
                }
            }
            (RepriceDecision::Plan, Some((_, prices))) => {
                self.plans_left -= 1;
                let by = prices.iter().map(|price| self.book - price);
                self.correction = Some(by.sum());
            }
            (RepriceDecision::Commit, Some((events_at, prices))) => {
                let landed = lake.events_at == *events_at;
                if landed {
                    lake.events_at += 1;
                    lake.manifest = self.correction.unwrap();
                    lake.prices[..prices.len()].fill(self.book);
                    let number = lake.events_at;
                    self.standing = Some(Standing::HalfDone { number });
                }
                self.commit = Some(landed);
            }
            (RepriceDecision::Again, _) => {
                (self.commit, self.standing, self.correction) = (None, None, None);
                self.read = None;
            }
            (RepriceDecision::Done | RepriceDecision::Unchanged | RepriceDecision::GiveUp, _) => {
                return false;
            }
            (other, _) => panic!("{other:?} of {self:?} in {lake:?}"),
        }
        true
    }
}

/// Whoever works on the lake.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Actor {
    Reprice(Reprice),
    /// A worker that commits one event, then its window: the offset, once it has one.
    Worker(Option<usize>),
    /// A worker's start: the windows that are missing, once it has summed them up.
    CatchUp(Option<(usize, usize, i64)>),
}

impl Actor {
    /// One step; whether there are more.
    fn step(&mut self, lake: &mut Lake) -> bool {
        match self {
            Self::Reprice(reprice) => reprice.step(lake),
            Self::Worker(offset @ None) => {
                *offset = Some(lake.prices.len());
                lake.prices.push(OLD_PRICE);
                true
            }
            Self::Worker(Some(offset)) => {
                lake.commit_windows(*offset, *offset + 1, OLD_PRICE);
                false
            }
            Self::CatchUp(missing @ None) => {
                let (start, next) = (lake.summed, lake.prices.len());
                *missing = Some((start, next, lake.prices[start..].iter().sum()));
                true
            }
            Self::CatchUp(Some((start, next, cost))) => {
                lake.commit_windows(*start, *next, *cost);
                false
            }
        }
    }
}

type Seen = HashSet<(Lake, Vec<Actor>)>;

/// Walks through all orders of steps, where each actor may stop for good anywhere; behind each end
/// comes a worker's start, and one more reprice.
fn walk(lake: &Lake, actors: &[Actor], seen: &mut Seen) {
    if !seen.insert((lake.clone(), actors.to_vec())) {
        return;
    }
    lake.check();
    for at in 0..actors.len() {
        let mut rest = actors.to_vec();
        let mut actor = rest.remove(at);
        walk(lake, &rest, seen);
        let mut lake = lake.clone();
        if actor.step(&mut lake) {
            rest.insert(at, actor);
        }
        walk(&lake, &rest, seen);
    }
    if actors.is_empty() {
        let mut lake = lake.clone();
        for mut last in [Actor::CatchUp(None), Actor::Reprice(Reprice::new(30))] {
            while last.step(&mut lake) {}
        }
        lake.check();
        assert!(lake.prices.iter().all(|price| *price == 30), "{lake:?}");
        assert_eq!(
            (lake.summed, lake.windows_at),
            (lake.prices.len(), lake.events_at)
        );
    }
}

fn walked(actors: &[Actor]) -> Seen {
    let lake = Lake {
        prices: vec![OLD_PRICE],
        summed: 1,
        windows: OLD_PRICE,
        events_at: 0,
        windows_at: 0,
        manifest: 0,
    };
    let mut seen = Seen::new();
    walk(&lake, actors, &mut seen);
    let stopped_half_way =
        |(lake, actors): &(Lake, Vec<Actor>)| lake.events_at > lake.windows_at && actors.is_empty();
    assert!(seen.iter().any(stopped_half_way));
    seen
}

#[test]
fn windows_equal_events_after_every_order_of_two_reprices_and_every_stop() {
    let actors = [20, 25].map(|book| Actor::Reprice(Reprice::new(book)));
    let seen = walked(&actors);
    assert!(seen.len() > 150, "{} states", seen.len());
}

#[test]
fn windows_equal_events_beside_a_worker_that_dies_between_its_commits() {
    let actors = [
        Actor::Reprice(Reprice::new(20)),
        Actor::Worker(None),
        Actor::CatchUp(None),
        Actor::Reprice(Reprice::new(25)),
    ];
    let seen = walked(&actors);
    // A row that was repriced stands before one that came too late to be.
    let mixed = seen.iter().any(|(lake, _)| lake.prices == [20, OLD_PRICE]);
    assert!(mixed && seen.len() > 1_000, "{} states", seen.len());
}
