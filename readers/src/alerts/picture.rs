//! What is held of the lake's windows: for each key the sums of the last steps of time, no more.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use foldhash::fast::RandomState;
use schemas::alerts::rule::Filter;
use schemas::rollup::Dimension;

use super::group_key::{GroupKey, push_value};
use super::sums::Sums;
use super::window_columns::WindowColumns;

/// Which rows go where: rules that agree in it share one picture.
///
/// # Units
/// `step_us`: microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PictureShape {
    pub(crate) rollup: String,
    pub(crate) keys: Vec<Dimension>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) step_us: i64,
}

/// How much a picture holds.
///
/// # Units
/// Microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retention {
    /// How far back steps are held.
    pub(crate) steps_us: i64,
    /// How long a key is known that has gone silent.
    pub(crate) keys_us: i64,
    /// Keys held at most; a new one beyond them is not looked at.
    pub(crate) keys_max: usize,
}

/// The sums of one step of time of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) start_us: i64,
    pub(crate) sums: Sums,
}

/// One key.
#[derive(Debug, Default)]
pub(crate) struct Series {
    pub(crate) key: GroupKey,
    /// The start of the first step that it was seen in.
    pub(crate) first_us: i64,
    /// The steps with calls, the oldest first.
    steps: VecDeque<Step>,
}

/// The keys of one shape.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) shape: PictureShape,
    pub(crate) retention: Retention,
    index: HashMap<GroupKeyBytes, usize, RandomState>,
    series: Vec<Series>,
    /// Places of `series` that a key has left.
    free: Vec<usize>,
    /// Of each place: the last round of rows that changed it.
    touched: Vec<u64>,
    /// Of each place: the start of its newest step, [`NO_KEY`] if its key has left.
    newest_us: Vec<i64>,
    /// The present when something was last let go of.
    forgot_at_us: Option<i64>,
    /// The end of the newest step that has rows.
    pub(crate) frontier_us: Option<i64>,
    /// Rows of keys that found no place.
    pub(crate) rows_dropped: u64,
}

type GroupKeyBytes = Box<[u8]>;

const NO_KEY: i64 = i64::MIN;
const BLOCK_PLACES: usize = 64;

impl Series {
    /// The steps from an instant on, in order.
    pub(crate) fn steps_from(&self, from_us: i64) -> impl Iterator<Item = &Step> {
        // Few are asked for, and those are the newest.
        let newest = self.steps.iter().rev();
        let asked = newest.take_while(|step| step.start_us >= from_us).count();
        self.steps.range(self.steps.len() - asked..)
    }

    /// The sums of `[from_us, to_us)`.
    pub(crate) fn sums(&self, from_us: i64, to_us: i64) -> Sums {
        let mut sums = Sums::default();
        for step in self.steps_between(from_us, to_us) {
            sums += step.sums;
        }
        sums
    }

    /// What `[from_us, to_us)` cost, pico-dollars.
    pub(crate) fn cost_pico(&self, from_us: i64, to_us: i64) -> i128 {
        let steps = self.steps_between(from_us, to_us);
        steps.map(|step| step.sums.cost_pico).sum()
    }

    fn steps_between(&self, from_us: i64, to_us: i64) -> impl Iterator<Item = &Step> {
        let newest = self.steps.iter().rev();
        let newest = newest.skip_while(move |step| step.start_us >= to_us);
        newest.take_while(move |step| step.start_us >= from_us)
    }

    fn add(&mut self, start_us: i64, sums: Sums) {
        match self.steps.back_mut() {
            // Nearly all rows are of the newest step.
            Some(newest) if newest.start_us == start_us => newest.sums += sums,
            Some(newest) if newest.start_us > start_us => self.add_late(start_us, sums),
            _ => self.steps.push_back(Step { start_us, sums }),
        }
        self.first_us = self.first_us.min(start_us);
    }

    fn add_late(&mut self, start_us: i64, sums: Sums) {
        let found = self
            .steps
            .binary_search_by_key(&start_us, |step| step.start_us);
        match found {
            Ok(at) => self.steps[at].sums += sums,
            Err(at) => self.steps.insert(at, Step { start_us, sums }),
        }
    }

    fn forget_before(&mut self, instant_us: i64) {
        while let Some(step) = self.steps.front()
            && step.start_us < instant_us
        {
            self.steps.pop_front();
        }
        if self.steps.capacity() > 4 * (self.steps.len() + 4) {
            self.steps.shrink_to_fit();
        }
    }
}

impl Picture {
    pub(crate) fn new(shape: PictureShape, retention: Retention) -> Self {
        Self {
            shape,
            retention,
            index: HashMap::default(),
            series: Vec::new(),
            free: Vec::new(),
            touched: Vec::new(),
            newest_us: Vec::new(),
            forgot_at_us: None,
            frontier_us: None,
            rows_dropped: 0,
        }
    }

