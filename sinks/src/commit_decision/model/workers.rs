//! The steps of a worker outside of commits: where it resumes, and which epochs it seals.

use super::actors::{Actor, Job, JobKind, Known, Phase};
use super::logs::Table;
use super::rows::{OFFSETS_MAX, PARTITIONS, Rows};
use super::world::{Bug, Here, State, Step, World};

impl World {
    /// A worker that sealed its first epoch and was frozen before it began to commit.
    pub(super) fn frozen(&self, next: [u8; PARTITIONS]) -> Actor {
        let mut actor = Actor::blank(Phase::Ready);
        actor.job = self.seal(&actor, next, 0);
        actor.begin(self.first_table(&actor.job));
        actor
    }

    /// Mirrors `EpochWriter::seal`.
    fn seal(&self, actor: &Actor, next: [u8; PARTITIONS], now: u8) -> Job {
        let [_, events, windows] = actor.next;
        let mut job = Job {
            kind: JobKind::Epoch,
            expected: [actor.next[Table::Rejects as usize], events, events],
            next,
            sealed_at: now,
            ..Job::default()
        };
        let mut start = events;
        if self.has(Bug::ResumeAtLowest) {
            job.expected = actor.next;
            start = [0, 1].map(|partition| events[partition].min(windows[partition]));
        }
        for partition in 0..PARTITIONS {
            let span = start[partition]..next[partition];
            let (events, rejects) = self.rows(partition, span);
            job.rows += events;
            job.rejects += rejects;
            if !self.has(Bug::RejectsForgotten) {
                let stored = actor.rejected.within(partition, 0, next[partition]);
                job.rejects = job.rejects.without(stored);
            }
        }
        job
    }

    /// Mirrors `Lake::epoch_commits`: rejects if there are any, then events, then windows.
    pub(super) fn first_table(&self, job: &Job) -> Table {
        if !job.rejects.is_empty() {
            Table::Rejects
        } else if self.has(Bug::WindowsFirst) {
            Table::Windows
        } else {
            Table::Events
        }
    }

    /// The table that an epoch is committed to after another.
    pub(super) fn table_after(&self, table: Table) -> Option<Table> {
        match (table, self.has(Bug::WindowsFirst)) {
            (Table::Rejects, true) => Some(Table::Windows),
            (Table::Windows, true) => Some(Table::Events),
            (Table::Events, true) => None,
            (Table::Rejects, false) => Some(Table::Events),
            (Table::Events, false) => Some(Table::Windows),
            (Table::Windows, false) => None,
        }
    }

    /// Whether an actor believes to own a partition.
    fn owns(&self, at: usize, partition: usize) -> bool {
        self.workers.get(at).is_some_and(|owned| owned[partition])
    }
}

