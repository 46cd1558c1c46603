//! Tells from a series of sums whether a key costs what it should: numbers in, verdicts out.
//!
//! No clock, no I/O, no keys: whoever evaluates rules keeps one [`SeriesState`] a key and rule.
//! docs/alerts/detection.md has the method in words.

mod assessment;
mod baseline;
mod bucket;
mod daily_maxima;
mod evidence;
mod number;
mod pace;
mod peers;
mod season;
mod series_state;
mod settings;
mod tested_measure;
#[cfg(test)]
mod tests;

pub use assessment::{Assessment, Verdict};
pub use bucket::Bucket;
pub use pace::Pace;
pub use peers::Peers;
pub use series_state::SeriesState;
pub use settings::{DetectorSettings, Seasonality, Sensitivity, SeriesTest};
pub use tested_measure::{TestedMeasure, WindowSums};
