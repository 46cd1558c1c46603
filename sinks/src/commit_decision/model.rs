//! A model of workers, maintainers, reprices and their tables, taken through every order of their steps.
//!
//! Each actor steps as the product does: it reads a log, asks [`decide`](super::decide) what to do,
//! and does it; a reprice asks its own `reprice::decision::decide`, too. The functions under test
//! are the product's own. What stands around it is mirrored
//! as shortly as it can be said, and each mirror names the function whose manners it has. Between
//! any two steps any other actor may step, crash or stay frozen; the store may lose an answer,
//! fail, or carry a put out later. The search is breadth first over all of that, so a trace that
//! breaks a rule is a shortest one.
//!
//! - `rows`: how often each offset is in a file
//! - `logs`: the tables' logs as they truly are, and what becomes of a put
//! - `actors`: what a worker, a maintainer or a reprice has in memory
//! - `world`: who takes part, what may go wrong and how often, and bugs to plant
//! - `workers`, `commits`, `maintainers`, `repricers`: the steps
//! - `rules`: what must hold in every state
//! - `search`: the exhaustive search, its traces, and whether the end stays in reach

mod actors;
mod commits;
mod logs;
mod maintainers;
mod repricers;
mod rows;
mod rules;
mod search;
mod workers;
mod world;

mod tests;
