//! The worker: one loop per consuming thread, from a topic to committed tables.
//!
//! - [`lane`]: the loop: read, price, fold, encode, seal, hand over to the committer
//! - [`assignment`]: where a partition starts, and what must be rebuilt before it does
//! - [`epoch`]: the span of work between two commits
//! - [`committer`]: one commit in flight, tried until it is done, fenced or hopeless
//! - [`lake_access`]: opens the lake, waiting a little for storage; [`kafka_settings`]: how Kafka
//!   is reached
//! - [`first_start`]: where a topic is entered that the lake has never seen
//! - [`patience`]: how long Kafka and the lake are waited for
//! - [`topic_identity`]: whether the topic was deleted and made again
//! - [`watermark`]: how far event time is known to be complete, per partition
//! - [`progress`]: what all lanes know of the topic: ends, committed offsets, when to stop
//! - [`pool`]: all lanes of this process; [`monitor`]: goals, lag and memory beside them
//! - [`memory_budget`]: how the memory ceiling is shared out; [`memory_guard`]: keeps to it
//! - [`threads`]: how many lanes, and how many threads for what waits
//! - [`maintenance`]: merging, checkpoints and vacuum beside the lanes
//! - [`status_line`]: for a terminal; [`status_pages`]: for Prometheus and health checks
//! - [`shutdown`]: the first signal ends the work cleanly, the second at once

pub(crate) mod assignment;
pub(crate) mod committer;
pub(crate) mod epoch;
pub(crate) mod first_start;
pub(crate) mod kafka_settings;
pub(crate) mod lake_access;
pub(crate) mod lane;
pub(crate) mod maintenance;
pub(crate) mod memory_budget;
pub(crate) mod memory_guard;
pub(crate) mod monitor;
pub(crate) mod patience;
pub(crate) mod pool;
pub(crate) mod progress;
pub(crate) mod shutdown;
pub(crate) mod status_line;
pub(crate) mod status_pages;
pub(crate) mod threads;
pub(crate) mod topic_identity;
pub(crate) mod watermark;
