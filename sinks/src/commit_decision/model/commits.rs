//! The steps of a commit: the product decides, the store answers as it likes.

use super::super::{ClaimFact, CommitDecision, CommitFacts, decide};
use super::actors::{Actor, Attempts, Job, JobKind, Known, Pending, Phase, owner};
use super::logs::{Entry, Slot, Table};
use super::rows::{PARTITIONS, Rows};
use super::world::{Bug, Here, State, Step};

/// Puts before a commit is given up, for now.
const PUTS_MAX: u8 = 2;

/// The rule that an actor breaks that believes too much.
pub(super) const FALSELY_LANDED: &str =
    "a commit was believed to have landed that is not in the log";

/// A claim on a transaction: what is expected, and what it shall become.
type Claim<T> = (T, u8);

impl Job {
    /// Mirrors `Lake::epoch_commits` and `epoch::rejects_claims`.
    fn claims(&self, table: Table) -> [Option<Claim<u8>>; PARTITIONS] {
        [0, 1].map(|partition| {
            let expected = self.expected[table as usize][partition];
            let next = self.next[partition];
            match (self.kind, table) {
                (JobKind::Nothing | JobKind::Merge, _) => None,
                (JobKind::Reprice | JobKind::Corrections, _) => None,
                (_, Table::Rejects) => {
                    let rejects = self.rejects.within(partition, 0, u8::MAX);
                    (!rejects.is_empty()).then_some((expected, next.max(expected + 1)))
                }
                _ => (next != expected).then_some((expected, next)),
            }
        })
    }
}

