//! Who takes part, what may go wrong and how often; a state of it all, and its next states.

use super::actors::{Actor, Phase, owner};
use super::logs::{Entry, Log, Slot, Table};
use super::rows::{PARTITIONS, Rows};

/// A bug to plant in what stands around the product's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bug {
    /// A put is made whatever the table holds.
    CompareSkipped,
    /// An offset that lies below the commit's end is good enough.
    PrefixAccepted,
    /// What landed though an error was answered is not known again.
    ErrorMeansNotLanded,
    /// A merge claims nothing and does not look for its inputs.
    MergeUnfenced,
    /// Reading goes on at the lowest offset of all tables, and every table takes all of it.
    ResumeAtLowest,
    /// Rejects that outran `events` are written again.
    RejectsForgotten,
    /// Windows are committed before events.
    WindowsFirst,
    /// What is known is never too old to be believed.
    StaleHeadBelieved,
    /// An entry that is not there proves the end of the log, however long the reader slept before
    /// it looked.
    AbsenceBelieved,
    /// A worker that was fenced tries again without reading where the tables are.
    FenceIgnored,
    /// A reprice commits new prices and names no manifest.
    ManifestForgotten,
    /// Corrections are committed whatever the number of the last ones.
    CorrectionsUnclaimed,
    /// A reprice does not look whether its files are still there.
    RepriceInputsUnwatched,
    /// A reprice rewrites events whose windows are not committed.
    BehindIgnored,
    /// A reprice goes ahead though the last one lacks its corrections.
    HalfDoneIgnored,
    /// A reprice that lost takes the prices that it worked out before.
    PlanKept,
    /// Whoever opens the lake leaves a half-done reprice to others.
    NobodyFinishes,
}

/// Who takes part, and bounds.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) name: &'static str,
    /// Each partition's messages: `e` becomes an event, `r` a reject.
    pub(super) topic: [&'static str; PARTITIONS],
    /// The partitions that each worker believes to own.
    pub(super) workers: Vec<[bool; PARTITIONS]>,
    /// The offset up to which a frozen worker has sealed an epoch.
    pub(super) zombie: Option<[u8; PARTITIONS]>,
    pub(super) maintainers: usize,
    /// The price that each reprice gives to all events; that of the workers is 0.
    pub(super) reprices: Vec<u8>,
    /// The tables that are merged.
    pub(super) merged: Vec<Table>,
    /// The tables whose logs get checkpoints and are cleared.
    pub(super) cleared: Vec<Table>,
    /// Messages of one partition in an epoch.
    pub(super) epoch_max: u8,
    /// Answers that get lost, puts and reads that fail.
    pub(super) faults: u8,
    pub(super) crashes: u8,
    pub(super) merges: u8,
    /// How often a reprice is begun.
    pub(super) reprices_begun: u8,
    /// How often half of the log's retention passes.
    pub(super) ticks: u8,
    pub(super) bug: Option<Bug>,
}

impl World {
    pub(super) fn end(&self, partition: usize) -> u8 {
        u8::try_from(self.topic[partition].len()).unwrap()
    }

    /// The rows that a span becomes: events and rejects.
    pub(super) fn rows(&self, partition: usize, span: std::ops::Range<u8>) -> (Rows, Rows) {
        let mut rows = (Rows::default(), Rows::default());
        for offset in span {
            let row = Rows::one(partition, offset);
            match self.topic[partition].as_bytes()[usize::from(offset)] {
                b'e' => rows.0 += row,
                _ => rows.1 += row,
            }
        }
        rows
    }

    pub(super) fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// The number of the zombie among the actors.
    pub(super) fn zombie_at(&self) -> Option<usize> {
        self.zombie.map(|_| self.workers.len())
    }

    pub(super) fn is_maintainer(&self, actor: usize) -> bool {
        let first = self.workers.len() + usize::from(self.zombie.is_some());
        (first..first + self.maintainers).contains(&actor)
    }

    /// The price that an actor gives to all events, if it is a reprice.
    pub(super) fn price_of(&self, actor: usize) -> Option<u8> {
        let others = self.workers.len() + usize::from(self.zombie.is_some()) + self.maintainers;
        self.reprices.get(actor.checked_sub(others)?).copied()
    }

    /// An actor's name.
    pub(super) fn name_of(&self, actor: usize) -> String {
        if self.zombie_at() == Some(actor) {
            "zombie".to_owned()
        } else if self.is_maintainer(actor) {
            format!("maintainer {actor}")
        } else if let Some(price) = self.price_of(actor) {
            format!("reprice {actor} to price {price}")
        } else {
            format!("worker {actor}")
        }
    }

    /// The state in which all begins: seeded tables, nobody running, the zombie frozen.
    pub(super) fn first(&self) -> State {
        let mut actors = vec![Actor::blank(Phase::Down); self.workers.len()];
        actors.extend(self.zombie.map(|next| self.frozen(next)));
        let others = self.maintainers + self.reprices.len();
        actors.extend(vec![Actor::blank(Phase::Down); others]);
        State {
            actors,
            logs: Default::default(),
            late: None,
            now: 0,
            faults: self.faults,
            crashes: self.crashes,
            merges: self.merges,
            reprices: self.reprices_begun,
        }
    }

