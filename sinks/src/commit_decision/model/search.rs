//! The exhaustive search: breadth first, each state once.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::fmt::Write;
use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::FixedState;

use super::world::{State, Step, World};

/// What a search found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) states: usize,
    pub(super) steps: usize,
    /// Steps from the first state to the last one found.
    pub(super) depth: u32,
    /// The rule that is broken, with a shortest way to it.
    pub(super) broken: Option<(&'static str, String)>,
}

/// How a state was first reached.
#[derive(Debug, Clone, Copy)]
struct Origin {
    from: u32,
    /// Which of the steps of that state.
    step: u16,
    depth: u32,
}

struct Search<'a> {
    world: &'a World,
    hashers: [FixedState; 2],
    bytes: StateBytes,
    /// A state is known by 128 bits: among ten million states two are taken for one with a
    /// chance of less than one in 10^24.
    numbers: HashMap<u128, u32, foldhash::fast::FixedState>,
    origins: Vec<Origin>,
    ends: Vec<u32>,
    /// From, to: steps that need no fault.
    needed: Vec<(u32, u32)>,
    steps: usize,
}

/// A state's fields one behind the other, so that two hashes are taken of one walk.
#[derive(Debug, Default)]
struct StateBytes(Vec<u8>);

impl Hasher for StateBytes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

impl World {
    /// Takes the world through all orders of its steps, until a rule is broken or all is seen.
    pub(super) fn search(&self) -> Found {
        let first = self.first();
        let mut search = Search {
            world: self,
            hashers: [FixedState::with_seed(1), FixedState::with_seed(2)],
            bytes: StateBytes::default(),
            numbers: HashMap::default(),
            origins: Vec::new(),
            ends: Vec::new(),
            needed: Vec::new(),
            steps: 0,
        };
        let origin = Origin {
            from: 0,
            step: 0,
            depth: 0,
        };
        search.number(&first, origin);
        let mut queue = VecDeque::from([(first, 0)]);
        while let Some((state, at)) = queue.pop_front() {
            if let Some(broken) = search.visit(&state, at, &mut queue) {
                return search.found(Some(broken));
            }
        }
        let stuck = search.stuck();
        search.found(stuck.map(|at| ("the end is out of reach", at)))
    }
}

impl Search<'_> {
    /// The number of a state, and whether it is new.
    fn number(&mut self, state: &State, origin: Origin) -> (u32, bool) {
        self.bytes.0.clear();
        state.hash(&mut self.bytes);
        let bytes = self.bytes.0.as_slice();
        let [low, high] = [0, 1].map(|at| u128::from(self.hashers[at].hash_one(bytes)));
        let number = u32::try_from(self.origins.len()).unwrap();
        match self.numbers.entry(low | (high << 64)) {
            Entry::Occupied(known) => (*known.get(), false),
            Entry::Vacant(place) => {
                place.insert(number);
                self.origins.push(origin);
                (number, true)
            }
        }
    }

    /// Numbers all next states; the broken rule, and the number of the state that breaks it.
    fn visit(
        &mut self,
        state: &State,
        at: u32,
        queue: &mut VecDeque<(State, u32)>,
    ) -> Option<(&'static str, u32)> {
        if self.world.is_end(state) {
            self.ends.push(at);
        }
        let depth = self.origins[at as usize].depth + 1;
        for (step, next) in self.world.steps(state).into_iter().enumerate() {
            self.steps += 1;
            let origin = Origin {
                from: at,
                step: u16::try_from(step).unwrap(),
                depth,
            };
            let (number, is_new) = self.number(&next.state, origin);
            if let Some(rule) = next.broken {
                // The state may be known from a step that broke nothing.
                self.origins[number as usize] = origin;
                return Some((rule, number));
            }
            let broken = is_new.then(|| self.world.broken(&next.state)).flatten();
            if let Some(rule) = broken {
                return Some((rule, number));
            }
            if !next.is_optional {
                self.needed.push((at, number));
            }
            if is_new {
                queue.push_back((next.state, number));
            }
        }
        None
    }

    /// The first state from which no fault-free way leads to the end.
    fn stuck(&self) -> Option<u32> {
        let count = self.origins.len();
        let mut first_of = vec![0_u32; count + 1];
        for (_, to) in &self.needed {
            first_of[*to as usize + 1] += 1;
        }
        for at in 0..count {
            first_of[at + 1] += first_of[at];
        }
        let mut froms = vec![0_u32; self.needed.len()];
        let mut free = first_of.clone();
        for (from, to) in &self.needed {
            let place = &mut free[*to as usize];
            froms[*place as usize] = *from;
            *place += 1;
        }
        let mut reaches = vec![false; count];
        let mut open = self.ends.clone();
        while let Some(at) = open.pop() {
            let at = at as usize;
            if std::mem::replace(&mut reaches[at], true) {
                continue;
            }
            open.extend(&froms[first_of[at] as usize..first_of[at + 1] as usize]);
        }
        let stuck = reaches.iter().position(|reaches| !reaches);
        stuck.map(|at| u32::try_from(at).unwrap())
    }

    fn found(&self, broken: Option<(&'static str, u32)>) -> Found {
        let depths = self.origins.iter().map(|origin| origin.depth);
        Found {
            states: self.origins.len(),
            steps: self.steps,
            depth: depths.max().unwrap_or(0),
            broken: broken.map(|(rule, at)| (rule, self.trace(at))),
        }
    }

    /// The steps that lead to a state, one a line.
    fn trace(&self, at: u32) -> String {
        let mut taken = Vec::new();
        let mut at = at;
        while at != 0 {
            let origin = self.origins[at as usize];
            taken.push(origin.step);
            at = origin.from;
        }
        let mut state = self.world.first();
        let mut lines = String::new();
        for step in taken.into_iter().rev() {
            let step = self.world.steps(&state).swap_remove(usize::from(step));
            writeln!(lines, "  {}", self.line(&step)).unwrap();
            state = step.state;
        }
        lines
    }

    fn line(&self, step: &Step) -> String {
        let actor = step.actor.map(|at| self.world.name_of(at));
        let actor = actor.unwrap_or_else(|| "the store".to_owned());
        let table = step.table.map(|table| format!(" [{table:?}]"));
        format!("{actor} {}{}", step.what, table.unwrap_or_default())
    }
}
