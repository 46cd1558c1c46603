//! The short notation of values, as Prometheus' tests have it.
//!
//! `1 2 3` are three values, `_` is none, `5x9` is 5 and then nine times 5 more, `1+2x3` is
//! `1 3 5 7`, `10-1x2` is `10 9 8`, `_x4` is four times none.

use schemas::column::ColumnType;
use schemas::measure::MEASURES;
use schemas::money::{MONEY_SCALE, parse_decimal};

use crate::alerting::fields::shortened;

/// Most values of a series.
const VALUES_MAX: usize = 200_000;

/// Values one after the other, in runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Values {
    runs: Vec<Run>,
    length: usize,
}

/// Values that grow by the same amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    /// Where it begins.
    at: usize,
    /// How many values it has.
    length: usize,
    /// The first value and how much each is above the one before it; `None`: no values.
    line: Option<(i128, i128)>,
}

impl Values {
    /// The value at a place, if there is one.
    pub(crate) fn get(&self, at: usize) -> Option<i128> {
        let behind = self.runs.partition_point(|run| run.at <= at);
        let run = self.runs.get(behind.checked_sub(1)?)?;
        let steps = at - run.at;
        if steps >= run.length {
            return None;
        }
        let (first, step) = run.line?;
        Some(first + step * i128::try_from(steps).ok()?)
    }

    /// How many places it has.
    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    fn push(&mut self, length: usize, line: Option<(i128, i128)>) {
        self.runs.push(Run {
            at: self.length,
            length,
            line,
        });
        self.length += length;
    }
}

/// Reads the values of a measure: money with twelve places, counts whole.
pub(crate) fn parse(column: &str, notation: &str) -> Result<Values, String> {
    let measure = MEASURES
        .iter()
        .find(|measure| measure.column.name == column);
    let scale = match measure.map(|measure| measure.column.column_type) {
        Some(ColumnType::Money) => MONEY_SCALE.unsigned_abs(),
        Some(ColumnType::Count) => 0,
        _ => return Err("plays no part in rules: give counts and costs".to_owned()),
    };
    let mut values = Values::default();
    for word in notation.split_whitespace() {
        let wrong = |why: &str| {
            let word = shortened(word);
            format!("has \"{word}\", {why}: write values such as 5, _, 5x9 or 1+0.5x9")
        };
        let (line, times) = match word.rsplit_once('x') {
            Some((line, times)) => {
                let times: usize = times.parse().map_err(|_| wrong("which is no run"))?;
                (line, times)
            }
            None => (word, 0),
        };
        if line == "_" {
            values.push(times.max(1), None);
        } else {
            let (first, step) = line_of(line, scale).ok_or_else(|| wrong("which is no value"))?;
            let last = i128::try_from(times)
                .ok()
                .and_then(|times| step.checked_mul(times)?.checked_add(first));
            if first < 0 || last.is_none_or(|last| last < 0) {
                return Err(wrong("which falls below zero"));
            }
            values.push(times.saturating_add(1), Some((first, step)));
        }
        if values.len() > VALUES_MAX {
            return Err(format!("has more than {VALUES_MAX} values"));
        }
    }
    Ok(values)
}

/// A first value and the step behind its sign; no step is zero.
fn line_of(text: &str, scale: u8) -> Option<(i128, i128)> {
    let sign_at = text.rfind(['+', '-']).filter(|at| *at > 0);
    let number = |text: &str| exact(text, scale);
    match sign_at {
        None => Some((number(text)?, 0)),
        Some(at) => {
            let (first, step) = text.split_at(at);
            let size = number(&step[1..])?;
            let step = if step.starts_with('-') { -size } else { size };
            Some((number(first)?, step))
        }
    }
}

/// A decimal with no more places than the measure has.
fn exact(text: &str, scale: u8) -> Option<i128> {
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    let is_plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if !is_plain || fraction.len() > usize::from(scale) {
        return None;
    }
    parse_decimal(text.as_bytes(), scale).ok()
}