    /// All that may happen next.
    pub(super) fn steps(&self, state: &State) -> Vec<Step> {
        let mut steps = Vec::new();
        for at in 0..state.actors.len() {
            let here = Here {
                world: self,
                state,
                at,
            };
            match state.actors[at].phase {
                Phase::Commit(table) => here.commit(table, &mut steps),
                Phase::Finish => steps.push(here.finish()),
                _ if self.is_maintainer(at) => here.maintain(&mut steps),
                _ if self.price_of(at).is_some() => here.reprice(&mut steps),
                _ => here.work(&mut steps),
            }
            here.crash(&mut steps);
        }
        self.land_late(state, &mut steps);
        self.pass_time(state, &mut steps);
        steps
    }

    /// A put whose answer was a time-out is carried out after all.
    fn land_late(&self, state: &State, steps: &mut Vec<Step>) {
        let Some((table, version, entry)) = state.late else {
            return;
        };
        let mut next = state.clone();
        next.late = None;
        let log = &mut next.logs[table as usize];
        let entry = Entry {
            put_at: state.now,
            ..entry
        };
        let broken = match log.slot(version) {
            Slot::Next => log.land(entry).err(),
            Slot::Taken | Slot::Cleared => None,
        };
        let what = "carries a put out that it had not answered";
        steps.push(Step::new(None, what, Some(table), next).breaking(broken));
    }

    /// Half of the log's retention passes, or the log is cleared.
    fn pass_time(&self, state: &State, steps: &mut Vec<Step>) {
        if state.now < self.ticks {
            let mut next = state.clone();
            next.now += 1;
            steps.push(Step::new(None, "half of the retention passes", None, next).optional());
        }
        for &table in &self.cleared {
            let mut next = state.clone();
            // Older than the retention, which is two ticks.
            next.logs[table as usize].clear((state.now + 1).saturating_sub(2));
            if next != *state {
                let what = "gets a checkpoint, and its log is cleared";
                steps.push(Step::new(None, what, Some(table), next).optional());
            }
        }
    }
}

/// Everything that can be told apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) actors: Vec<Actor>,
    pub(super) logs: [Log; 3],
    /// A put that the store will carry out later: table, version, entry.
    pub(super) late: Option<(Table, u8, Entry)>,
    /// Halves of the log's retention since the beginning.
    pub(super) now: u8,
    pub(super) faults: u8,
    pub(super) crashes: u8,
    pub(super) merges: u8,
    pub(super) reprices: u8,
}

impl State {
    pub(super) fn log(&self, table: Table) -> &Log {
        &self.logs[table as usize]
    }

    /// An actor has nothing in hand any more.
    pub(super) fn disown(&mut self, actor: usize) {
        for log in &mut self.logs {
            log.disown(owner(actor));
        }
        if let Some((_, _, entry)) = &mut self.late
            && entry.owner == owner(actor)
        {
            entry.owner = super::logs::NOBODY;
        }
        let actor = &mut self.actors[actor];
        actor.job = Default::default();
        actor.attempts = Default::default();
        actor.pending = Default::default();
    }
}

/// Something that happens.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// Who does it; `None`: the store or the clock.
    pub(super) actor: Option<usize>,
    pub(super) what: &'static str,
    pub(super) table: Option<Table>,
    /// Whether it need never happen: the end must be in reach without such steps.
    pub(super) is_optional: bool,
    pub(super) state: State,
    /// The rule that the step itself breaks.
    pub(super) broken: Option<&'static str>,
}

impl Step {
    pub(super) fn new(
        actor: Option<usize>,
        what: &'static str,
        table: Option<Table>,
        state: State,
    ) -> Self {
        Self {
            actor,
            what,
            table,
            is_optional: false,
            state,
            broken: None,
        }
    }

    /// The same step as a fault, or as anything else that need never happen.
    pub(super) fn optional(self) -> Self {
        Self {
            is_optional: true,
            ..self
        }
    }

    pub(super) fn breaking(self, broken: Option<&'static str>) -> Self {
        Self { broken, ..self }
    }
}

/// One actor in one state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Here<'a> {
    pub(super) world: &'a World,
    pub(super) state: &'a State,
    pub(super) at: usize,
}

impl Here<'_> {
    pub(super) fn actor(&self) -> &Actor {
        &self.state.actors[self.at]
    }

    /// The step after which this actor and the rest of the state are changed like this.
    pub(super) fn step(
        &self,
        what: &'static str,
        table: Option<Table>,
        change: impl FnOnce(&mut State),
    ) -> Step {
        let mut next = self.state.clone();
        change(&mut next);
        Step::new(Some(self.at), what, table, next)
    }

    fn crash(&self, steps: &mut Vec<Step>) {
        let is_running = !matches!(self.actor().phase, Phase::Down | Phase::Done);
        if !is_running || self.state.crashes == 0 {
            return;
        }
        let step = self.step("is killed", None, |state| {
            state.crashes -= 1;
            state.disown(self.at);
            let is_zombie = self.world.zombie_at() == Some(self.at);
            let phase = if is_zombie { Phase::Done } else { Phase::Down };
            state.actors[self.at] = Actor::blank(phase);
        });
        steps.push(step.optional());
    }
}
