//! The steps of a reprice outside of commits, and of whoever finishes one: the product decides.

use crate::reprice::decision::{
    EventsCommit, RepriceDecision, RepriceFacts, Standing, decide, standing,
};

use super::actors::{Actor, Job, JobKind, Known, Phase};
use super::logs::Table;
use super::rows::{OFFSETS_MAX, PARTITIONS};
use super::world::{Bug, Here, State, Step, World};

/// How often a reprice is worked out.
const PLANS_MAX: u8 = 2;

const CONTRADICTION: &str = "the tables contradict each other about reprices";

impl World {
    /// Where an actor goes on that opened the lake.
    pub(super) fn opened(&self, next: Phase) -> Phase {
        if self.reprices.is_empty() || self.has(Bug::NobodyFinishes) {
            next
        } else {
            Phase::Finish
        }
    }
}

impl State {
    /// How the tables truly stand.
    pub(super) fn standing(&self) -> Standing {
        let [events, windows] = [Table::Events, Table::Windows].map(|table| {
            let log = self.log(table);
            log.reprice(log.head()).value.map(i64::from)
        });
        standing(events, windows)
    }
}

impl Here<'_> {
    /// Mirrors `Lake::finish_reprice`.
    pub(super) fn finish(&self) -> Step {
        let known = [Table::Events, Table::Windows].map(|table| self.newest(table));
        let [events, windows] = [Table::Events, Table::Windows].map(|table| self.state.log(table));
        let number = events.reprice(known[0].version).value;
        let corrected = windows.reprice(known[1].version).value;
        let stands = standing(number.map(i64::from), corrected.map(i64::from));
        let manifest = events.manifest(known[0].version);
        let what = "looks whether a reprice stopped half-way";
        let step = self.step(what, None, |state| {
            let actor = &mut state.actors[self.at];
            *actor.known(Table::Events) = known[0];
            *actor.known(Table::Windows) = known[1];
            match (stands, manifest) {
                (Standing::HalfDone { .. }, Some(corrections)) => {
                    actor.job = Job {
                        kind: JobKind::Corrections,
                        rows: corrections,
                        reprice: corrected,
                        ..Job::default()
                    };
                    actor.begin(Table::Windows);
                }
                // There is nothing to do, or nothing that it could do: then it ends in an error.
                (Standing::Settled, _) => self.finished(state),
                _ => self.rest(state),
            }
        });
        step.breaking((stands == Standing::Contradiction).then_some(CONTRADICTION))
    }

    /// Goes on behind a reprice that is done, by whomever.
    pub(super) fn finished(&self, state: &mut State) {
        let actor = &mut state.actors[self.at];
        if self.world.is_maintainer(self.at) {
            actor.phase = Phase::Plan;
        } else if self.world.price_of(self.at).is_none() {
            *actor = Actor {
                known: actor.known,
                ..Actor::blank(Phase::Progress(Table::Windows))
            };
        } else if actor.reprice.is_passing {
            self.rest(state);
        } else {
            let is_own = actor.reprice.commit == Some(EventsCommit::Landed);
            actor.reprice.standing = is_own.then_some(Standing::Settled);
            actor.phase = Phase::Reprice;
        }
    }

    /// Mirrors `Work::commit` behind a commit to `events` that landed.
    pub(super) fn repriced(&self, state: &mut State, job: Job) {
        let actor = &mut state.actors[self.at];
        actor.reprice.commit = Some(EventsCommit::Landed);
        let number = i64::from(actor.reprice.number);
        actor.reprice.standing = Some(Standing::HalfDone { number });
        actor.job = Job {
            kind: JobKind::Corrections,
            rows: job.corrections,
            reprice: job.reprice,
            listed_at: job.listed_at,
            ..Job::default()
        };
        actor.phase = Phase::Reprice;
    }

    /// Mirrors `Work::commit` behind a commit to `events` that others were faster than.
    pub(super) fn lost(&self, state: &mut State, job: Job) {
        let actor = &mut state.actors[self.at];
        actor.reprice.commit = Some(EventsCommit::Lost);
        actor.job = job;
        actor.phase = Phase::Reprice;
    }

    /// Mirrors `Lake::reprice`.
    pub(super) fn reprice(&self, steps: &mut Vec<Step>) {
        match self.actor().phase {
            Phase::Down => self.begin_reprice(steps),
            Phase::Compare => steps.push(self.compare_windows()),
            Phase::Reprice => self.decide_reprice(steps),
            _ => {}
        }
    }

    /// A reprice is begun; or somebody opens the lake who has nothing to do but what was left.
    fn begin_reprice(&self, steps: &mut Vec<Step>) {
        let begin = |what, is_passing| {
            self.step(what, None, |state| {
                let load = |table| Known::load(state.log(table), state.now);
                let known = Table::ALL.map(load);
                let actor = &mut state.actors[self.at];
                actor.known = known;
                actor.reprice.is_passing = is_passing;
                actor.phase = self.world.opened(Phase::Reprice);
            })
        };
        if self.state.reprices > 0 {
            let mut step = begin("begins", false);
            step.state.reprices -= 1;
            steps.push(step.optional());
        }
        let is_left = self.state.standing() != Standing::Settled;
        if is_left && !self.world.has(Bug::NobodyFinishes) {
            steps.push(begin("opens the lake in passing", true));
        }
    }

    /// Mirrors `Work::facts`.
    fn reprice_facts(&self) -> RepriceFacts {
        let reprice = &self.actor().reprice;
        RepriceFacts {
            is_dry_run: false,
            standing: reprice.standing,
            is_behind: reprice.is_behind && !self.world.has(Bug::BehindIgnored),
            may_wait: !reprice.is_late,
            rows: reprice.files.map(u64::from),
            commit: reprice.commit,
            plans_left: u32::from(PLANS_MAX.saturating_sub(reprice.plans)),
        }
    }

    fn decide_reprice(&self, steps: &mut Vec<Step>) {
        let go_on = |what, change: &dyn Fn(&mut Actor)| {
            self.step(what, None, |state| change(&mut state.actors[self.at]))
        };
        let end = |what| self.step(what, None, |state| self.rest(state));
        let step = match decide(&self.reprice_facts()) {
            RepriceDecision::Look => self.look(),
            RepriceDecision::Finish => go_on("is to commit corrections", &|actor| {
                if actor.reprice.commit == Some(EventsCommit::Landed) {
                    actor.begin(Table::Windows);
                } else {
                    actor.phase = Phase::Finish;
                }
            }),
            RepriceDecision::Wait => {
                let late = go_on("has waited long enough", &|actor| {
                    actor.reprice.is_late = true;
                });
                steps.push(late.optional());
                go_on("waits", &|actor| actor.phase = Phase::Compare)
            }
            RepriceDecision::Plan => self.plan_reprice(),
            RepriceDecision::Commit => go_on("writes a manifest", &|actor| {
                actor.begin(Table::Events);
            }),
            RepriceDecision::Again => go_on("forgets what it worked out", &|actor| {
                actor.reprice.commit = None;
                actor.reprice.standing = None;
                if !self.world.has(Bug::PlanKept) {
                    actor.reprice.files = None;
                }
            }),
            RepriceDecision::Done => end("says that it is done").breaking(self.not_repriced()),
            RepriceDecision::Unchanged => {
                end("says that nothing changes").breaking(self.not_repriced())
            }
            RepriceDecision::Refuse => end("refuses").breaking(Some(CONTRADICTION)),
            RepriceDecision::Behind => end("says that windows are behind"),
            RepriceDecision::Expired => end("says that it took too long"),
            RepriceDecision::GiveUp => end("says that others were faster"),
            RepriceDecision::Report => end("is no dry run").breaking(Some("a dry run")),
        };
        steps.push(step);
    }

    /// Mirrors `Work::look`; the windows are compared in a step of their own.
    fn look(&self) -> Step {
        self.step("reads the files", Some(Table::Events), |state| {
            let known = Known::load(state.log(Table::Events), state.now);
            let number = state.log(Table::Events).reprice(known.version).value;
            let now = state.now;
            let actor = &mut state.actors[self.at];
            *actor.known(Table::Events) = known;
            actor.job = Job {
                kind: JobKind::Reprice,
                listed_at: known.version,
                reprice: number,
                sealed_at: now,
                ..actor.job
            };
            actor.reprice.number = number.unwrap_or(0) + 1;
            actor.phase = Phase::Compare;
        })
    }

    /// Mirrors `Work::compare_windows` and `behind::partitions_behind`.
    fn compare_windows(&self) -> Step {
        let known = self.newest(Table::Windows);
        let listed_at = self.actor().job.listed_at;
        let [events, windows] = [Table::Events, Table::Windows].map(|table| self.state.log(table));
        let number = self.actor().job.reprice.map(i64::from);
        let corrected = windows.reprice(known.version).value.map(i64::from);
        let mut stands = standing(number, corrected);
        if matches!(stands, Standing::HalfDone { .. }) && self.world.has(Bug::HalfDoneIgnored) {
            stands = Standing::Settled;
        }
        let is_behind = (0..PARTITIONS)
            .any(|at| windows.next(at, known.version).value < events.next(at, listed_at).value);
        self.step("looks how far windows are", Some(Table::Windows), |state| {
            let actor = &mut state.actors[self.at];
            *actor.known(Table::Windows) = known;
            actor.reprice.standing = Some(stands);
            actor.reprice.is_behind = is_behind;
            actor.phase = Phase::Reprice;
        })
    }

    /// Mirrors `Work::plan`: every file of which a row changes is written anew. All go into one
    /// file, since what becomes of them later does not depend on how many there are.
    fn plan_reprice(&self) -> Step {
        let log = self.state.log(Table::Events);
        let price = self.world.price_of(self.at).unwrap_or(0);
        let files = log.files(self.actor().job.listed_at);
        let changes = |at: &u32| {
            let rows = log.rows_of(1 << at);
            rows != rows.priced(price)
        };
        let inputs = (0..u32::BITS).filter(|at| files & (1 << at) != 0);
        let inputs = inputs.filter(changes).fold(0, |all, at| all | (1 << at));
        let old = log.rows_of(inputs);
        self.step("works out new prices", Some(Table::Events), |state| {
            let actor = &mut state.actors[self.at];
            actor.reprice.plans += 1;
            actor.reprice.files = Some(inputs.count_ones());
            actor.job.inputs = inputs;
            actor.job.rows = old.priced(price);
            actor.job.corrections = old.priced(price).costs_above(old);
        })
    }

    /// Whoever says that a span has one price must be right, unless another reprice came behind.
    fn not_repriced(&self) -> Option<&'static str> {
        let actor = self.actor();
        let price = self.world.price_of(self.at)?;
        let [events, windows] = [Table::Events, Table::Windows].map(|table| self.state.log(table));
        let is_own = actor.reprice.commit == Some(EventsCommit::Landed);
        let number = if is_own {
            Some(actor.reprice.number)
        } else {
            actor.job.reprice
        };
        if windows.reprice(windows.head()).value < number {
            return Some("a reprice is done, and its corrections are not there");
        }
        if events.reprice(events.head()).value != number {
            return None;
        }
        let (then, now) = (
            events.rows_of(events.files(actor.job.listed_at)),
            events.rows(),
        );
        let is_wrong = |partition, offset| {
            let is_in = then.count(partition, offset) > 0;
            is_in && now.cost(partition, offset) != u64::from(price)
        };
        let any_wrong = (0..PARTITIONS)
            .any(|partition| (0..OFFSETS_MAX).any(|offset| is_wrong(partition, offset)));
        any_wrong.then_some("a reprice is done, and an event has another price")
    }
}