impl Here<'_> {
    /// Mirrors `Lane::start_partitions`, `assignment::resume` and the sealing of epochs.
    pub(super) fn work(&self, steps: &mut Vec<Step>) {
        match self.actor().phase {
            Phase::Down => steps.push(self.step("starts, and opens the lake", None, |state| {
                for table in Table::ALL {
                    let known = Known::load(state.log(table), state.now);
                    *state.actors[self.at].known(table) = known;
                }
                state.actors[self.at].phase = self.world.opened(Phase::Progress(Table::Windows));
            })),
            Phase::Progress(table) => steps.push(self.progress(table)),
            Phase::CatchUp => steps.push(self.catch_up()),
            Phase::Rejected => steps.push(self.rejected()),
            Phase::Ready => self.epochs(steps),
            Phase::Finish
            | Phase::Plan
            | Phase::Reprice
            | Phase::Compare
            | Phase::Commit(_)
            | Phase::Done => {}
        }
    }

    /// Mirrors `Lake::progress`: windows and rejects, and last events.
    fn progress(&self, table: Table) -> Step {
        self.step("reads the offsets", Some(table), |state| {
            let known = self.newest(table);
            let log = state.log(table);
            let next = [0, 1].map(|partition| log.next(partition, known.version).value);
            let actor = &mut state.actors[self.at];
            *actor.known(table) = known;
            actor.next[table as usize] = next;
            match table {
                Table::Windows => actor.phase = Phase::Progress(Table::Rejects),
                Table::Rejects => actor.phase = Phase::Progress(Table::Events),
                Table::Events => self.go_on(state),
            }
        })
    }

    /// A partition whose windows are behind its events.
    fn behind(&self, actor: &Actor) -> Option<usize> {
        let [_, events, windows] = actor.next;
        (0..PARTITIONS).find(|&partition| {
            self.world.owns(self.at, partition) && windows[partition] < events[partition]
        })
    }

    /// Mirrors `assignment::resume` behind `Lake::progress`: what is missing before reading.
    pub(super) fn go_on(&self, state: &mut State) {
        let actor = &mut state.actors[self.at];
        let [rejects, events, _] = actor.next;
        let is_ahead = (0..PARTITIONS).any(|at| rejects[at] > events[at]);
        let lowest = self.world.has(Bug::ResumeAtLowest);
        if self.behind(actor).is_some() && !lowest {
            actor.phase = Phase::CatchUp;
        } else if is_ahead {
            actor.phase = Phase::Rejected;
        } else {
            self.get_ready(state);
        }
    }

    /// Goes on reading, or rests at the end of the topic.
    pub(super) fn get_ready(&self, state: &mut State) {
        let actor = &mut state.actors[self.at];
        let [_, events, _] = actor.next;
        let mut owned = (0..PARTITIONS).filter(|&at| self.world.owns(self.at, at));
        let is_done = owned.all(|at| events[at] == self.world.end(at));
        if is_done {
            *actor = Actor::blank(Phase::Done);
            return;
        }
        actor.phase = Phase::Ready;
        let old = actor.rejected;
        let ahead = (0..PARTITIONS).map(|at| old.within(at, events[at], OFFSETS_MAX));
        actor.rejected = ahead.fold(Rows::default(), |all, rows| all + rows);
    }

    /// Mirrors `assignment::catch_up_windows`: the rows are read back from `events`.
    fn catch_up(&self) -> Step {
        self.step("reads events back", Some(Table::Events), |state| {
            let stored = state.log(Table::Events).rows();
            let now = state.now;
            let actor = &mut state.actors[self.at];
            let Some(partition) = self.behind(actor) else {
                return;
            };
            let [_, events, windows] = actor.next;
            actor.job = Job {
                kind: JobKind::CatchUp,
                expected: [windows; 3],
                next: windows,
                rows: stored.within(partition, windows[partition], events[partition]),
                sealed_at: now,
                ..Job::default()
            };
            actor.job.next[partition] = events[partition];
            actor.begin(Table::Windows);
        })
    }

    /// Mirrors `LakeReader::rejected_offsets`.
    fn rejected(&self) -> Step {
        self.step("reads rejects back", Some(Table::Rejects), |state| {
            let stored = state.log(Table::Rejects).rows();
            let actor = &mut state.actors[self.at];
            let [_, events, _] = actor.next;
            let ahead = (0..PARTITIONS).map(|at| stored.within(at, events[at], OFFSETS_MAX));
            actor.rejected = ahead.fold(Rows::default(), |all, rows| all + rows);
            self.get_ready(state);
        })
    }

    /// An epoch may end anywhere.
    fn epochs(&self, steps: &mut Vec<Step>) {
        let [_, start, _] = self.actor().next;
        let ends = |at: usize| {
            let owned = u8::from(self.world.owns(self.at, at));
            let last = start[at] + owned * self.world.epoch_max;
            start[at]..=last.min(self.world.end(at)).max(start[at])
        };
        let ends = ends(0).flat_map(|first| ends(1).map(move |second| [first, second]));
        for next in ends.filter(|next| *next != start) {
            steps.push(self.step("seals an epoch", None, |state| {
                let now = state.now;
                let actor = &mut state.actors[self.at];
                actor.job = self.world.seal(actor, next, now);
                actor.begin(self.world.first_table(&actor.job));
            }));
        }
    }
}
