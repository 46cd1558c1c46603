//! The steps of a maintainer outside of commits: which files it merges.

use super::actors::{Job, JobKind, Known, Phase};
use super::logs::Table;
use super::world::{Here, State, Step};

impl Here<'_> {
    /// Mirrors `Lake::maintain`.
    pub(super) fn maintain(&self, steps: &mut Vec<Step>) {
        if self.actor().phase != Phase::Down || self.world.reprices.is_empty() {
            return self.merge(steps);
        }
        if self.state.merges > 0 {
            let begin = |state: &mut State| state.actors[self.at].phase = Phase::Finish;
            steps.push(self.step("begins a round", None, begin).optional());
        }
    }

    /// Mirrors `merge::merge_files`: reads the whole log and plans a merge of all files or, if
    /// there are more than two, of the two oldest.
    fn merge(&self, steps: &mut Vec<Step>) {
        if self.state.merges == 0 {
            return;
        }
        for &table in &self.world.merged {
            let log = self.state.log(table);
            let files = log.files(log.head());
            if files.count_ones() >= 2 {
                steps.push(self.plan(table, files));
            }
            if files.count_ones() > 2 {
                steps.push(self.plan(table, oldest_two(files)));
            }
        }
    }

    fn plan(&self, table: Table, inputs: u32) -> Step {
        let step = self.step("reads files to merge", Some(table), |state| {
            let log = self.state.log(table);
            let head = log.head();
            state.merges -= 1;
            let actor = &mut state.actors[self.at];
            *actor.known(table) = Known::load(log, self.state.now);
            actor.job = Job {
                kind: JobKind::Merge,
                rows: log.rows_of(inputs),
                inputs,
                listed_at: head,
                merges: log.merges(head).value,
                sealed_at: self.state.now,
                ..Job::default()
            };
            actor.begin(table);
        });
        step.optional()
    }
}

/// The two lowest bits.
fn oldest_two(files: u32) -> u32 {
    let without_first = files & files.wrapping_sub(1);
    let without_two = without_first & without_first.wrapping_sub(1);
    files & !without_two
}
