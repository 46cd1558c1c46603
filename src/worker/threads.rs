//! How many threads there are: one a lane, and a bounded number for all that waits.

use crate::config::Config;

/// Threads for calls that wait: files, questions to brokers, merges. A local disk serves no more
/// of them at once, and without a bound a burst of calls leaves hundreds behind.
const WAITING_MIN: usize = 32;
const WAITING_PER_CORE: usize = 2;

/// The lanes of a process whose topic has so many partitions.
pub(crate) fn lane_count(config: &Config, partitions: usize) -> usize {
    // A thread without a partition would only take part in rebalances.
    lanes_wanted(config).min(partitions).max(1)
}

/// Threads at most that the runtime may block: a lane holds one for as long as it lives, and what
/// a lane waits for may need another.
pub(crate) fn blocking_max(config: &Config) -> usize {
    lanes_wanted(config) + WAITING_MIN.max(WAITING_PER_CORE * cores())
}

fn lanes_wanted(config: &Config) -> usize {
    match config.worker.threads {
        0 => cores(),
        threads => threads,
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
