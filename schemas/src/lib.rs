//! What things are in tokenmeter: events, usage, prices, windows, tables, money, time.
//!
//! Every value that crosses from one stage to another is defined here. No I/O, no async, no
//! clock: all of it is data and pure functions over data.
//!
//! - [`event`]: the columns of a decoded event; [`priced`]: what pricing adds to them
//! - [`usage_unit`]: what a call can be charged for; [`price_book`]: what that costs, at list, by
//!   contract and on capacity
//! - [`reject`]: messages that are no valid event, with the closed list of reasons
//! - [`position`]: where in a source an event stood, and the spans that epochs account for
//! - [`rollup`]: which groupings are kept; [`measure`]: what is summed in them;
//!   [`window`]: the arithmetic of windows; [`window_rows`]: their additive parts
//! - [`alerts`]: rules about cost, and what becomes of the alerts that they make
//! - [`table`]: the lake's tables; [`mod@column`]: what a column of any of these is
//! - [`money`], [`time`]: exact dollars and microseconds; [`clock`]: who says what time it is

pub mod alerts;
pub mod clock;
pub mod column;
pub mod event;
pub mod measure;
pub mod money;
pub mod position;
pub mod price_book;
pub mod priced;
pub mod reject;
pub mod rollup;
pub mod table;
pub mod time;
pub mod usage_unit;
pub mod window;
pub mod window_rows;