impl Here<'_> {
    pub(super) fn commit(&self, table: Table, steps: &mut Vec<Step>) {
        match self.actor().pending {
            Pending::Nothing if self.reads_at_once(table) => self.read(table, steps),
            Pending::Nothing => steps.push(self.decide(table)),
            Pending::Put => self.put(table, steps),
            Pending::Refresh | Pending::Reload => self.read(table, steps),
        }
    }

    /// Where no time passes, reading is one step with deciding to.
    fn reads_at_once(&self, table: Table) -> bool {
        self.world.ticks == 0 && decide(&self.facts(table)) == CommitDecision::Refresh
    }

    /// Mirrors `TableLog::head_is_stale`.
    fn is_stale(&self, known: Known) -> bool {
        !self.world.has(Bug::StaleHeadBelieved) && self.state.now > known.seen_at
    }

    /// Mirrors `table_log::load::refresh`.
    fn refreshed(&self, known: Known, table: Table) -> Known {
        let log = self.state.log(table);
        let is_read_late = self.state.now > known.seen_at;
        Known {
            version: if log.cleared > known.version {
                known.version
            } else {
                log.head()
            },
            seen_at: if is_read_late && !self.world.has(Bug::AbsenceBelieved) {
                known.seen_at
            } else {
                self.state.now
            },
            ..known
        }
    }

    /// Mirrors `TableLog::newest`.
    pub(super) fn newest(&self, table: Table) -> Known {
        let known = self.actor().known[table as usize];
        if self.is_stale(known) {
            Known::load(self.state.log(table), self.state.now)
        } else {
            self.refreshed(known, table)
        }
    }

    /// Mirrors `TableLog::facts`.
    fn facts(&self, table: Table) -> CommitFacts {
        let actor = self.actor();
        let known = actor.known[table as usize];
        let job = &actor.job;
        let log = self.state.log(table);
        let offsets = job.claims(table).into_iter().enumerate();
        let offsets = offsets.filter_map(|(partition, claim)| {
            let (expected, next) = claim?;
            let stored = log.next(partition, known.version);
            let claim = (Some(expected), next);
            Some(self.fact(known, table, claim, stored.version, Some(stored.value)))
        });
        let merge = self.merge_claim().map(|claim| {
            let stored = log.merges(known.version);
            self.fact(known, table, claim, stored.version, stored.value)
        });
        let reprice = self.reprice_claim().map(|claim| {
            let stored = log.reprice(known.version);
            self.fact(known, table, claim, stored.version, stored.value)
        });
        let removed = log.removed(job.listed_at, known.version);
        let is_unwatched = match job.kind {
            JobKind::Merge => self.world.has(Bug::MergeUnfenced),
            _ => self.world.has(Bug::RepriceInputsUnwatched),
        };
        CommitFacts {
            claims: offsets.chain(merge).chain(reprice).collect(),
            is_fresh: actor.attempts.is_fresh,
            put_unresolved: actor.attempts.put_unresolved,
            head_is_stale: self.is_stale(known),
            inputs_are_gone: removed & job.inputs != 0 && !is_unwatched,
            is_expired: self.state.now > job.sealed_at,
            puts_left: u32::from(PUTS_MAX.saturating_sub(actor.attempts.puts)),
        }
    }

    /// Mirrors `merge::merge_commit`.
    fn merge_claim(&self) -> Option<Claim<Option<u8>>> {
        let job = &self.actor().job;
        let is_fenced = job.kind == JobKind::Merge && !self.world.has(Bug::MergeUnfenced);
        is_fenced.then_some((job.merges, job.merges.unwrap_or(0) + 1))
    }

    /// Mirrors `Work::events_commit` and `Lake::commit_corrections`.
    fn reprice_claim(&self) -> Option<Claim<Option<u8>>> {
        let job = &self.actor().job;
        let is_claimed = match job.kind {
            JobKind::Reprice => true,
            JobKind::Corrections => !self.world.has(Bug::CorrectionsUnclaimed),
            _ => false,
        };
        let next = self.reprice_number().filter(|_| is_claimed)?;
        Some((job.reprice, next))
    }

    fn reprice_number(&self) -> Option<u8> {
        let job = &self.actor().job;
        let is_reprice = matches!(job.kind, JobKind::Reprice | JobKind::Corrections);
        is_reprice.then(|| job.reprice.unwrap_or(0) + 1)
    }

    fn manifest(&self) -> Option<Rows> {
        let job = &self.actor().job;
        let is_named = job.kind == JobKind::Reprice && !self.world.has(Bug::ManifestForgotten);
        is_named.then_some(job.corrections)
    }

    fn fact(
        &self,
        known: Known,
        table: Table,
        (expected, next): Claim<Option<u8>>,
        set_by: u8,
        stored: Option<u8>,
    ) -> ClaimFact {
        let log = self.state.log(table);
        let mut stored_is_ours = set_by > 0 && log.owner(set_by, known.loaded) == owner(self.at);
        let mut stored = stored;
        let is_blind = match self.world.bug {
            Some(Bug::CompareSkipped) => !stored_is_ours,
            Some(Bug::PrefixAccepted) => stored < Some(next),
            Some(Bug::ErrorMeansNotLanded) => stored_is_ours,
            _ => false,
        };
        if is_blind {
            stored = expected;
            stored_is_ours = false;
        }
        ClaimFact {
            expected: expected.map(i64::from),
            next: i64::from(next),
            stored: stored.map(i64::from),
            stored_is_ours,
        }
    }

    /// Mirrors `TableLog::commit_on`.
    fn decide(&self, table: Table) -> Step {
        let facts = self.facts(table);
        let replaces = self.actor().job.inputs != 0;
        let order = |what, pending| {
            self.step(what, Some(table), |state| {
                state.actors[self.at].pending = pending;
            })
        };
        match decide(&facts) {
            CommitDecision::Put => order("decides to put", Pending::Put),
            CommitDecision::Reload if replaces => self.drop_job("forgets its inputs", table),
            CommitDecision::Refresh => order("decides to refresh", Pending::Refresh),
            CommitDecision::Reload => order("decides to reload", Pending::Reload),
            CommitDecision::Landed => self.step("finds its commit", Some(table), |state| {
                self.landed(state, table);
            }),
            CommitDecision::Fenced { .. } if self.world.has(Bug::FenceIgnored) => {
                self.step("is fenced, and goes on", Some(table), |state| {
                    state.actors[self.at].begin(table);
                })
            }
            CommitDecision::Fenced { .. } => self.drop_job("is fenced", table),
            CommitDecision::InputsGone => self.drop_job("finds its inputs gone", table),
            CommitDecision::Expired => self.drop_job("finds its files too old", table),
            CommitDecision::GiveUp => self.give_up("gives up for now", table),
        }
        .breaking(self.false_belief(table, &facts))
    }

    /// Whoever believes that a commit landed must be right.
    fn false_belief(&self, table: Table, facts: &CommitFacts) -> Option<&'static str> {
        let is_there = self.state.log(table).holds(owner(self.at));
        let believes = decide(facts) == CommitDecision::Landed;
        (believes && !is_there).then_some(FALSELY_LANDED)
    }

    fn refresh(&self, table: Table) -> Step {
        let what = match self.actor().pending {
            Pending::Reload => "loads the log anew",
            _ => "reads what was committed since",
        };
        self.step(what, Some(table), |state| {
            let actor = &mut state.actors[self.at];
            let known = actor.known(table);
            *known = match self.actor().pending {
                Pending::Reload => Known::load(self.state.log(table), self.state.now),
                _ => self.refreshed(*known, table),
            };
            actor.pending = Pending::Nothing;
            actor.attempts.is_fresh = true;
            actor.attempts.put_unresolved = false;
        })
    }

    fn read(&self, table: Table, steps: &mut Vec<Step>) {
        steps.push(self.refresh(table));
        if self.state.faults > 0 {
            let mut step = self.give_up("cannot read the log, and gives up", table);
            step.state.faults -= 1;
            steps.push(step.optional());
        }
    }

    fn entry(&self, table: Table) -> Entry {
        let job = &self.actor().job;
        let claims = job.claims(table);
        Entry {
            next: claims.map(|claim| claim.map(|(_, next)| next)),
            merges: self.merge_claim().map(|(_, next)| next),
            reprice: self.reprice_number(),
            manifest: self.manifest(),
            owner: owner(self.at),
            rows: match table {
                Table::Rejects if job.kind == JobKind::Epoch => job.rejects,
                _ => job.rows,
            },
            removes: job.inputs,
            put_at: self.state.now,
        }
    }

    /// Mirrors `TableLog::put`, and the store.
    fn put(&self, table: Table, steps: &mut Vec<Step>) {
        let version = self.actor().known[table as usize].version + 1;
        let slot = self.state.log(table).slot(version);
        match slot {
            Slot::Taken => steps.push(self.unanswered("is refused: the version exists", table)),
            Slot::Next => {
                let step = self.unanswered("", table);
                steps.push(self.accepted("commits", table, step, true));
            }
            Slot::Cleared => {
                let step = self.unanswered("", table);
                steps.push(self.accepted("commits where was cleared", table, step, false));
            }
        }
        if self.state.faults == 0 || slot == Slot::Taken {
            return;
        }
        let fault = |what| {
            let mut step = self.unanswered(what, table);
            step.state.faults -= 1;
            step.optional()
        };
        steps.push(fault("fails to commit"));
        if slot == Slot::Next {
            let mut lands = fault("commits, and the answer is an error or that it exists");
            let broken = lands.state.logs[table as usize].land(self.entry(table));
            steps.push(lands.breaking(broken.err()));
            if self.state.late.is_none() {
                let mut late = fault("is not answered in time");
                late.state.late = Some((table, version, self.entry(table)));
                steps.push(late);
            }
        }
    }

    /// A put whose answer says nothing.
    fn unanswered(&self, what: &'static str, table: Table) -> Step {
        self.step(what, Some(table), |state| {
            let actor = &mut state.actors[self.at];
            actor.pending = Pending::Nothing;
            actor.attempts.puts += 1;
            actor.attempts.put_unresolved = true;
        })
    }

    /// A put that the store says it took.
    fn accepted(&self, what: &'static str, table: Table, step: Step, lands: bool) -> Step {
        let mut step = step;
        step.what = what;
        let log = &mut step.state.logs[table as usize];
        let mut broken = None;
        if lands {
            broken = log.land(self.entry(table)).err();
        }
        let known = self.actor().known[table as usize];
        if !self.is_stale(known) {
            let is_there = log.holds(owner(self.at));
            *step.state.actors[self.at].known(table) = Known {
                version: known.version + 1,
                seen_at: self.state.now,
                ..known
            };
            broken = broken.or((!is_there).then_some(FALSELY_LANDED));
            self.landed(&mut step.state, table);
        }
        step.breaking(broken)
    }

    /// Mirrors `Lake::commit_epoch` and `Lane::finish_in_flight` behind a commit that landed.
    fn landed(&self, state: &mut State, table: Table) {
        let actor = &mut state.actors[self.at];
        let job = actor.job;
        for (partition, claim) in job.claims(table).into_iter().enumerate() {
            if let Some((_, next)) = claim {
                actor.next[table as usize][partition] = next;
            }
        }
        let is_epoch = job.kind == JobKind::Epoch;
        let after = self.world.table_after(table).filter(|_| is_epoch);
        if let Some(after) = after {
            actor.begin(after);
            return;
        }
        state.disown(self.at);
        match job.kind {
            JobKind::CatchUp => self.go_on(state),
            JobKind::Reprice => self.repriced(state, job),
            JobKind::Corrections => self.finished(state),
            JobKind::Epoch if self.world.zombie_at() != Some(self.at) => self.get_ready(state),
            _ => self.rest(state),
        }
    }

    /// A zombie rests for ever, a maintainer until it begins anew.
    pub(super) fn rest(&self, state: &mut State) {
        let is_zombie = self.world.zombie_at() == Some(self.at);
        let phase = if is_zombie { Phase::Done } else { Phase::Down };
        state.actors[self.at] = Actor::blank(phase);
    }

    /// Mirrors `Lane::start_again`, and what `resume` does when it is fenced.
    fn drop_job(&self, what: &'static str, table: Table) -> Step {
        let job = self.actor().job;
        self.step(what, Some(table), |state| {
            state.disown(self.at);
            match job.kind {
                JobKind::Reprice => return self.lost(state, job),
                JobKind::Corrections => return self.finished(state),
                _ => {}
            }
            if self.at >= self.world.workers.len() {
                self.rest(state);
                return;
            }
            let actor = &mut state.actors[self.at];
            *actor = Actor {
                known: actor.known,
                ..Actor::blank(Phase::Progress(Table::Windows))
            };
        })
    }

    /// Mirrors `worker::committer`, which tries an epoch again from its first table; what else
    /// fails ends the process, or the run of maintenance.
    fn give_up(&self, what: &'static str, table: Table) -> Step {
        self.step(what, Some(table), |state| {
            let actor = &mut state.actors[self.at];
            if actor.job.kind == JobKind::Epoch {
                actor.begin(self.world.first_table(&actor.job));
                actor.attempts = Attempts::default();
            } else {
                state.disown(self.at);
                self.rest(state);
            }
        })
    }
}
