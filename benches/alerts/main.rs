//! The benchmark of the alert rules: eight weeks of 500 series with 300 labelled incidents.
//!
//! `cargo bench --bench alerts` tunes the baselines on two seeds, scores everything on two others and
//! prints the tables of docs/alerts/detection.md. Options:
//!
//! - `--part 4` looks at a quarter of the tenants, `--score 5,6 --tune 7,8` at other seeds
//! - `--rules FILE` scores other rules than the starter pack
//! - `--pack 1,2` scores the rules alone, each for itself too; `--sensitivities 0.5,1` and
//!   `--floors 0.5,1` multiply what they ask for
//! - `--rows 11 FOLDER` writes a world as rows of `cost_windows` with its labels
//! - `--speed` prints what a detector costs
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bench prints figures, and stops at the first thing that is wrong"
)]

mod baselines;
mod day;
mod incidents;
mod lake_rows;
mod pack;
mod random;
mod report;
mod rounds;
mod rules;
mod score;
mod speed;
mod traces;
mod world;

use std::fmt::Debug;
use std::path::Path;
use std::str::FromStr;

use crate::rounds::Trial;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |flag: &str, place: usize| {
        let at = arguments.iter().position(|argument| argument == flag)?;
        arguments.get(at + place).map(String::as_str)
    };
    if arguments.iter().any(|argument| argument == "--speed") {
        speed::print();
        return;
    }
    let part = after("--part", 1).map_or(1, |text| text.parse().unwrap());
    let traces = traces::load();
    if let Some(folder) = after("--rows", 2) {
        let seed = after("--rows", 1).unwrap().parse().unwrap();
        lake_rows::write(seed, part, &traces, Path::new(folder));
        return;
    }
    let rules = pack::spike_rules(after("--rules", 1).unwrap_or(pack::STARTER_PACK));
    if let Some(text) = after("--pack", 1) {
        let seeds: Vec<u64> = numbers(text);
        let factors = |flag: &str| after(flag, 1).map_or(vec![1.0], numbers);
        let (sensitivities, floors) = (factors("--sensitivities"), factors("--floors"));
        let trial = Trial::of_pack(rules, &sensitivities, &floors);
        let halves = seeds.split_at(seeds.len() / 2);
        let [mut scores, other] = rounds::scores_in_two(halves.into(), part, &trial, &traces);
        scores.add(other);
        report::print_pack(&trial, &scores);
        return;
    }
    let seeds = |flag: &str, default: [u64; 2]| after(flag, 1).map_or(default.to_vec(), numbers);
    let (tune, score) = (seeds("--tune", [101, 102]), seeds("--score", [201, 202]));
    let trial = Trial::beside_baselines(rules);
    let [tuned, scored] = rounds::scores_in_two([&tune, &score], part, &trial, &traces);
    report::print(&trial, &tuned, &scored);
}

/// Numbers with commas between them.
fn numbers<T: FromStr<Err: Debug>>(text: &str) -> Vec<T> {
    text.split(',')
        .map(|number| number.parse().unwrap())
        .collect()
}
