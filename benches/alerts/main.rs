//! The benchmark of the alert rules: eight weeks of 500 series with 300 labelled incidents.
//!
//! `cargo bench --bench alerts` tunes the baselines on two seeds, scores everything on two others and
//! prints the tables of docs/alerts/detection.md. `-- --part 4` looks at a quarter of the tenants,
//! `-- --score 5,6 --tune 7,8` at other seeds, `-- --pack 1,2` scores the pack alone at other
//! sensitivities and floors, `-- --speed` prints what a detector costs, and `-- --rows 11 FOLDER`
//! writes a world as rows of `cost_windows` with its labels.
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

use std::path::Path;

use crate::rounds::Trial;

/// What `--pack` multiplies sensitivities and floors by.
const FACTORS: [f64; 4] = [0.35, 0.6, 1.0, 1.8];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |flag: &str, place: usize| {
        let at = arguments.iter().position(|argument| argument == flag)?;
        arguments.get(at + place).map(String::as_str)
    };
    let seeds = |flag: &str, default: [u64; 2]| match after(flag, 1) {
        Some(text) => text.split(',').map(|seed| seed.parse().unwrap()).collect(),
        None => default.to_vec(),
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
    if let Some(text) = after("--pack", 1) {
        let seeds: Vec<u64> = text.split(',').map(|seed| seed.parse().unwrap()).collect();
        let trial = Trial::of_pack(&FACTORS, &FACTORS);
        let halves = seeds.split_at(seeds.len() / 2);
        let [mut scores, other] = rounds::scores_in_two(halves.into(), part, &trial, &traces);
        scores.add(other);
        report::print_pack(&trial, &scores);
        return;
    }
    let (tune, score) = (seeds("--tune", [101, 102]), seeds("--score", [201, 202]));
    let trial = Trial::beside_baselines();
    let [tuned, scored] = rounds::scores_in_two([&tune, &score], part, &trial, &traces);
    report::print(&tuned, &scored);
}