    /// Takes in rows of the picture's rollup, as round number `round`.
    pub(crate) fn absorb(&mut self, rows: &WindowColumns, round: u64) {
        let places = |dimension: &Dimension| rows.place_of(*dimension);
        let keys: Vec<usize> = self.shape.keys.iter().filter_map(places).collect();
        let filters = self.shape.filters.clone();
        let filters: Vec<(usize, &Filter)> = filters
            .iter()
            .filter_map(|filter| Some((rows.place_of(filter.dimension)?, filter)))
            .collect();
        let mut scratch = Vec::new();
        for row in 0..rows.rows() {
            let counts = filters.iter().all(|(place, filter)| {
                let text = rows.text(*place, row);
                filter.values.iter().any(|value| value == text) == filter.keeps
            });
            if !counts {
                continue;
            }
            scratch.clear();
            for &place in &keys {
                push_value(&mut scratch, rows.text(place, row));
            }
            self.add(&scratch, rows.start_us(row), rows.sums(row), round);
        }
    }

    fn add(&mut self, key: &[u8], window_start_us: i64, sums: Sums, round: u64) {
        let start_us = window_start_us - window_start_us.rem_euclid(self.shape.step_us);
        let end_us = start_us + self.shape.step_us;
        if self
            .frontier_us
            .is_none_or(|frontier_us| frontier_us < end_us)
        {
            self.frontier_us = Some(end_us);
        }
        let Some(place) = self.place(key, start_us) else {
            self.rows_dropped += 1;
            return;
        };
        let newest_us = self.frontier_us.unwrap_or(end_us);
        if start_us >= newest_us - self.retention.steps_us {
            self.series[place].add(start_us, sums);
            self.newest_us[place] = self.newest_us[place].max(start_us);
            self.touched[place] = round;
        } else {
            // Out of every rule's sight, but the key was there.
            self.series[place].first_us = self.series[place].first_us.min(start_us);
        }
    }

    /// The place of a key, which gets one if it has none and there is room.
    fn place(&mut self, key: &[u8], start_us: i64) -> Option<usize> {
        if let Some(&place) = self.index.get(key) {
            return Some(place);
        }
        if self.index.len() >= self.retention.keys_max {
            return None;
        }
        let series = Series {
            key: GroupKey::from_bytes(key),
            first_us: start_us,
            steps: VecDeque::new(),
        };
        let place = match self.free.pop() {
            Some(place) => {
                self.newest_us[place] = start_us;
                self.series[place] = series;
                place
            }
            None => {
                self.series.push(series);
                self.touched.push(0);
                self.newest_us.push(start_us);
                self.series.len() - 1
            }
        };
        self.index.insert(Box::from(key), place);
        Some(place)
    }

    /// The place of a key that is known.
    pub(crate) fn find(&self, key: &GroupKey) -> Option<usize> {
        self.index.get(key.bytes()).copied()
    }

    pub(crate) fn series(&self, place: usize) -> &Series {
        &self.series[place]
    }

    /// The start of the newest step of the key at a place.
    pub(crate) fn newest_us(&self, place: usize) -> i64 {
        self.newest_us[place]
    }

    pub(crate) fn keys(&self) -> usize {
        self.index.len()
    }

    /// The last round of rows that changed the key at a place.
    pub(crate) fn changed_at(&self, place: usize) -> u64 {
        self.touched[place]
    }

    pub(crate) fn has_key(&self, place: usize) -> bool {
        self.newest_us[place] != NO_KEY
    }

    /// All places with a key.
    pub(crate) fn places(&self) -> impl Iterator<Item = usize> {
        (0..self.series.len()).filter(|&place| self.has_key(place))
    }

    /// All places in blocks, each of so many that what their keys hold stays near the processor.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = Range<usize>> {
        let places = self.series.len();
        let starts = (0..places).step_by(BLOCK_PLACES);
        starts.map(move |start| start..places.min(start + BLOCK_PLACES))
    }

    /// Lets go of what lies too far back of `present_us`; gives the places whose keys are gone.
    pub(crate) fn forget(&mut self, present_us: i64) -> Vec<usize> {
        if self.forgot_at_us == Some(present_us) {
            return Vec::new();
        }
        self.forgot_at_us = Some(present_us);
        let steps_before_us = present_us - self.retention.steps_us;
        let keys_before_us = present_us - self.retention.keys_us;
        let silent = |place: &usize| self.newest_us[*place] < keys_before_us;
        let gone: Vec<usize> = self.places().filter(silent).collect();
        for &place in &gone {
            self.index.remove(self.series[place].key.bytes());
            self.series[place] = Series::default();
            self.touched[place] = 0;
            self.newest_us[place] = NO_KEY;
            self.free.push(place);
        }
        for series in &mut self.series {
            series.forget_before(steps_before_us);
        }
        gone
    }

    /// What the picture takes, bytes; an estimate from its parts.
    pub(crate) fn memory_bytes(&self) -> usize {
        let per_key = size_of::<Series>() + 2 * size_of::<GroupKeyBytes>() + size_of::<u64>();
        let series = self.series.iter().map(|series| {
            per_key + 2 * series.key.bytes().len() + series.steps.capacity() * size_of::<Step>()
        });
        series.sum()
    }
}
