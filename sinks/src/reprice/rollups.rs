//! Whether corrections go to the very rollups that the days' windows have.
//!
//! A rollup that the lake keeps and the configuration does not know would get no corrections, and
//! one that is younger than the day would get corrections without windows: neither would sum to
//! `events` any more.

use std::collections::{BTreeMap, BTreeSet};

use schemas::table::Table;

use super::piece::Piece;
use crate::error::SinkError;
use crate::file_set::FileSet;
use crate::lake::Lake;

/// The rollups of each day, as partition values write both.
type RollupsByDate = BTreeMap<String, BTreeSet<String>>;

/// Refuses corrections of other rollups than `cost_windows` has on their days.
pub(super) async fn check_rollups(lake: &Lake, pieces: &[Piece]) -> Result<(), SinkError> {
    let mut corrected = RollupsByDate::new();
    for file in pieces.iter().flat_map(|piece| &piece.corrections) {
        let rollups = corrected.entry(file.date.clone()).or_default();
        rollups.insert(file.rollup.clone());
    }
    if corrected.is_empty() {
        return Ok(());
    }
    let (raw, _) = lake.cost_windows.read_whole().await?;
    let files = FileSet::of_table(Table::CostWindows, &raw)?;
    let mut stored = RollupsByDate::new();
    for file in files.active.into_values() {
        let values = file.partition_values;
        let value = |column: &str| values.get(column).cloned().flatten().unwrap_or_default();
        let rollups = stored.entry(value("date")).or_default();
        rollups.insert(value("rollup"));
    }
    compare(&corrected, &stored)
}

/// Compares the rollups of the corrections with those of the windows, day by day.
fn compare(corrections: &RollupsByDate, windows: &RollupsByDate) -> Result<(), SinkError> {
    let none = BTreeSet::new();
    for (date, corrected) in corrections {
        let stored = windows.get(date).unwrap_or(&none);
        if corrected != stored {
            let names = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
                let names: Vec<&str> = one.difference(other).map(String::as_str).collect();
                names.join(", ")
            };
            return Err(SinkError::RollupsDiffer {
                date: date.clone(),
                unknown: names(stored, corrected),
                absent: names(corrected, stored),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
