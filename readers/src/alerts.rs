//! Alert rules over the lake's fresh windows.
//!
//! - [`detect`]: whether a series costs what it should, as pure functions

pub mod detect;
