//! What the fuzz targets share: judges that know the rules by other means than the program.
//!
//! - [`message`]: what must hold of the decoder for any message; [`json`]: what is JSON, by serde_json
//! - [`exact`]: decimal numbers by long arithmetic on digits; [`instant`]: RFC 3339 by counting days
//! - [`time_limit`]: no input may take long
//! - [`configuration`]: the program's configuration, whose modules live in the program alone
//!
//! A judge panics where the program is wrong: that is how a fuzzer learns of it.

pub mod configuration;
pub mod exact;
pub mod instant;
pub mod json;
pub mod message;
pub mod time_limit;

// The program's modules name each other from their crate's root, and `sinks` by its name.
extern crate self as sinks;
pub use self::lake::app_ids;
use self::program::{config, lake_store, logging};

#[path = "../../sinks/src"]
mod lake {
    pub mod app_ids;
}

#[allow(
    dead_code,
    reason = "only the reading of a configuration is of interest here"
)]
#[path = "../../src"]
mod program {
    pub(crate) mod config;
    pub(crate) mod lake_store;
    pub(crate) mod logging;
}
