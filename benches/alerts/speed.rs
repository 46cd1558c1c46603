//! What a detector costs: time an assessment, memory a key, over a simulated month.

use std::hint::black_box;

use readers::alerts::detect::{Bucket, DetectorSettings, Peers, SeriesState, SeriesTest};

use crate::random::Random;

const KEYS: usize = 100_000;
const DAYS: i64 = 30;
const HOUR_S: i64 = 3_600;
const RULES: usize = 50;

/// CPU time of this thread, nanoseconds.
fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let mut words = text.split_ascii_whitespace();
    words.next().unwrap().parse().unwrap()
}

/// Feeds a month of hours to many keys and prints figures.
pub(crate) fn print() {
    let settings = DetectorSettings::new(SeriesTest::Volume);
    let mut peers = Peers::default();
    let mut random = Random::new(1, 3);
    let mut states: Vec<SeriesState> = (0..KEYS).map(|_| SeriesState::new(0)).collect();
    let sizes: Vec<f64> = (0..KEYS).map(|_| random.log_between(1e-4, 10.0)).collect();
    let bucket = |start_s: i64, usd: f64| Bucket {
        start_s,
        width_s: 900,
        usd,
        numerator: usd,
        denominator: 1.0 + usd * 100.0,
    };
    let mut absorbed_ns = 0;
    for day in 0..DAYS {
        for hour in 0..24 {
            let start_s = (day * 24 + hour) * HOUR_S;
            let started = cpu_ns();
            for (state, size) in states.iter_mut().zip(&sizes) {
                let usd = size * random.unit();
                state.absorb(&bucket(start_s, usd), &settings, &mut peers);
            }
            absorbed_ns = cpu_ns() - started;
        }
        if [0, 6, 13, 29].contains(&day) {
            let bytes: usize = states.iter().map(SeriesState::bytes).sum();
            println!("day {:>2}: {} bytes a key", day + 1, bytes / KEYS);
        }
    }
    let now_s = DAYS * 24 * HOUR_S;
    let started = cpu_ns();
    for _ in 0..RULES {
        for place in 0..KEYS {
            // Far apart in memory, as changed keys are.
            let state = &states[place * 37 % KEYS];
            let recent = [bucket(now_s, 0.1)];
            black_box(state.assess(&recent, 0, &settings, &peers));
        }
    }
    let assessed_ns = (cpu_ns() - started) as f64;
    println!(
        "absorb {:.0} ns, assess {:.0} ns; one evaluation of {RULES} rules whose {KEYS} keys \
         have all changed: {:.2} s",
        absorbed_ns as f64 / KEYS as f64,
        assessed_ns / (RULES * KEYS) as f64,
        assessed_ns / 1e9,
    );
}
